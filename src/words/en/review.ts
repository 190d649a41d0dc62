/** What people are asked, as a question of its own, when an agent never said what became of an act. */
export const review = {
  didItRun: (act: string, agent: string): string =>
    `Did it run? "${act}" was approved and handed to ${agent}, which never said what became of it.`,
  didItRunBeforeRestore: (act: string, agent: string): string =>
    `Did it run? "${act}" was allowed for ${agent}; what became of it was lost when the database was put back in time.`,
  wasItRight: (act: string, agent: string): string => `Was it right? ${agent} did "${act}" without asking anybody.`,
  right: "It was right",
  wrong: "It was wrong",
  shouldHaveBeenAsked: "Right or wrong, people should have been asked first",
  sayWhy: "Please look at what was done, choose, and say why in your own words where it was not right.",
  drawn: "It was drawn at random. Nobody has found fault with it, and the agent does not learn of this.",
  aReviewer: "A reviewer",
  flaggedWith: (who: string, text: string): string => `${who} flagged it: ${text}`,
  reported: (status: string, detail: string | null): string => `Reported: ${status}${detail === null ? "" : ` – ${detail}`}`,
  lostInRestore: (id: string): string => `what became of ${id} was lost in a restore of the database`,
  wasItUndone: (act: string, agent: string): string =>
    `Is it undone? ${agent} was to undo "${act}", began to and never said what became of it.`,
  undone: "Yes, it is undone",
  notUndone: "No, it still stands",
  lookWhetherUndone: "Please look at the system concerned and say whether it is undone.",
  ran: "Yes, it ran",
  didNotRun: "No, it did not run",
  lookAndSay: "Please look at the system concerned and say whether it ran.",
  noOutcome: (id: string): string => `no outcome of ${id} within the time allowed`,
} as const;

/** Who is paged, who was, and who will be: the same words on cards, in reminders and in what commands answer. */
export const paging = {
  clockStandsStill: "The clock stands still",
  untilAnswered: (agent: string, at: string): string => `until ${agent} answers, or until ${at}. Nobody is paged meanwhile.`,
  everybody: "everybody who may decide",
  paged: "You are paged",
  pagedAs: (step: string): string => `as ${step}`,
  pagedOpenly: "you can decide this",
  others: (people: string): string => `Paged ${people}`,
  next: (people: string, at: string): string => `next: ${people} at ${at}`,
  nobodyElse: "nobody else will be paged",
  isOnIt: (who: string): string => `${who} is on it`,
  isOnItUntil: (at: string): string => `until ${at}; nobody else is paged before that. Anybody can still decide.`,
  extended: (by: string, who: string, reason: string): string => `Deadline extended by ${by} by ${who}: “${reason}”`,
  /** The one message for what a burst of pages holds beyond its number. */
  burst: (count: number): string => `${count} more ${count === 1 ? "waits" : "wait"} for you`,
  burstOver: "Nothing of these waits for you any more",
  burstBy: (at: string): string => `by ${at}`,
  burstMore: (count: number): string => `… and ${count} more`,
  burstHow: "You are paged for each of these. Decide on their cards in the channel, or list them with `/countersign mine`.",
  /** Outside Slack, by e-mail or pager. */
  elsewhere: {
    guarded: "Something confidential waits for your decision",
    by: (at: string): string => ` by ${at}`,
    subject: (by: string, title: string): string => `Answer needed${by}: ${title}`,
    needed: (by: string, silence: string): string => `An answer is needed${by}; without one: ${silence}.`,
    askedBy: (agent: string, queue: string): string =>
      `Asked by ${agent}, queue ${queue}. You are paged because you are on call.`,
    decide: (id: string): string => `Decide in Slack: /countersign show ${id}`,
    answered: "Answered in Countersign",
  },
  /** On the buttons of a reminder. */
  answer: "Answer…",
  takeOver: "I'll do it myself",
  review: "Review…",
  claim: "I'm on it",
  /** In the form of an escalation to a senior. */
  seniorsPaged: "Whoever is more senior is paged now.",
  pagedAtOnce: (people: string): string => `${people} will be paged at once.`,
  deadlineStays: (at: string): string => `The deadline stays at ${at}.`,
} as const;

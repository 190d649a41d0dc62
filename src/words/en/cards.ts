/** What stands on cards and batches. Values come in as they are to be seen: escaped, isolated and shortened by whoever draws. */
const NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const cards = {
  approvalNeeded: "Approval needed",
  answerNeeded: "Answer needed",
  personNeeded: "Stopped: a person has to do this",
  takenOver: (who: string) => `Taken over by ${who}`,
  by: (time: string) => `by ${time}`,
  resultBy: (time: string) => `result expected by ${time}`,
  askedForBy: (who: string) => `asked for by ${who}`,
  impact: (impact: string) => `${impact} impact`,

  decide: "Decide",
  question: "Question",
  answersOffered: "Answers offered",
  whyItAsks: "Why it asks",
  more: (count: number) => `${count} more`,
  says: (agent: string) => `${agent} says`,
  alreadyDid: "Done so far",
  evidence: "Evidence",
  suggests: (what: string) => `Suggests: ${what}`,
  suggestsApproving: "Suggests approving",
  suggestsRejecting: "Suggests rejecting",
  mayBeWrong: "an AI suggestion, it may be wrong",
  answers: (agent: string) => `${agent} answers`,
  asks: "asks",
  inBrief: (count: number) => `${count} more in the full brief`,

  severalNeeded: (count: number, of: number, seats: string) =>
    `${NUMBERS[of] ?? of} people have to approve: ${seats} (${count} of ${of})`,
  oneNeeded: (seats: string) => `Needs one approval: ${seats}`,
  oneAnswerNeeded: (seats: string) => `Needs one answer: ${seats}`,
  onePersonNeeded: (seats: string) => `Needs one person: ${seats}`,
  partlyApproved: (count: number, of: number) => `${count} of ${of}:`,
  approvedBy: (who: string) => `approved by ${who}`,
  stillNeeded: (seats: string, people: string) => `still needed: ${seats}${people === "" ? "" : ` (${people})`}`,

  reopened: "Reopened:",
  reopenedWhy: (changed: string) => `${changed}. Nothing was executed. Look again.`,
  handedOver: "Handed over:",
  handedOverWhy: "nobody answered in time where it was asked before.",
  changedBy: (who: string) => `Changed by ${who}:`,
  escalatedBy: (who: string) => `Escalated by ${who}:`,

  notInFull: "Can't show this action in full, so it can't be approved from this card",
  parametersShown: (all: number, shown: number) =>
    shown === 0 ? plural(all, "parameter", "parameters") : `${plural(all, "parameter", "parameters")}, ${shown} shown`,
} as const;

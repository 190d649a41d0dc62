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
  askedForByNobody: (who: string) => `⚠ asked for by ${who}, whom Slack does not know as a person`,
  impact: (impact: string) => `${impact} impact`,

  questionTitle: (text: string) => `Question: ${text}`,
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

  confirmTitle: (what: string) => `${what}?`,
  confirmText: (title: string, effect: string, stakes: string) => `${title}. If you go on: ${effect} (${stakes}).`,
  back: "Back",
  countsAs: (nth: number, of: number, effect: string) =>
    nth < of
      ? `your approval is ${nth} of ${of}; after the last one: ${effect}`
      : `yours is the last of ${of} approvals: ${effect}`,
  mayHaveDoneIt: (silence: string, who: string) => `${silence}, although ${who} may have done it`,

  guarded: (classification: string) =>
    `${classification.replace(/^./, (c) => c.toUpperCase())}: what it is about is shown in the form and in direct messages only, to those who may decide.`,
  handedOnWhy: (from: string, to: string) => `Nobody answered in ${from}. Now with the ${to} queue.`,
  othersDecide: (to: string) => `Others decide this now: it is with the ${to} queue.`,
  handedOn: "handed on",

  approved: "Approved",
  approvedWithChange: "Approved with a change",
  rejected: "Rejected",
  answered: "Answered",
  takenOverAndDone: "Taken over and done",
  withdrawn: "Withdrawn",
  decidedBy: (what: string, people: string) => `${what} by ${people}`,
  decidedAt: (time: string, waited: string) => `at ${time} (waited ${waited})`,
  nobodyAnswered: (by: string) => `Nobody answered${by}`,
  noResult: (who: string, by: string) => `Taken over by ${who}, no result${by}`,
  rejectedByPolicy: "rejected by policy",
  approvedByPolicy: "approved by policy",
  forInformation: "For your information:",
  mayDoIt: (why: string) => `the agent may do this on its own (${why})`,
  paged: (people: string) => `Paged ${people}`,
  didExactlyThis: (agent: string, at: string) => `${agent} did exactly this${at}`,
  ranSomethingElse: (agent: string, at: string) => `${agent} ran something other than what was approved${at}.`,
  ownerWasTold: (owner: string) => `${owner} was told.`,
  alarmsWereRaised: "An alarm was raised.",
  triedAndFailed: (agent: string, at: string) => `${agent} tried and failed${at}`,
  didNotDoIt: (agent: string, at: string) => `${agent} did not do it after all${at}`,
  undidIt: (agent: string, at: string) => `${agent} undid it${at}`,
  neverRan: "Approved, but never ran:",
  neverCameBack: (agent: string, at: string) => `${agent} did not come back in time${at}`,
  nobodyKnows: "Nobody knows whether it ran:",
  wentSilent: (agent: string) => `${agent} went silent after it started. A person is asked to look.`,
  neverSaid: (agent: string, at: string) => `${agent} never said what became of it${at}`,
  resumed: (agent: string) => `${agent} has resumed and is doing it now`,
  doingIt: (agent: string) => `${agent} is doing it now`,
  waitingToResume: (agent: string) => `Waiting for ${agent} to resume`,

  batch: {
    nothingOpen: (counts: string) => `Nothing is open any more${counts === "" ? "" : `: ${counts}`}`,
    answered: (count: number) => `${count} answered`,
    timedOut: (count: number) => `${count} timed out`,
    otherwise: (count: number) => `${count} closed otherwise`,
    canWait: (count: number) => `${plural(count, "decision", "decisions")} can wait`,
    oneWaits: "Answer when it suits you. It is open for the others as well; you get a separate message close to its deadline.",
    severalWait:
      "Answer when it suits you. They are open for the others as well; you get a separate message for each one close to its deadline.",
    more: (count: number) => `${count} more as soon as these are answered, or in /countersign mine.`,
    youAnswered: "you have answered, others are still asked",
    becameUrgent: "has become urgent: it has a message of its own",
    several: "Answer several…",
    severalLabel: "Answer several of these in one form",
  },

  notInFull: "Can't show this action in full, so it can't be approved from this card",
  parametersShown: (all: number, shown: number) =>
    shown === 0 ? plural(all, "parameter", "parameters") : `${plural(all, "parameter", "parameters")}, ${shown} shown`,
} as const;

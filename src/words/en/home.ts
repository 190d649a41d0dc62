/** What stands in App Home. */
export const home = {
  title: "Countersign",
  notDrawn: "This page can't be shown just now. Please open it again in a moment.",
  notReviewer: [
    "You aren't a reviewer here yet. An admin can add you to a queue;",
    "then everything that waits for you will appear on this page.",
  ].join(" "),
  waiting: "Waiting for you",
  paged: "You are paged for these",
  canAlsoAnswer: "You can also answer these",
  nothingWaits: "Nothing waits for you. When an agent needs your answer, it will appear here with its deadline.",
  more: "More are waiting: /countersign mine lists them.",
  mayBeMore: [
    "Your queues are long: only the next few thousand deadlines were searched for you, and more may wait behind them.",
    "See /countersign queue",
  ].join(" "),
  queues: "Your queues",
  queueOf: (queue: string) => `${queue} queue`,
  queue: (open: number) => `${open} waiting`,
  nextDeadline: (time: string) => `next deadline ${time}`,
  allEmpty: "All empty.",
  recent: "Your recent decisions",
  noDecisions: "Your decisions and what became of them will appear here.",
  waitsForOthers: "waits for others",
  needsYouAgain: "reopened, needs you again",
  openAgain: "is open again, others decide",
} as const;

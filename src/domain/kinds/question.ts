import type { KindRow } from "./kind.ts";

/** Something that the agent wants to know: nothing runs, and silence is no answer. */
export const question = {
  consent: "answer",
  change: null,
  mayRun: false,
  isExecutable: false,
  silenceMayApprove: false,
  unanswered: "told",
  hasStakes: false,
  isBatched: false,
  isReportedInSteps: false,
} satisfies KindRow;

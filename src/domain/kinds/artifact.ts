import type { KindRow } from "./kind.ts";

/** A text that the agent has written: it uses what people approve, word for word. */
export const artifact = {
  consent: "approve",
  change: "edit",
  mayRun: true,
  isExecutable: true,
  silenceMayApprove: false,
  unanswered: "rejected",
  hasStakes: false,
  isBatched: false,
  isReportedInSteps: false,
} satisfies KindRow;

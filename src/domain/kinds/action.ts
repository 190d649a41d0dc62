import type { KindRow } from "./kind.ts";

/** A step that the agent wants to take. */
export const action = {
  consent: "approve",
  change: "modify",
  mayRun: true,
  isExecutable: true,
  silenceMayApprove: true,
  unanswered: "rejected",
  hasStakes: true,
  isBatched: true,
  isReportedInSteps: false,
} satisfies KindRow;

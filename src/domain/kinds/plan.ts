import type { KindRow } from "./kind.ts";

/** Several actions in a row: people say which of them, and the agent reports each. */
export const plan = {
  consent: "approve",
  change: "modify",
  mayRun: true,
  isExecutable: true,
  silenceMayApprove: false,
  unanswered: "rejected",
  hasStakes: true,
  isBatched: false,
  isReportedInSteps: true,
} satisfies KindRow;

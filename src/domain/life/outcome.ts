import type { Escalation, Outcome } from "../shapes/escalation.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";

const ENDS: Record<Outcome["status"], EndedReason> = {
  completed: "executed",
  failed: "execution_failed",
  skipped: "skipped",
  rolled_back: "rolled_back",
};

/** Whether it was something else than what was permitted. */
export const ranElse = ({ actionDigest }: Pick<Escalation, "actionDigest">, { executedActionDigest }: Outcome): boolean =>
  executedActionDigest !== null && executedActionDigest !== actionDigest;

/** The end that an outcome means. */
export const endOf = (escalation: Pick<Escalation, "actionDigest">, outcome: Outcome): EndedReason =>
  ranElse(escalation, outcome) ? "executed_differs" : ENDS[outcome.status];

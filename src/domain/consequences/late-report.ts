import type { Escalation, Outcome } from "../shapes/escalation.ts";

/** What the agent said about its act after the end, for whoever looks into it. */
export function lateReport({ actionDigest }: Pick<Escalation, "actionDigest">, outcome: Outcome): string {
  const { status, detail, executedActionDigest } = outcome;
  const differs = executedActionDigest !== null && executedActionDigest !== actionDigest;
  return [
    `After its time was over, the agent reported: ${status.replaceAll("_", " ")}.`,
    ...(differs ? ["By its own account it ran something other than what was approved."] : []),
    ...(detail === null ? [] : [`In its words: ${detail}`]),
  ].join(" ");
}

import { keyed } from "../audit/chain.ts";
import { ranUnasked } from "../life/unasked.ts";
import type { Escalation } from "../shapes/escalation.ts";

/**
 * Whether this is one of the share of its type that people look at afterwards. Drawn by what only the house knows of an
 * escalation, so that nobody can tell beforehand, choose, or find out later by asking again.
 */
export function isDrawn(escalation: Escalation): boolean {
  const { sample } = escalation.ruling;
  if (sample === undefined || escalation.reviewOf !== null || !ranUnasked(escalation)) return false;
  const lot = Buffer.from(keyed(escalation.auditKey, "sample", escalation.id), "base64url").readUIntBE(0, 6);
  return lot / 2 ** 48 < sample;
}

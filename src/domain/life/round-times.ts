import { say } from "../../words/en.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { EscalationRequest } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";

/** When a round that begins now expects its first answer and when it ends: never later than the request is valid. */
export function roundTimes(
  ruling: Pick<Ruling, "slaS" | "deadlineS" | "freshUntil">,
  request: Pick<EscalationRequest, "valid_until">,
  now: Date,
): { slaAt: Date; deadline: Date } {
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const byPolicy = later(ruling.deadlineS);
  const deadline = earlier(byPolicy, validUntil({ ruling, request }) ?? byPolicy);
  return { slaAt: earlier(later(ruling.slaS), deadline), deadline };
}

type Bounded = { request: Pick<EscalationRequest, "valid_until">; ruling: Pick<Ruling, "freshUntil"> };

/**
 * Until when it may be decided and executed: as long as the agent itself wants it, and as long as the policy takes its evidence
 * for fresh. Null = no end.
 */
export function validUntil({ request, ruling }: Bounded): Date | null {
  const wanted = request.valid_until === undefined ? null : new Date(request.valid_until);
  const fresh = ruling.freshUntil === null ? null : new Date(ruling.freshUntil);
  return wanted === null || fresh === null ? (wanted ?? fresh) : earlier(wanted, fresh);
}

export function isPastValidity(escalation: Bounded, now: Date): boolean {
  const until = validUntil(escalation);
  return until !== null && now >= until;
}

/** Why nothing of it may be executed any more, and what to do. */
export function pastValidityWords({ request, ruling }: Pick<Escalation, "request" | "ruling">, now: Date): string {
  const { valid_until: wanted } = request;
  if (ruling.freshUntil !== null && now >= new Date(ruling.freshUntil)) return say.refusedCalls.evidenceStale(ruling.freshUntil);
  return say.refusedCalls.noLongerValid(wanted ?? "");
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

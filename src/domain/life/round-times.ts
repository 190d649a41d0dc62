import type { EscalationRequest } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";

/** When a round that begins now expects its first answer and when it ends: never later than the agent's request is valid. */
export function roundTimes(
  ruling: Pick<Ruling, "slaS" | "deadlineS">,
  request: Pick<EscalationRequest, "valid_until">,
  now: Date,
): { slaAt: Date; deadline: Date } {
  const earlier = (a: Date, b: Date) => (a < b ? a : b);
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const byPolicy = later(ruling.deadlineS);
  const deadline = request.valid_until === undefined ? byPolicy : earlier(byPolicy, new Date(request.valid_until));
  return { slaAt: earlier(later(ruling.slaS), deadline), deadline };
}

/** Whether the agent itself no longer wants it. */
export function isPastValidity(request: Pick<EscalationRequest, "valid_until">, now: Date): boolean {
  return request.valid_until !== undefined && now >= new Date(request.valid_until);
}

import { isInside } from "../on-call/window.ts";
import type { Reviewer } from "../people/directory.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { NO_PAGING, type Paging } from "../shapes/paging.ts";
import type { Ruling } from "../shapes/ruling.ts";

/**
 * What interrupts and what can wait. Urgent is only what would breach its SLA without an answer in the queue's short window;
 * everything else is standard.
 */

/** From when on it is urgent; null where the queue pages nobody. */
type Of = Pick<Escalation, "slaAt"> & { ruling: Pick<Ruling, "paging"> };
export function urgentFrom({ ruling, slaAt }: Of): Date | null {
  if (ruling.paging === null || slaAt === null) return null;
  return new Date(slaAt.getTime() - ruling.paging.urgentWithinS * 1000);
}

export function isUrgent(escalation: Of, now: Date): boolean {
  const from = urgentFrom(escalation);
  return from !== null && from <= now;
}

/** Batches go out on the clock, the same for all: at whole multiples of the queue's window. */
export function nextWindow(after: Date, everyS: number): Date {
  const everyMs = everyS * 1000;
  return new Date((Math.floor(after.getTime() / everyMs) + 1) * everyMs);
}

/**
 * Paging as a round begins: the chain starts at once or when it becomes urgent; what may wait goes into the next batch before
 * that.
 */
export function beginPaging(
  escalation: Pick<Escalation, "ruling" | "slaAt" | "request">,
  now: Date,
  before: Pick<Paging, "token" | "pages" | "batches"> = NO_PAGING,
): Paging {
  const { token, pages, batches } = before;
  const begun = { ...NO_PAGING, token, pages, batches };
  const plan = escalation.ruling.paging;
  const urgent = urgentFrom(escalation);
  if (plan === null || urgent === null || plan.chain.length === 0) return begun;
  const at = urgent > now ? urgent : now;
  return { ...begun, next: { kind: "page", at }, batchAt: batchAfter(escalation, now, now, at) };
}

/**
 * The next batch it may wait for: within the agent's tolerance and before it becomes urgent. Risky acts are never answered in a
 * batch.
 */
export function batchAfter(
  { ruling, request }: Pick<Escalation, "ruling" | "request">,
  openedAt: Date,
  after: Date,
  urgentAt: Date,
): Date | null {
  const everyS = ruling.paging?.batchEveryS ?? null;
  const toleranceS = request.latency_tolerance_s;
  if (everyS === null || toleranceS === undefined || !ruling.batchable) return null;
  const window = nextWindow(after, everyS);
  const tolerated = window.getTime() - openedAt.getTime() <= toleranceS * 1000;
  return tolerated && window < urgentAt ? window : null;
}

/** Whether a person may be written to about what is not urgent: inside their working hours, outside their quiet hours. */
export function isReachable(reviewer: Reviewer, at: Date): boolean {
  const working = reviewer.workingHours === null || isInside(reviewer.workingHours, at);
  return working && !(reviewer.quietHours !== null && isInside(reviewer.quietHours, at));
}

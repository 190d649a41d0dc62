import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { actsMeanwhile } from "../tiers.ts";

/**
 * Where the policy says so, the clock of a round stands still while the agent owes an answer to a reviewer: nobody is paged, and
 * the deadline moves on by as much. Of all questions of a round together, it does so for no longer than the policy allows, so
 * that neither side can put an end off for ever by asking or by staying silent.
 */
type Clock = Pick<Escalation, "deadline" | "slaAt" | "paging" | "pause" | "pausedMs">;

export function pauseForAnswer(escalation: Escalation, now: Date): Event[] {
  const leftMs = pauseLeftMs(escalation);
  return leftMs <= 0 ? [] : [{ type: "clock_paused", until: new Date(now.getTime() + leftMs) }];
}

/** For how long a question that is asked now can stop the clock; 0 = it stops none. */
export function pauseLeftMs({ ruling, pause, pausedMs, deadline }: Escalation): number {
  if (pause !== null || deadline === null || actsMeanwhile(ruling.tier)) return 0;
  return Math.max(0, (ruling.askPauseS ?? 0) * 1000 - pausedMs);
}

/** The agent has answered, or the time for it is over. */
export function goOnAfterPause({ pause, deadline }: Escalation, now: Date): Event[] {
  if (pause === null || deadline === null) return [];
  const unusedMs = Math.max(0, pause.until.getTime() - now.getTime());
  return [{ type: "clock_resumed", deadline: new Date(deadline.getTime() - unusedMs) }];
}

/** All of it is put off as far as the pause may last, and what was not used of it is taken back at its end. */
export function paused(before: Escalation, until: Date, now: Date): Clock {
  return { ...shifted(before, until.getTime() - now.getTime()), pause: { from: now, until }, pausedMs: before.pausedMs };
}

export function resumed(before: Escalation, now: Date): Clock {
  if (before.pause === null) throw new Error(`the clock of ${before.id} goes on that did not stand still`);
  const { from, until } = before.pause;
  const end = now < until ? now : until;
  const pausedMs = before.pausedMs + (end.getTime() - from.getTime());
  return { ...shifted(before, end.getTime() - until.getTime()), pause: null, pausedMs };
}

function shifted({ deadline, slaAt, paging }: Escalation, ms: number): Pick<Clock, "deadline" | "slaAt" | "paging"> {
  const move = (at: Date | null) => (at === null ? null : new Date(at.getTime() + ms));
  const next = paging.next === null ? null : { ...paging.next, at: move(paging.next.at) as Date };
  // The waits of a step count from when its page was due; batches go out on the clock of the wall.
  const last = paging.pages.length - 1;
  const pages = paging.pages.map((page, i) => (i === last ? { ...page, due: move(page.due) as Date } : page));
  return { deadline: move(deadline), slaAt: move(slaAt), paging: { ...paging, next, pages } };
}

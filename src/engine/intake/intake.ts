import type { Pool } from "pg";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Limits } from "../../domain/shapes/limits.ts";
import { type Refusal, refuseFor } from "../../domain/shapes/refusal.ts";
import { countOpenOf, countWaitingIn, secondsToFirstEndIn, secondsToFirstEndOf } from "../../store/count-open.ts";
import { say } from "../../words/en.ts";
import { createRate } from "./rate.ts";
import { createTally } from "./tally.ts";

/**
 * How much comes in. One agent that posts without end takes no place of another: it is slowed down before anything of it is
 * judged, and no queue of people gets longer than they can answer. What is refused here was not stored, and the answer says when
 * to come again.
 */
export type Intake = {
  /** Before a new submission is judged. */
  admit(agentId: string): Promise<Refusal | null>;
  /** Before a judged one that would wait for people is stored. */
  admitToQueue(queue: string): Promise<Refusal | null>;
  /** It was a submission that was stored already: it counts for nothing. */
  replayed(agentId: string): void;
  /** After it was stored. */
  opened(escalation: Escalation): void;
  /** Before a message, or a report that has been made already. */
  admitCall(agentId: string): Refusal | null;
};

/** How old a count may be. */
const FRESH = { freshMs: 2000, freshWhenFullMs: 250 };

export function createIntake(pool: Pool, limits: () => Limits): Intake {
  const submits = createRate();
  const calls = createRate();
  const open = createTally((agentId, atMost) => countOpenOf(pool, agentId, atMost), FRESH);
  const waiting = createTally((queue, atMost) => countWaitingIn(pool, queue, atMost), FRESH);
  return {
    async admit(agentId) {
      const { submitsPerMinute, burst, open: openMax } = limits().agent;
      const waitS = submits.take(agentId, { perMinute: submitsPerMinute, burst });
      if (waitS > 0) {
        return refuseFor("rate_limited", say.refusedCalls.submitsPaced(submitsPerMinute, burst, waitS), waitS);
      }
      if (!(await open.reaches(agentId, openMax))) return null;
      return refuseFor("queue_full", say.refusedCalls.agentFull(openMax), await secondsToFirstEndOf(pool, agentId));
    },
    replayed: (agentId) => submits.giveBack(agentId),
    async admitToQueue(queue) {
      const { open: waitingMax } = limits().queue;
      if (!(await waiting.reaches(queue, waitingMax))) return null;
      const againS = await secondsToFirstEndIn(pool, queue);
      return refuseFor("queue_full", say.refusedCalls.queueFull(queue, waitingMax, againS), againS);
    },
    opened({ agentId, state, ruling }) {
      open.add(agentId);
      if (state === "paused_pending_human") waiting.add(ruling.queue);
    },
    admitCall(agentId) {
      const { messagesPerMinute: perMinute } = limits().agent;
      const waitS = calls.take(agentId, { perMinute, burst: perMinute });
      if (waitS === 0) return null;
      return refuseFor("rate_limited", say.refusedCalls.messagesPaced(perMinute, waitS), waitS);
    },
  };
}

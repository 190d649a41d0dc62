import type { Pool } from "pg";
import { countOutbox, type OutboxCounts } from "../../store/outbox.ts";
import {
  countByState,
  countDecisions,
  type DecisionCounts,
  type QueueDepth,
  queueDepths,
  type ResponseTimes,
  responseTimes,
  type StateCount,
} from "../../store/stats.ts";

/** Numbers for `/countersign stats`, `queue` and `/metrics`. */
export type Stats = {
  states: StateCount[];
  decisions: DecisionCounts;
  queues: QueueDepth[];
  outbox: OutboxCounts;
  responses: ResponseTimes[];
};
export type { ResponseTimes };

/** What waits in these queues now. */
export const readQueueDepths = (pool: Pool, queues: readonly string[]): Promise<QueueDepth[]> => queueDepths(pool, queues);

/** `days`: how far back decisions and openings count. `queues`: null = all. */
export async function readStats(pool: Pool, days: number, queues: readonly string[] | null): Promise<Stats> {
  const [states, decisions, depths, outbox, responses] = await Promise.all([
    countByState(pool, days, queues),
    countDecisions(pool, days, queues),
    queueDepths(pool, queues),
    countOutbox(pool),
    responseTimes(pool, days, queues),
  ]);
  return { states, decisions, queues: depths, outbox, responses };
}

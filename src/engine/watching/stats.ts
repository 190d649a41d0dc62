import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { countOutbox, type OutboxCounts } from "../../store/outbox.ts";
import {
  countDecisions,
  type DecisionCounts,
  type QueueDepth,
  queueDepths,
  type ResponseTimes,
  responseTimes,
} from "../../store/stats.ts";

/** Numbers for `/countersign stats`. `newestOnly`: not all of these days were looked at, only the newest so many. */
export type Stats = {
  decisions: DecisionCounts;
  queues: QueueDepth[];
  outbox: OutboxCounts;
  responses: ResponseTimes[];
  newestOnly: number | null;
};
export type { ResponseTimes };

/** What waits in these queues now. */
export const readQueueDepths = (pool: Pool, queues: readonly string[]): Promise<QueueDepth[]> => queueDepths(pool, queues);

/** `days`: how far back decisions and answers count. */
export async function readStats(pool: Pool, days: number, queues: readonly string[]): Promise<Stats> {
  const atMost = LIMITS.numbered.value;
  const [decisions, depths, outbox, { times, looked }] = await Promise.all([
    countDecisions(pool, days, queues, atMost),
    queueDepths(pool, queues),
    countOutbox(pool),
    responseTimes(pool, days, queues, atMost),
  ]);
  const newestOnly = Math.max(decisions.looked, looked) < atMost ? null : atMost;
  return { decisions, queues: depths, outbox, responses: times, newestOnly };
}

import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/**
 * Numbers about the last days. What waits is counted where the open ones lie; of the past no more than the newest so many are
 * looked at, found by an index in the order of time, so that no number takes longer with the years.
 */
export type QueueDepth = { queue: string; open: number; overdueSla: number; oldestDeadline: Date | null };
export type DecisionCounts = {
  looked: number;
  human: number;
  timeout: number;
  approved: number;
  modified: number;
  rejected: number;
};

/** `queues` null = all. */
export async function queueDepths(db: Queryable, queues: readonly string[] | null): Promise<QueueDepth[]> {
  const { rows } = await db.query({
    name: queues === null ? "queue_depths" : "queue_depths_of",
    text: `SELECT queue, count(*)::int AS open, count(*) FILTER (WHERE sla_at < (SELECT db_now()))::int AS "overdueSla",
        min(deadline) AS "oldestDeadline"
      FROM live WHERE workspace = ${WORKSPACE} AND state = 'paused_pending_human'${queues === null ? "" : " AND queue = ANY($1)"}
      GROUP BY queue ORDER BY queue`,
    values: queues === null ? [] : [queues],
  });
  const row = z.object({ queue: z.string(), open: z.number(), overdueSla: z.number(), oldestDeadline: z.date().nullable() });
  return z.array(row).parse(rows);
}

/**
 * Time to the first answer of a person, and whether it came in time; `late` counts what was answered late, timed out, or is late
 * by now. `looked`: at how many that have ended.
 */
export type ResponseTimes = {
  queue: string;
  priority: string;
  asked: number;
  medianS: number | null;
  p95S: number | null;
  inTime: number;
  late: number;
};

export async function responseTimes(
  db: Queryable,
  days: number,
  queues: readonly string[],
  atMost: number,
): Promise<{ times: ResponseTimes[]; looked: number }> {
  const { rows } = await db.query({
    name: "response_times",
    text: `WITH since AS MATERIALIZED (SELECT db_now() AS now, db_now() - make_interval(days => $1) AS at),
      past AS MATERIALIZED (
        SELECT id, queue, sla_at, first_response_at, ended_at FROM ended
        WHERE workspace = ${WORKSPACE} AND sla_at IS NOT NULL AND ended_at > (SELECT at FROM since)
        ORDER BY ended_at DESC LIMIT $3),
      asked AS (
        SELECT p.queue, p.sla_at, p.first_response_at, p.ended_at, o.priority, o.created_at
        FROM (SELECT * FROM past UNION ALL SELECT id, queue, sla_at, first_response_at, NULL FROM live
          WHERE workspace = ${WORKSPACE} AND sla_at IS NOT NULL) p
        CROSS JOIN ${byKey("opened", "id = p.id")} o WHERE p.queue = ANY($2))
      SELECT queue, priority, count(*)::int AS asked, (SELECT count(*) FROM past)::int AS looked,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS "medianS",
        percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS "p95S",
        count(*) FILTER (WHERE first_response_at <= sla_at)::int AS "inTime",
        count(*) FILTER (WHERE first_response_at > sla_at OR (first_response_at IS NULL
          AND COALESCE(ended_at, (SELECT now FROM since)) > sla_at))::int AS late
      FROM asked WHERE created_at > (SELECT at FROM since) GROUP BY queue, priority ORDER BY queue, priority`,
    values: [days, queues, atMost],
  });
  const row = z.object({
    queue: z.string(),
    priority: z.string(),
    asked: z.number(),
    looked: z.number(),
    medianS: z.number().nullable(),
    p95S: z.number().nullable(),
    inTime: z.number(),
    late: z.number(),
  });
  const read = z.array(row).parse(rows);
  return { times: read.map(({ looked: _, ...times }) => times), looked: read[0]?.looked ?? 0 };
}

/** A timeout is counted as one, never as a person's answer. `looked`: at how many decisions, of whichever queues. */
export async function countDecisions(
  db: Queryable,
  days: number,
  queues: readonly string[],
  atMost: number,
): Promise<DecisionCounts> {
  const { rows } = await db.query({
    name: "count_decisions",
    text: `WITH newest AS MATERIALIZED (
        SELECT escalation_id, source, type FROM decision
        WHERE workspace = ${WORKSPACE} AND decided_at > (SELECT db_now()) - make_interval(days => $1)
        ORDER BY decided_at DESC LIMIT $3),
      theirs AS (SELECT n.source, n.type FROM newest n CROSS JOIN ${byKey("moving", "id = n.escalation_id")} m
        WHERE m.queue = ANY($2))
      SELECT (SELECT count(*) FROM newest)::int AS looked, count(*) FILTER (WHERE source = 'human')::int AS human,
        count(*) FILTER (WHERE source = 'timeout')::int AS timeout,
        count(*) FILTER (WHERE source = 'human' AND type = 'approve')::int AS approved,
        count(*) FILTER (WHERE source = 'human' AND type IN ('modify', 'edit'))::int AS modified,
        count(*) FILTER (WHERE source = 'human' AND type = 'reject')::int AS rejected
      FROM theirs`,
    values: [days, queues, atMost],
  });
  const count = z.number();
  const row = z.object({ looked: count, human: count, timeout: count, approved: count, modified: count, rejected: count });
  return row.parse(rows[0]);
}

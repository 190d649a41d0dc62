import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** Counts over what is stored; every query is bounded by days or by what is open. `queues` null = all. */
export type StateCount = { state: string; endedReason: string | null; tier: string; count: number };
export type QueueDepth = {
  queue: string;
  open: number;
  overdueSla: number;
  oldestDeadline: Date | null;
  oldestCreated: Date | null;
};
export type DecisionCounts = {
  total: number;
  human: number;
  timeout: number;
  approved: number;
  modified: number;
  rejected: number;
  medianS: number | null;
  p95S: number | null;
};

export async function countByState(db: Queryable, days: number, queues: readonly string[] | null): Promise<StateCount[]> {
  const { rows } = await db.query({
    name: "count_by_state",
    text: `SELECT state, ended_reason AS "endedReason", tier, count(*)::int AS count FROM escalation
      WHERE workspace = ${WORKSPACE} AND created_at > (SELECT db_now()) - make_interval(days => $1) AND ($2::text[] IS NULL
        OR queue = ANY($2)) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    values: [days, queues],
  });
  return z
    .array(z.object({ state: z.string(), endedReason: z.string().nullable(), tier: z.string(), count: z.number() }))
    .parse(rows);
}

export async function queueDepths(db: Queryable, queues: readonly string[] | null): Promise<QueueDepth[]> {
  const { rows } = await db.query({
    name: "queue_depths",
    text: `SELECT queue, count(*)::int AS open, count(*) FILTER (WHERE sla_at < (SELECT db_now()))::int AS "overdueSla",
      min(deadline) AS "oldestDeadline",
        min(created_at) AS "oldestCreated"
      FROM escalation WHERE workspace = ${WORKSPACE} AND state = 'paused_pending_human'
        AND ($1::text[] IS NULL OR queue = ANY($1)) GROUP BY queue
        ORDER BY queue`,
    values: [queues],
  });
  const row = z.object({
    queue: z.string(),
    open: z.number(),
    overdueSla: z.number(),
    oldestDeadline: z.date().nullable(),
    oldestCreated: z.date().nullable(),
  });
  return z.array(row).parse(rows);
}

/**
 * Time to the first answer of a person, and whether it came in time; `late` counts what was answered late, timed out, or is late
 * by now.
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

export async function responseTimes(db: Queryable, days: number, queues: readonly string[] | null): Promise<ResponseTimes[]> {
  const { rows } = await db.query({
    name: "response_times",
    text: `SELECT queue, priority, count(*)::int AS asked,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS "medianS",
        percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS "p95S",
        count(*) FILTER (WHERE first_response_at <= sla_at)::int AS "inTime",
        count(*) FILTER (WHERE first_response_at > sla_at OR (first_response_at IS NULL
          AND COALESCE(ended_at, (SELECT db_now())) > sla_at))::int AS late
      FROM escalation WHERE workspace = ${WORKSPACE} AND sla_at IS NOT NULL
      AND created_at > (SELECT db_now()) - make_interval(days => $1)
        AND ($2::text[] IS NULL OR queue = ANY($2))
      GROUP BY queue, priority ORDER BY queue, priority`,
    values: [days, queues],
  });
  const row = z.object({
    queue: z.string(),
    priority: z.string(),
    asked: z.number(),
    medianS: z.number().nullable(),
    p95S: z.number().nullable(),
    inTime: z.number(),
    late: z.number(),
  });
  return z.array(row).parse(rows);
}

/**
 * Decisions of the last days, and how long people took from the opening (seconds). A timeout is counted as one, never as a
 * person's answer.
 */
export async function countDecisions(db: Queryable, days: number, queues: readonly string[] | null): Promise<DecisionCounts> {
  const { rows } = await db.query({
    name: "count_decisions",
    text: `SELECT count(*)::int AS total, count(*) FILTER (WHERE d.source = 'human')::int AS human, count(*) FILTER (WHERE
      d.source = 'timeout')::int AS timeout,
        count(*) FILTER (WHERE d.source = 'human' AND d.type = 'approve')::int AS approved,
        count(*) FILTER (WHERE d.source = 'human' AND d.type = 'modify')::int AS modified,
        count(*) FILTER (WHERE d.source = 'human' AND d.type = 'reject')::int AS rejected,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch
          FROM d.decided_at - e.created_at)) FILTER (WHERE d.source = 'human') AS "medianS",
        percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch
          FROM d.decided_at - e.created_at)) FILTER (WHERE d.source = 'human') AS "p95S"
      FROM decision d JOIN escalation e ON e.workspace = ${WORKSPACE} AND e.id = d.escalation_id
      WHERE d.workspace = ${WORKSPACE} AND d.decided_at > (SELECT db_now()) - make_interval(days => $1)
      AND ($2::text[] IS NULL OR e.queue = ANY($2))`,
    values: [days, queues],
  });
  const count = z.number();
  const row = z.object({
    total: count,
    human: count,
    timeout: count,
    approved: count,
    modified: count,
    rejected: count,
    medianS: z.number().nullable(),
    p95S: z.number().nullable(),
  });
  return row.parse(rows[0]);
}

import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** How much has not ended, counted up to a cap: each looks at no more index entries than the cap allows. */
const Counted = z.object({ n: z.int() });

export async function countOpenOf(db: Queryable, agentId: string, atMost: number): Promise<number> {
  const { rows } = await db.query({
    name: "count_open_of",
    text: `SELECT count(*)::int AS n FROM (SELECT 1 FROM live WHERE workspace = ${WORKSPACE} AND agent_id = $1
      LIMIT $2) AS open_ones`,
    values: [agentId, atMost],
  });
  return Counted.parse(rows[0]).n;
}

export async function countWaitingIn(db: Queryable, queue: string, atMost: number): Promise<number> {
  const { rows } = await db.query({
    name: "count_waiting_in",
    text: `SELECT count(*)::int AS n FROM (SELECT 1 FROM live WHERE workspace = ${WORKSPACE} AND queue = $1
      AND state = 'paused_pending_human'
      LIMIT $2) AS open_ones`,
    values: [queue, atMost],
  });
  return Counted.parse(rows[0]).n;
}

const Seconds = z.object({ s: z.number().nullable() });
/** Whole seconds, at least one: what has passed already is the sweep's next work. */
const secondsOf = (row: unknown): number => Math.max(1, Math.ceil(Seconds.parse(row).s ?? 1));

/** Until the first of an agent's open escalations must have ended, or left its state, by the clock alone. */
export async function secondsToFirstEndOf(db: Queryable, agentId: string): Promise<number> {
  const { rows } = await db.query({
    name: "first_end_of",
    text: `SELECT extract(epoch FROM min(CASE state WHEN 'paused_pending_human' THEN deadline
      ELSE due_at END) - db_now())::float8 AS s
      FROM live WHERE workspace = ${WORKSPACE} AND agent_id = $1`,
    values: [agentId],
  });
  return secondsOf(rows[0]);
}

/** Until the first deadline of what waits in a queue. */
export async function secondsToFirstEndIn(db: Queryable, queue: string): Promise<number> {
  const { rows } = await db.query({
    name: "first_end_in",
    text: `SELECT extract(epoch FROM min(deadline) - db_now())::float8 AS s
      FROM live WHERE workspace = ${WORKSPACE} AND queue = $1 AND state = 'paused_pending_human'`,
    values: [queue],
  });
  return secondsOf(rows[0]);
}

import { z } from "zod";
import type { Queryable } from "./pool.ts";

/** How much is owed, for the numbers that people and alarms look at. */
export type OutboxCounts = {
  owed: number;
  delayed: number;
  uncertain: number;
  dead: number;
  oldestOwedS: number;
  /** Of those for Slack alone: callbacks wait for their agents' own troubles. */
  oldestForSlackS: number;
};

export async function countOutbox(db: Queryable): Promise<OutboxCounts> {
  const { rows } = await db.query({
    name: "count_outbox",
    text: `SELECT count(*) FILTER (WHERE status = 'owed')::int AS owed, count(*) FILTER (WHERE status = 'owed'
      AND attempts > 0)::int AS delayed,
      count(*) FILTER (WHERE status = 'uncertain')::int AS uncertain, count(*) FILTER (WHERE status = 'dead')::int AS dead,
      coalesce(extract(epoch FROM (SELECT db_now()) - min(created_at) FILTER (WHERE status = 'owed')), 0)::float8 AS
        "oldestOwedS",
      coalesce(extract(epoch FROM (SELECT db_now()) - min(created_at) FILTER (WHERE status = 'owed'
        AND lane LIKE 'slack:%')), 0)::float8 AS "oldestForSlackS" FROM outbox`,
  });
  return z
    .object({
      owed: z.number(),
      delayed: z.number(),
      uncertain: z.number(),
      dead: z.number(),
      oldestOwedS: z.number(),
      oldestForSlackS: z.number(),
    })
    .parse(rows[0]);
}

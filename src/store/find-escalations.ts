import { z } from "zod";
import type { Queryable } from "./write-escalation.ts";

/** Older ones are found by their whole id only: nobody types the end of what they no longer see anywhere. */
const LOOKED_AT_MAX = 50_000;

/** The escalations of these queues whose id ends so, newest first: among all that wait, and the newest of the others. */
export async function findByEnding(db: Queryable, queues: readonly string[], ending: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "find_by_ending",
    text: `SELECT id FROM (
        SELECT id, created_at FROM escalation WHERE state = 'paused_pending_human' AND queue = ANY($1::text[])
        UNION SELECT id, created_at FROM (SELECT id, queue, created_at FROM escalation ORDER BY created_at DESC LIMIT ${LOOKED_AT_MAX}) AS newest
        WHERE queue = ANY($1::text[])) AS known
      WHERE right(id, length($2)) = $2 ORDER BY created_at DESC, id LIMIT $3`,
    values: [queues, ending, limit],
  });
  return rows.map((row) => z.string().parse(row.id));
}

import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** What rings at a paging service, so that it can be stopped. Noted before the call: a ring nobody remembers rings on. */
export type Ring = { dedupKey: string; escalationId: string; userId: string; round: number; pager: string };

export async function startRing(db: Queryable, ring: Ring): Promise<void> {
  await db.query({
    name: "start_ring",
    text: `INSERT INTO pager_ring (workspace, dedup_key, escalation_id, user_id, round, pager)
      VALUES (${WORKSPACE}, $1, $2, $3, $4, $5)
      ON CONFLICT (workspace, dedup_key) DO UPDATE SET resolved_at = NULL`,
    values: [ring.dedupKey, ring.escalationId, ring.userId, ring.round, ring.pager],
  });
}

const Row = z.object({ dedupKey: z.string(), escalationId: z.string(), userId: z.string(), round: z.int(), pager: z.string() });

export async function ringing(db: Queryable, escalationId: string): Promise<Ring[]> {
  const { rows } = await db.query({
    name: "ringing",
    text: `SELECT dedup_key AS "dedupKey", escalation_id AS "escalationId", user_id AS "userId", round, pager
      FROM pager_ring WHERE workspace = ${WORKSPACE} AND escalation_id = $1 AND resolved_at IS NULL ORDER BY opened_at`,
    values: [escalationId],
  });
  return z.array(Row).parse(rows);
}

export async function endRing(db: Queryable, dedupKey: string): Promise<void> {
  await db.query({
    name: "end_ring",
    text: `UPDATE pager_ring SET resolved_at = db_now() WHERE workspace = ${WORKSPACE} AND dedup_key = $1`,
    values: [dedupKey],
  });
}

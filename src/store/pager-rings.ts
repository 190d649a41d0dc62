import { z } from "zod";
import type { Queryable } from "./write-escalation.ts";

/** What rings at a paging service, so that it can be stopped. Noted before the call: a ring nobody remembers rings on. */
export type Ring = { dedupKey: string; pager: string };

export async function startRing(db: Queryable, ring: Ring & { escalationId: string }): Promise<void> {
  await db.query({
    name: "start_ring",
    text: "INSERT INTO pager_ring (dedup_key, escalation_id, pager) VALUES ($1, $2, $3) ON CONFLICT (dedup_key) DO NOTHING",
    values: [ring.dedupKey, ring.escalationId, ring.pager],
  });
}

export async function ringing(db: Queryable, escalationId: string): Promise<Ring[]> {
  const { rows } = await db.query({
    name: "ringing",
    text: `SELECT dedup_key AS "dedupKey", pager FROM pager_ring WHERE escalation_id = $1 AND resolved_at IS NULL ORDER BY opened_at`,
    values: [escalationId],
  });
  return z.array(z.object({ dedupKey: z.string(), pager: z.string() })).parse(rows);
}

export async function endRing(db: Queryable, dedupKey: string): Promise<void> {
  await db.query({
    name: "end_ring",
    text: "UPDATE pager_ring SET resolved_at = db_now() WHERE dedup_key = $1",
    values: [dedupKey],
  });
}

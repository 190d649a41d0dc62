import { z } from "zod";
import type { Queryable } from "./write-escalation.ts";

/** What rings at a paging service, so that it can be stopped. Noted before the call: an incident nobody remembers rings on. */
export type Incident = { dedupKey: string; pager: string };

export async function openIncident(db: Queryable, incident: Incident & { escalationId: string }): Promise<void> {
  await db.query({
    name: "open_incident",
    text: "INSERT INTO pager_incident (dedup_key, escalation_id, pager) VALUES ($1, $2, $3) ON CONFLICT (dedup_key) DO NOTHING",
    values: [incident.dedupKey, incident.escalationId, incident.pager],
  });
}

export async function openIncidents(db: Queryable, escalationId: string): Promise<Incident[]> {
  const { rows } = await db.query({
    name: "open_incidents",
    text: `SELECT dedup_key AS "dedupKey", pager FROM pager_incident WHERE escalation_id = $1 AND resolved_at IS NULL ORDER BY opened_at`,
    values: [escalationId],
  });
  return z.array(z.object({ dedupKey: z.string(), pager: z.string() })).parse(rows);
}

export async function closeIncident(db: Queryable, dedupKey: string): Promise<void> {
  await db.query({
    name: "close_incident",
    text: "UPDATE pager_incident SET resolved_at = db_now() WHERE dedup_key = $1",
    values: [dedupKey],
  });
}

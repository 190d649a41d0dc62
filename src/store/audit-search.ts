import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** Finding escalations for an auditor: by agent, by the person who voted, by action type, by time. null = any. Newest first. */
export type AuditSearch = {
  agent: string | null;
  person: string | null;
  /** An exact type, or the beginning of types with a `*` at the end. */
  actionType: string | null;
  since: Date | null;
  until: Date | null;
  /** A decision type, an end reason or a state. */
  outcome: string | null;
};

const Found = z.object({
  id: z.string(),
  at: z.date(),
  agent: z.string(),
  actionType: z.string().nullable(),
  tier: z.string(),
  state: z.string(),
  decision: z.string().nullable(),
  people: z.array(z.string()),
});
export type AuditFound = z.infer<typeof Found>;

export async function searchEscalations(
  db: Queryable,
  search: AuditSearch,
  limit: number,
  after: AuditFound | null,
): Promise<AuditFound[]> {
  const { rows } = await db.query({
    text: `SELECT e.id, e.created_at AS at, a.name AS agent, e.action_type AS "actionType", e.tier, coalesce(e.ended_reason::text,
      e.state::text) AS state,
        (SELECT d.type || CASE d.source WHEN 'human' THEN '' ELSE ' by ' || d.source END FROM decision d
          WHERE d.workspace = ${WORKSPACE} AND d.escalation_id = e.id ORDER BY d.round DESC LIMIT 1) AS decision,
        ARRAY(SELECT DISTINCT v.user_id FROM vote v WHERE v.workspace = ${WORKSPACE} AND v.escalation_id = e.id
          ORDER BY 1) AS people
      FROM escalation e JOIN agent a ON a.workspace = ${WORKSPACE} AND a.id = e.agent_id
      WHERE e.workspace = ${WORKSPACE} AND ($1::text IS NULL OR a.name = $1)
        AND ($2::text IS NULL OR EXISTS (SELECT FROM vote v WHERE v.workspace = ${WORKSPACE} AND v.escalation_id = e.id
        AND v.user_id = $2))
        AND ($3::text IS NULL OR e.action_type = $3 OR ($3 LIKE '%*' AND starts_with(e.action_type, left($3, -1))))
        AND ($4::timestamptz IS NULL OR e.created_at >= $4) AND ($5::timestamptz IS NULL OR e.created_at < $5)
        AND ($6::text IS NULL OR e.state::text = $6 OR e.ended_reason::text = $6 OR EXISTS (SELECT FROM decision d
          WHERE d.workspace = ${WORKSPACE} AND d.escalation_id = e.id AND d.type::text = $6))
        AND ($7::timestamptz IS NULL OR (e.created_at, e.id) < ($7, $8))
      ORDER BY e.created_at DESC, e.id DESC LIMIT $9`,
    values: [
      search.agent,
      search.person,
      search.actionType,
      search.since,
      search.until,
      search.outcome,
      after?.at ?? null,
      after?.id ?? null,
      limit,
    ],
  });
  return z.array(Found).parse(rows);
}

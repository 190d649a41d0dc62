import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

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

/**
 * By the time that ids begin with, so that the key is the index: one by time would be written with every escalation for what is
 * asked a few times a year. Ids of one cell lie among those of another, told by their length.
 */
export async function searchEscalations(
  db: Queryable,
  search: AuditSearch,
  limit: number,
  after: AuditFound | null,
): Promise<AuditFound[]> {
  const { rows } = await db.query({
    text: `SELECT found.* FROM cell c CROSS JOIN LATERAL (
      SELECT o.id, o.created_at AS at, a.name AS agent, o.action_type AS "actionType", m.tier,
        coalesce(m.ended_reason::text, m.state::text) AS state,
        (SELECT d.type || CASE d.source WHEN 'human' THEN '' ELSE ' by ' || d.source END FROM decision d
          WHERE d.workspace = ${WORKSPACE} AND d.escalation_id = o.id ORDER BY d.round DESC LIMIT 1) AS decision,
        ARRAY(SELECT DISTINCT v.user_id FROM vote v WHERE v.workspace = ${WORKSPACE} AND v.escalation_id = o.id
          ORDER BY 1) AS people
      FROM opened o JOIN agent a ON a.workspace = ${WORKSPACE} AND a.id = o.agent_id
      CROSS JOIN ${byKey("moving", "id = o.id")} m
      WHERE o.workspace = ${WORKSPACE} AND length(o.id) = length(c.name) + ${ID_LENGTH}
        AND o.id >= first_id_at(c.name, greatest($4::timestamptz, ${FIRST_TIME}))
        AND o.id < first_id_at(c.name, greatest(${FIRST_TIME},
          least($5::timestamptz, $7::timestamptz + interval '1 ms', ${LAST_TIME})))
        AND ($7::timestamptz IS NULL OR (o.created_at, o.id) < ($7, $8))
        AND ($1::text IS NULL OR a.name = $1)
        AND ($2::text IS NULL OR EXISTS (SELECT FROM vote v WHERE v.workspace = ${WORKSPACE} AND v.escalation_id = o.id
        AND v.user_id = $2))
        AND ($3::text IS NULL OR o.action_type = $3 OR ($3 LIKE '%*' AND starts_with(o.action_type, left($3, -1))))
        AND ($6::text IS NULL OR m.state::text = $6 OR m.ended_reason::text = $6 OR EXISTS (SELECT FROM decision d
          WHERE d.workspace = ${WORKSPACE} AND d.escalation_id = o.id AND d.type::text = $6))
      ORDER BY o.id DESC LIMIT $9) found
      ORDER BY found.at DESC, found.id DESC LIMIT $9`,
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

/** Without its cell: `esc_`, the time and what is drawn. */
const ID_LENGTH = 28;
/** Between these, times are written in ids in their order. */
const FIRST_TIME = "'1970-01-01Z'::timestamptz";
const LAST_TIME = "'4254-01-01Z'::timestamptz";

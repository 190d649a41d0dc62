import { z } from "zod";
import type { SessionKey, SessionNote } from "../domain/sessions/session.ts";
import { DIRECTIVES, type Directive, STATES, TAINTS } from "../domain/shapes/vocabulary.ts";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** What is kept of sessions beyond their escalations. */
const Row = z.object({
  agent_id: z.string(),
  id: z.string(),
  directive: z.enum(DIRECTIVES),
  reason: z.string().nullable(),
  directed_by: z.string().nullable(),
  directed_at: z.date().nullable(),
  acknowledged_at: z.date().nullable(),
  settled_at: z.date().nullable(),
  taints: z.array(z.object({ kind: z.enum(TAINTS), source: z.string() })),
  parent_agent_id: z.string().nullable(),
  parent_id: z.string().nullable(),
});
const COLUMNS = Object.keys(Row.shape).join(", ");

function parse(row: unknown): SessionNote {
  const { agent_id, directed_by, directed_at, acknowledged_at, settled_at, parent_agent_id, parent_id, ...rest } = Row.parse(row);
  return {
    ...rest,
    agentId: agent_id,
    by: directed_by,
    at: directed_at,
    acknowledgedAt: acknowledged_at,
    settledAt: settled_at,
    parent: parent_agent_id === null || parent_id === null ? null : { agentId: parent_agent_id, id: parent_id },
  };
}

/**
 * What changed since then, oldest first, and the newest of these times on the server's own clock. A little before it is read
 * again: a change is seen when it is committed, which is later than its time.
 */
const OVERLAP = "interval '30 seconds'";
export async function readSessionNotes(db: Queryable, since: Date | null): Promise<{ notes: SessionNote[]; until: Date | null }> {
  const { rows } = await db.query({
    name: "session_notes",
    text: `SELECT ${COLUMNS}, changed_at FROM session
      WHERE workspace = ${WORKSPACE} AND changed_at > coalesce($1::timestamptz - ${OVERLAP}, '-infinity') ORDER BY changed_at`,
    values: [since],
  });
  return { notes: rows.map(parse), until: (rows.at(-1)?.changed_at as Date | undefined) ?? since };
}

/** The row that others wait for while it is changed. */
export async function lockSession(tx: Queryable, { agentId, id }: SessionKey): Promise<SessionNote> {
  const { rows } = await tx.query({
    name: "lock_session",
    text: `INSERT INTO session AS s (workspace, agent_id, id) VALUES (${WORKSPACE}, $1, $2)
      ON CONFLICT (workspace, agent_id, id) DO UPDATE SET directive = s.directive RETURNING ${COLUMNS}`,
    values: [agentId, id],
  });
  return parse(rows[0]);
}

const CHANGED = "changed_at = clock_timestamp()";
const OURS = `workspace = ${WORKSPACE} AND agent_id = $1 AND id = $2`;

export async function saveDirective(
  tx: Queryable,
  { agentId, id }: SessionKey,
  { directive, reason, by }: { directive: Directive; reason: string; by: string | null },
): Promise<void> {
  await tx.query({
    name: "direct_session",
    text: `UPDATE session SET directive = $3, reason = $4, directed_by = $5, directed_at = (SELECT db_now()),
      acknowledged_at = NULL, settled_at = NULL, ${CHANGED} WHERE ${OURS}`,
    values: [agentId, id, directive, reason, by],
  });
}

export async function saveFacts(
  tx: Queryable,
  { agentId, id }: SessionKey,
  { parent, taints }: Pick<SessionNote, "parent" | "taints">,
): Promise<void> {
  await tx.query({
    name: "note_session",
    text: `UPDATE session SET parent_agent_id = $3, parent_id = $4, taints = $5, ${CHANGED} WHERE ${OURS}`,
    values: [agentId, id, parent?.agentId ?? null, parent?.id ?? null, JSON.stringify(taints)],
  });
}

/** Once: the first time counts. `at`: of the directive that is acknowledged; a newer one is not. */
export async function acknowledgeDirective(tx: Queryable, { agentId, id, at }: SessionNote): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "acknowledge_session",
    text: `UPDATE session SET acknowledged_at = (SELECT db_now()), ${CHANGED}
      WHERE ${OURS} AND directed_at = $3 AND acknowledged_at IS NULL`,
    values: [agentId, id, at],
  });
  return rowCount === 1;
}

export async function markSettled(db: Queryable, { agentId, id, at }: SessionNote, afterS: number): Promise<void> {
  await db.query({
    name: "settle_session",
    text: `UPDATE session SET settled_at = (SELECT db_now()), ${CHANGED} WHERE ${OURS} AND directed_at = $3
      AND directed_at <= (SELECT db_now()) - make_interval(secs => $4)`,
    values: [agentId, id, at, afterS],
  });
}

/**
 * What waits in a session (null: in all of the agent's) and nobody has begun to run; questions about acts of the past are
 * people's. `before`: what was opened later is left.
 */
export async function listOpenInSession(
  db: Queryable,
  { agentId, sessionId, before }: { agentId: string; sessionId: string | null; before: Date | null },
  except: readonly string[],
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query({
    name: "open_in_session",
    text: `SELECT l.id FROM ${byKey("live", "agent_id = $1")} l CROSS JOIN ${byKey("opened", "id = l.id")} o
      WHERE o.review_of IS NULL AND ($2::text IS NULL OR o.session_id = $2) AND ($3::timestamptz IS NULL OR o.created_at < $3)
        AND l.state IN ('running', 'paused_pending_human', 'human_responded', 'timed_out')
        AND NOT l.progress ? 'execution' AND l.id <> ALL($4::text[])
      ORDER BY l.id LIMIT $5`,
    values: [agentId, sessionId, before, except, limit],
  });
  return rows.map((row) => row.id as string);
}

const Stood = z.object({ id: z.string(), state: z.enum(STATES), open: z.boolean() });
/** The newest escalations of a session, newest first. */
export async function standingInSession(
  db: Queryable,
  agentId: string,
  sessionId: string,
  limit: number,
): Promise<z.infer<typeof Stood>[]> {
  const { rows } = await db.query({
    name: "standing_in_session",
    text: `SELECT o.id, m.state, m.ended_at IS NULL AS open
      FROM (SELECT id, review_of FROM opened WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND session_id = $2
        ORDER BY id DESC LIMIT $3) o
      CROSS JOIN ${byKey("moving", "id = o.id")} m WHERE o.review_of IS NULL ORDER BY o.id DESC`,
    values: [agentId, sessionId, limit],
  });
  return z.array(Stood).parse(rows);
}

/** The queues in which an agent has asked lately. */
export async function queuesAsked(db: Queryable, agentId: string): Promise<string[]> {
  const { rows } = await db.query({
    name: "queues_asked",
    text: `SELECT DISTINCT m.queue FROM (SELECT id FROM opened WHERE workspace = ${WORKSPACE} AND agent_id = $1
        ORDER BY id DESC LIMIT 300) o
      CROSS JOIN ${byKey("moving", "id = o.id")} m`,
    values: [agentId],
  });
  return rows.map((row) => row.queue as string);
}

const Rejected = z.object({
  id: z.string(),
  round: z.int(),
  at: z.date(),
  agentId: z.string(),
  sessionId: z.string(),
  digest: z.string(),
  by: z.string().nullable(),
});
export type Rejection = z.infer<typeof Rejected>;

/** What people rejected in sessions since then, within a day, newest first. A little before it is read again, as above. */
export async function readRejections(db: Queryable, since: Date | null, limit: number): Promise<Rejection[]> {
  const { rows } = await db.query({
    name: "rejected_in_sessions",
    text: `SELECT d.escalation_id AS id, d.round, d.decided_at AS at, o.agent_id AS "agentId", o.session_id AS "sessionId",
        'sha256:' || encode(m.action_digest, 'hex') AS digest,
        (SELECT v.user_id FROM vote v WHERE v.workspace = ${WORKSPACE} AND v.escalation_id = d.escalation_id AND v.round = d.round
          AND v.verdict = 'reject' ORDER BY v.at DESC LIMIT 1) AS by
      FROM (SELECT escalation_id, round, decided_at FROM decision
        WHERE workspace = ${WORKSPACE} AND type = 'reject' AND source = 'human'
          AND decided_at > greatest($1::timestamptz - interval '5 seconds', (SELECT db_now()) - interval '24 hours')
        ORDER BY decided_at DESC LIMIT $2) d
      CROSS JOIN ${byKey("opened", "id = d.escalation_id")} o CROSS JOIN ${byKey("moving", "id = d.escalation_id")} m
      WHERE o.session_id IS NOT NULL AND o.review_of IS NULL ORDER BY d.decided_at DESC`,
    values: [since, limit],
  });
  return z.array(Rejected).parse(rows);
}

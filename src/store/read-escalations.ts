import { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { ESCALATION_COLUMNS, ESCALATIONS, LOCKED_ONES, parseEscalation } from "./escalation-row.ts";
import type { Queryable } from "./pool.ts";
import { fill, type LeftOut, type Page, parseReadable } from "./readable.ts";
import { unseal } from "./sealed.ts";
import { WORKSPACE } from "./workspace.ts";

/** Reading escalations. Lists are bounded; times come from the database's clock. */
export type Loaded = { escalation: Escalation; now: Date };

/** The database's present, in which every deadline is judged. */
export async function readNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query({ name: "now", text: "SELECT db_now() AS now" });
  return z.object({ now: z.date() }).parse(rows[0]).now;
}

/** Whole escalations by id, with the time they were read at. Unknown ids are left out. */
export async function loadEscalations(db: Queryable, ids: readonly string[]): Promise<Map<string, Loaded>> {
  const { rows } = await db.query({
    name: "load_escalations",
    text: `SELECT ${ESCALATION_COLUMNS}, (SELECT db_now()) AS now FROM ${ESCALATIONS}
      WHERE m.workspace = ${WORKSPACE} AND m.id = ANY($1::text[])`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id as string, { escalation: parseEscalation(row), now: z.date().parse(row.now) }]));
}

/** The earlier submission with this key. */
export async function findByIdempotencyKey(db: Queryable, agentId: string, key: string): Promise<string | null> {
  const { rows } = await db.query({
    name: "by_idempotency_key",
    text: `SELECT o.id FROM idempotency i JOIN opened o ON o.workspace = ${WORKSPACE} AND o.id = i.id
      WHERE i.workspace = ${WORKSPACE} AND i.agent_id = $1 AND i.key = $2`,
    values: [agentId, key],
  });
  return z.object({ id: z.string() }).optional().parse(rows[0])?.id ?? null;
}

/** Which of these, by their place, name a key that has opened something before. */
export async function findTakenKeys(
  db: Queryable,
  asked: readonly { agentId: string; idempotencyKey: string | null }[],
): Promise<Set<number>> {
  if (asked.every(({ idempotencyKey }) => idempotencyKey === null)) return new Set();
  const { rows } = await db.query({
    name: "taken_keys",
    text: `SELECT (k.n - 1)::int AS n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(agent_id, key, n)
      JOIN opened o ON o.workspace = ${WORKSPACE} AND o.agent_id = k.agent_id AND o.idempotency_key = k.key`,
    values: [asked.map(({ agentId }) => agentId), asked.map(({ idempotencyKey }) => idempotencyKey)],
  });
  return new Set(rows.map(({ n }) => z.int().parse(n)));
}

/** The agent's own saved state, as it was submitted; undefined when there was none. */
export async function readCheckpoint(db: Queryable, id: string): Promise<unknown> {
  const { rows } = await db.query({
    name: "checkpoint",
    text: `SELECT checkpoint, encode(key, 'hex') AS key FROM opened 
      WHERE workspace = ${WORKSPACE} AND id = $1 AND checkpoint IS NOT NULL`,
    values: [id],
  });
  const row = z
    .object({ checkpoint: z.instanceof(Buffer), key: z.string() })
    .optional()
    .parse(rows[0]);
  return row === undefined ? undefined : JSON.parse(unseal(row.key, row.checkpoint));
}

const lockDueText = (order: "ASC" | "DESC") => `WITH m AS (
    SELECT l.*, NULL::timestamptz AS ended_at, NULL::ended_reason AS ended_reason FROM live l
    WHERE l.workspace = ${WORKSPACE} AND l.due_at <= (SELECT db_now()) AND l.id <> ALL($2::text[])
    ORDER BY l.due_at ${order} LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
  SELECT ${ESCALATION_COLUMNS}, (SELECT db_now()) AS now FROM ${LOCKED_ONES} ORDER BY m.due_at ${order}`;
const LOCK_DUE = { oldest: lockDueText("ASC"), newest: lockDueText("DESC") };

/**
 * Locks escalations whose time has come, from the oldest or from the newest end; what another replica holds is skipped. `except`
 * is left out.
 */
export async function lockDue(
  tx: Queryable,
  end: "oldest" | "newest",
  limit: number,
  except: readonly string[],
): Promise<{ due: Loaded[]; unreadable: { id: string; error: unknown }[] }> {
  const { rows } = await tx.query({ name: `lock_due_${end}`, text: LOCK_DUE[end], values: [limit, except] });
  const due: Loaded[] = [];
  const unreadable: { id: string; error: unknown }[] = [];
  for (const row of rows) {
    // A row of a newer version, or a damaged one, must not keep the deadlines of all others from firing.
    try {
      due.push({ escalation: parseEscalation(row), now: z.date().parse(row.now) });
    } catch (error) {
      unreadable.push({ id: String(row.id), error });
    }
  }
  return { due, unreadable };
}

/**
 * How late the sweep is (seconds by which the oldest due one waits), and how many are a minute late. Where a demonstration has
 * moved the clock, the sweep has a minute as well for all that came due at once.
 */
export type Lateness = { lagS: number; overdue: number };
export async function readLateness(db: Queryable): Promise<Lateness> {
  const { rows } = await db.query({
    name: "lateness",
    text: `SELECT
      coalesce((SELECT extract(epoch FROM (SELECT db_now()) - due_at) FROM live WHERE workspace = ${WORKSPACE}
      AND due_at <= (SELECT db_now())
        ORDER BY due_at LIMIT 1), 0)::float8 AS "lagS",
      (SELECT count(*) FROM (SELECT 1 FROM live WHERE workspace = ${WORKSPACE}
      AND due_at <= (SELECT db_now()) - interval '1 minute'
        AND NOT (SELECT coalesce(moved_at > clock_timestamp() - interval '1 minute', false) FROM clock_shift)
          LIMIT 10001) AS late)::int AS overdue`,
  });
  return z.object({ lagS: z.number(), overdue: z.number() }).parse(rows[0]);
}

/** Revision and state of the escalations somebody is waiting on. */
export async function readRevisions(db: Queryable, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await db.query({
    name: "revisions",
    text: `SELECT id, revision FROM moving WHERE workspace = ${WORKSPACE} AND id = ANY($1::text[])`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id as string, row.revision as number]));
}

export type ListFilter = {
  state: string | null;
  sessionId: string | null;
  actionType: string | null;
  queue: string | null;
  idempotencyKey: string | null;
  /** Continue after this escalation (exclusive), newest first. */
  after: { createdAt: Date; id: string } | null;
  limit: number;
};

/** One page of an agent's own escalations, newest first. */
export function listForAgent(db: Queryable, agentId: string, filter: ListFilter, leftOut: LeftOut): Promise<Escalation[]> {
  const read = async (after: ListFilter["after"], limit: number): Promise<Page> => {
    const { rows } = await db.query({
      name: "list_for_agent",
      text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS}
        WHERE m.workspace = ${WORKSPACE} AND o.agent_id = $1 AND ($2::escalation_state IS NULL OR m.state = $2)
        AND ($3::text IS NULL OR o.session_id = $3)
          AND ($4::text IS NULL OR o.action_type = $4) AND ($5::text IS NULL OR m.queue = $5)
          AND ($6::timestamptz IS NULL OR (o.created_at, o.id) < ($6, $7))
          AND ($9::text IS NULL OR o.idempotency_key = $9)
        ORDER BY o.created_at DESC, o.id DESC LIMIT $8`,
      values: [
        agentId,
        filter.state,
        filter.sessionId,
        filter.actionType,
        filter.queue,
        after?.createdAt ?? null,
        after?.id ?? null,
        limit,
        filter.idempotencyKey,
      ],
    });
    return rows;
  };
  const placeOf = ({ created_at, id }: Page[number]) => ({ createdAt: created_at, id });
  return fill(filter.limit, read, filter.after, placeOf, leftOut);
}

/**
 * One page of what waits in these queues, oldest deadline first; `after`: the last one of the page before. Each queue gives its
 * next ones in the order of its index, and whole rows are read only of the page: neither what waits behind it nor what other
 * queues hold costs anything.
 */
export function listWaiting(
  db: Queryable,
  queues: readonly string[],
  limit: number,
  after: Pick<Escalation, "deadline" | "id"> | null = null,
  leftOut: LeftOut = () => {},
): Promise<Escalation[]> {
  const read = async (from: typeof after, atMost: number): Promise<Page> => {
    const { rows } = await db.query({
      name: "list_waiting",
      text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS} JOIN (
          SELECT next.id, next.deadline FROM (SELECT DISTINCT unnest($1::text[]) AS queue) q CROSS JOIN LATERAL (
            SELECT w.id, w.deadline FROM live w
            WHERE w.workspace = ${WORKSPACE} AND w.state = 'paused_pending_human' AND w.queue = q.queue
            AND (w.deadline, w.id) > ($3::timestamptz, $4::text)
            ORDER BY w.deadline, w.id LIMIT $2) next
          ORDER BY next.deadline, next.id LIMIT $2) page ON m.workspace = ${WORKSPACE} AND page.id = m.id
        ORDER BY page.deadline, page.id`,
      values: [queues, atMost, from?.deadline ?? "-infinity", from?.id ?? ""],
    });
    return rows;
  };
  return fill(limit, read, after, (row) => row, leftOut);
}

/**
 * What waits, has come into a batch of this person and was not answered by them, oldest deadline first. `window`: of this
 * batch; null = of any of theirs. The index holds nothing but what is in batches: its condition is repeated, and the workspace
 * asked for in a way that no other index answers, so that it is used.
 */
export async function listBatched(
  db: Queryable,
  userId: string,
  window: Date | null,
  limit: number,
  leftOut: LeftOut = () => {},
): Promise<Escalation[]> {
  const batch = { userIds: [userId], ...(window === null ? {} : { window }) };
  const { rows } = await db.query({
    name: "list_batched",
    text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS} JOIN (
        SELECT w.id, w.deadline FROM live w
        WHERE w.workspace + 0 = ${WORKSPACE} AND w.state = 'paused_pending_human' AND w.progress -> 'paging' -> 'batches' <> '[]'
          AND w.progress -> 'paging' -> 'batches' @> $1::jsonb
          AND NOT w.progress -> 'votes' @> $2::jsonb
        ORDER BY w.deadline, w.id LIMIT $3) page ON m.workspace = ${WORKSPACE} AND page.id = m.id
      ORDER BY page.deadline, page.id`,
    values: [JSON.stringify([batch]), JSON.stringify([{ userId }]), limit],
  });
  return parseReadable(rows, leftOut);
}

/** What a person voted on lately, newest first. */
export async function listVotedBy(db: Queryable, userId: string, limit: number, leftOut: LeftOut): Promise<Escalation[]> {
  const { rows } = await db.query({
    name: "list_voted_by",
    text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS}
      JOIN (SELECT escalation_id, max(at) AS at FROM vote WHERE workspace = ${WORKSPACE} AND user_id = $1 GROUP BY escalation_id
      ORDER BY max(at) DESC
        LIMIT $2) v ON m.workspace = ${WORKSPACE} AND v.escalation_id = m.id
      ORDER BY v.at DESC`,
    values: [userId, limit],
  });
  return parseReadable(rows, leftOut);
}

/** Whose escalations: those of these queues, and of agents that this person owns. */
export type Within = { queues: readonly string[]; owner: string; agents: readonly string[] };

/** Those whose id ends so, newest first: among all that wait, and the newest of the others. */
export async function findByEnding(db: Queryable, within: Within, ending: string, limit: number): Promise<string[]> {
  const theirs = `(m.queue = ANY($1::text[]) OR m.agent_id IN (SELECT id FROM agent
    WHERE workspace = ${WORKSPACE} AND (owner = $4 OR name = ANY($5::text[]))))`;
  const { rows } = await db.query({
    name: "find_by_ending",
    text: `SELECT id FROM (
        SELECT m.id, o.created_at FROM live m JOIN opened o ON o.workspace = ${WORKSPACE} AND o.id = m.id
          WHERE m.workspace = ${WORKSPACE} AND m.state = 'paused_pending_human' AND right(m.id, length($2)) = $2 AND ${theirs}
        UNION SELECT m.id, newest.created_at FROM (SELECT id, created_at FROM opened WHERE workspace = ${WORKSPACE}
        ORDER BY created_at DESC
            LIMIT ${LIMITS.byEnding.value}) newest JOIN moving m
            ON m.workspace = ${WORKSPACE} AND m.id = newest.id
          WHERE right(newest.id, length($2)) = $2 AND ${theirs}) known
      ORDER BY created_at DESC, id LIMIT $3`,
    values: [within.queues, ending, limit, within.owner, within.agents],
  });
  return rows.map((row) => z.string().parse(row.id));
}

import { z } from "zod";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { ESCALATION_COLUMNS, ESCALATIONS, LOCKED_ONES, parseEscalation } from "./escalation-row.ts";
import type { Queryable } from "./pool.ts";
import { unseal } from "./sealed.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

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
    text: `SELECT o.id FROM idempotency i CROSS JOIN ${byKey("opened", "id = i.id")} o
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
      CROSS JOIN ${byKey("idempotency", "agent_id = k.agent_id AND key = k.key")} i`,
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

/** The bytes of its pictures and files as base64, in the order in which they stand in its request. */
export async function readMedia(db: Queryable, id: string): Promise<string[]> {
  const { rows } = await db.query({
    name: "media",
    text: `SELECT media, encode(key, 'hex') AS key FROM opened
      WHERE workspace = ${WORKSPACE} AND id = $1 AND media IS NOT NULL`,
    values: [id],
  });
  const row = z
    .object({ media: z.instanceof(Buffer), key: z.string() })
    .optional()
    .parse(rows[0]);
  return row === undefined ? [] : z.array(z.string()).parse(JSON.parse(unseal(row.key, row.media)));
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
        ORDER BY due_at LIMIT 10001) AS late)::int AS overdue`,
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

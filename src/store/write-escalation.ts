import type { AuditEntry } from "../domain/consequences/audit.ts";
import type { Owed } from "../domain/consequences/deliveries.ts";
import type { Decision, Escalation, Vote } from "../domain/shapes/escalation.ts";
import { OWED_AGAIN } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";
import { auditRows, changeRow, decisionRows, openingRow, outboxRows, voteRows } from "./write-rows.ts";

export type Dispatch = Owed & { deliveryId: string };

/**
 * The one guarded write: state, audit, votes, decision and everything owed, in a single statement that is its own transaction. It
 * takes many escalations at once (group commit), each with its own guard: the revision it was decided on and, for what people do,
 * the deadline on the database's clock, read after the row lock was won; for these and for openings also the configuration they
 * were judged by. An escalation whose guard fails leaves nothing behind.
 */
export type Write = {
  before: Escalation | null;
  after: Escalation;
  entries: readonly AuditEntry[];
  owed: readonly Dispatch[];
  votes: readonly Vote[];
  decisions: readonly Decision[];
  /** Earlier than this on the database's clock; null = whenever. */
  onlyBefore: Date | null;
  /** The configuration it was judged by: refused once another one is in force; null = whatever is in force. */
  configuration: number | null;
  /** For an opening only. */
  opening: { checkpoint: unknown; idempotencyKey: string | null; requestHash: string } | null;
  /** What velocity rules add up, where the action type names a parameter for it. */
  amount: number | null;
};

/**
 * What hangs on a written escalation, inserted only for those in `written`. $2 audit, $3 outbox, each a JSON array. Deliveries
 * that several escalations owe together (a batch, a Home) are one row, and rows that others may touch are taken in one order, so
 * that batches never deadlock.
 */
const ATTACHMENTS = `
entries AS MATERIALIZED (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x(
    id text, stream text, seq int, at timestamptz, body text, hash bytea, secrets jsonb) JOIN written USING (id)),
audit AS (
  INSERT INTO audit_entry (workspace, stream, seq, at, body, hash)
    SELECT ${WORKSPACE}, stream, seq, at, convert_to(body, 'UTF8'), hash FROM entries),
secret AS (
  INSERT INTO audit_secret (workspace, stream, seq, secrets) SELECT ${WORKSPACE}, stream, seq, secrets FROM entries
  WHERE secrets <> '{}'),
clock AS MATERIALIZED (SELECT db_now() AS at),
owed AS (
  SELECT x.* FROM jsonb_to_recordset($3::jsonb) AS x(
    n int, id text, lane text, kind delivery_kind, delivery_id text, payload jsonb, priority int, dedupe text)
  JOIN written USING (id)),
once AS (
  SELECT DISTINCT ON (COALESCE(dedupe, delivery_id)) *, count(*) OVER (PARTITION BY COALESCE(dedupe, delivery_id)) AS times
    FROM owed ORDER BY COALESCE(dedupe, delivery_id), priority, n),
sent AS (
  INSERT INTO outbox (lane, kind, escalation_id, delivery_id, payload, priority, dedupe, generation, run_at, created_at)
  SELECT lane, kind, id, delivery_id, payload, priority, dedupe, times, at, at FROM once, clock ORDER BY dedupe NULLS FIRST, n
  ON CONFLICT (dedupe) DO UPDATE SET ${OWED_AGAIN}, priority = LEAST(outbox.priority, excluded.priority)),
lanes AS (
  INSERT INTO lane (name) SELECT DISTINCT lane FROM owed ORDER BY lane ON CONFLICT (name) DO NOTHING)`;

/** What people said, for the changes that hold some: a smaller statement starts faster. $5 votes, $6 decisions. */
const SAID = `,
votes AS (
  INSERT INTO vote (workspace, escalation_id, round, version, user_id, team_id, verdict, seen, at)
  SELECT ${WORKSPACE}, x.id, x.round, x.version, x.user_id, x.team_id, x.verdict, x.seen, x.at
  FROM jsonb_to_recordset($5::jsonb) AS x(
    id text, round int, version int, user_id text, team_id text, verdict verdict, seen text, at timestamptz)
  JOIN written USING (id)),
decisions AS (
  INSERT INTO decision (workspace, escalation_id, round, type, source, tier, decided_at, deadline, action_digest)
  SELECT ${WORKSPACE}, x.id, x.round, x.type, x.source, x.tier, x.decided_at, x.deadline, x.action_digest
  FROM jsonb_to_recordset($6::jsonb) AS x(
    id text, round int, type decision_type, source decision_source, tier tier, decided_at timestamptz,
    deadline timestamptz, action_digest text)
  JOIN written USING (id))`;
const RESULT = "\nSELECT id, true AS written FROM written";
/** Those that were as expected and yet could not be locked: somebody holds them. */
const RESULT_UNLOCKED = `${RESULT}
UNION ALL SELECT l.id, false FROM live l JOIN input i ON l.id = i.id AND l.revision = i.expected
WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND NOT EXISTS (SELECT FROM locked WHERE locked.id = l.id)`;

const MOVED = `state escalation_state, tier tier, version int, revision int, round int, queue text, amount float8,
    action_digest text, progress jsonb, sla_at timestamptz, deadline timestamptz, state_since timestamptz,
    first_response_at timestamptz, audit_seq int, audit_hash bytea, updated_at timestamptz`;

const STILL_IN_FORCE = `(configuration IS NULL OR configuration = (SELECT number FROM configuration
    WHERE workspace = ${WORKSPACE} ORDER BY number DESC LIMIT 1))`;

/** What is written once, and what moves, in the order of both its tables. */
const OPENED = `id, agent_id, kind, priority, action_type, session_id, environment, target, policy_version, request, checkpoint,
    ruling, review_of, idempotency_key, request_hash, key, created_at`;
const MOVING = `state, tier, version, revision, round, queue, amount, action_digest, progress, sla_at, deadline, state_since,
    first_response_at, audit_seq, audit_hash, updated_at`;

const INSERT = {
  name: "open_escalations",
  text: `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, agent_id text, kind escalation_kind, priority priority, action_type text, session_id text, environment text,
    target text, policy_version text, request jsonb, checkpoint jsonb, ruling jsonb, review_of text, idempotency_key text,
    request_hash text, key bytea, created_at timestamptz, ${MOVED}, due_at timestamptz, configuration int)
  WHERE ${STILL_IN_FORCE}),
written AS (
  INSERT INTO opened (workspace, ${OPENED}) SELECT ${WORKSPACE}, ${OPENED} FROM input
  ON CONFLICT (workspace, agent_id, idempotency_key) DO NOTHING RETURNING id),
live AS (
  INSERT INTO live (workspace, id, agent_id, kind, due_at, ${MOVING}) SELECT ${WORKSPACE}, id, agent_id, kind, due_at, ${MOVING}
  FROM input JOIN written USING (id)),${ATTACHMENTS}${RESULT}`,
};

/** One that ends leaves `live` for `ended` in the same statement; what is reported of one that had ended is kept there. */
const changeText = (lock: "" | " SKIP LOCKED") => `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, expected int, only_before timestamptz, had_ended boolean, ruling jsonb, ${MOVED}, due_at timestamptz,
    ended_at timestamptz, ended_reason ended_reason, configuration int) WHERE ${STILL_IN_FORCE}),
locked AS (
  SELECT l.id FROM live l JOIN input i ON l.id = i.id AND l.revision = i.expected
  WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) ORDER BY l.id FOR NO KEY UPDATE OF l${lock}),
timed AS MATERIALIZED (SELECT l.id, db_now() AS at FROM locked l),
allowed AS MATERIALIZED (
  SELECT i.* FROM input i JOIN timed t USING (id) WHERE i.only_before IS NULL OR t.at < i.only_before),
moved AS (
  UPDATE live l SET ruling = COALESCE(i.ruling, l.ruling), due_at = i.due_at,
    state = i.state, tier = i.tier, version = i.version, revision = i.revision, round = i.round, queue = i.queue,
    amount = i.amount, action_digest = i.action_digest, progress = i.progress, sla_at = i.sla_at, deadline = i.deadline,
    state_since = i.state_since, first_response_at = i.first_response_at, audit_seq = i.audit_seq, audit_hash = i.audit_hash,
    updated_at = i.updated_at
  FROM allowed i WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND l.id = i.id
  AND i.ended_at IS NULL RETURNING l.id),
gone AS (
  DELETE FROM live l USING allowed i
  WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND l.id = i.id AND i.ended_at IS NOT NULL
  RETURNING l.id, l.agent_id, l.kind, l.ruling AS ruled),
closed AS (
  INSERT INTO ended (workspace, id, agent_id, kind, ruling, ended_at, ended_reason, ${MOVING})
  SELECT ${WORKSPACE}, id, agent_id, kind, COALESCE(ruling, ruled), ended_at, ended_reason, ${MOVING} FROM gone
  JOIN allowed USING (id)
  RETURNING id),
late AS (
  UPDATE ended e SET progress = i.progress, revision = i.revision, audit_seq = i.audit_seq, audit_hash = i.audit_hash,
    updated_at = i.updated_at
  FROM input i WHERE e.workspace = ${WORKSPACE} AND e.id = ANY($4::text[]) AND e.id = i.id AND e.revision = i.expected
  AND i.had_ended RETURNING e.id),
written AS (SELECT id FROM moved UNION ALL SELECT id FROM closed UNION ALL SELECT id FROM late),${ATTACHMENTS}`;
/**
 * `waiting`: a row that somebody holds is waited for. Otherwise it is left out and named: nobody waits for somebody else's row.
 */
const UPDATE = {
  waiting: { name: "change_escalations", text: `${changeText("")}${RESULT}` },
  unlocked: { name: "change_unlocked", text: `${changeText(" SKIP LOCKED")}${RESULT_UNLOCKED}` },
};
const UPDATE_SAID = {
  waiting: { name: "change_escalations_said", text: `${changeText("")}${SAID}${RESULT}` },
  unlocked: { name: "change_unlocked_said", text: `${changeText(" SKIP LOCKED")}${SAID}${RESULT_UNLOCKED}` },
};
type Locks = keyof typeof UPDATE;
type Outcome = { written: Set<string>; locked: Set<string> };

/**
 * Writes openings, or changes. Returns the ids that were written; the others lost a race, came too late, or replay an idempotency
 * key.
 */
export async function writeEscalations(db: Queryable, writes: readonly Write[]): Promise<Set<string>> {
  return (await writeAll(db, writes, "waiting")).written;
}

/** The same, without waiting for rows that somebody holds: nothing of those was written, and `locked` names them. */
export function writeUnlocked(db: Queryable, writes: readonly Write[]): Promise<Outcome> {
  return writeAll(db, writes, "unlocked");
}

async function writeAll(db: Queryable, writes: readonly Write[], locks: Locks): Promise<Outcome> {
  const openings = writes.filter((write) => write.before === null);
  const changes = writes.filter((write) => write.before !== null);
  // Outside a transaction the first of two statements would stay when the second fails, and nobody would be told of it.
  if (openings.length > 0 && changes.length > 0) throw new Error("openings and changes are written apart");
  const outcome: Outcome = { written: new Set(), locked: new Set() };
  if (openings.length > 0) await run(db, INSERT, [openings.map(openingRow), ...attached(openings)], outcome);
  if (changes.length > 0) await change(db, changes, locks, outcome);
  return outcome;
}

/**
 * The ids once more as an array: the planner finds rows by their key for it, and would scan the table for a join with a JSON
 * list.
 */
async function change(db: Queryable, changes: readonly Write[], locks: Locks, outcome: Outcome): Promise<void> {
  const values = [changes.map(changeRow), ...attached(changes)];
  const ids = changes.map((write) => write.after.id);
  const votes = changes.flatMap(voteRows);
  const decisions = changes.flatMap(decisionRows);
  const said = votes.length + decisions.length > 0;
  const statement = (said ? UPDATE_SAID : UPDATE)[locks];
  await run(db, statement, values, outcome, said ? [ids, votes, decisions] : [ids]);
}

const attached = (writes: readonly Write[]) => [writes.flatMap(auditRows), writes.flatMap(outboxRows)];

async function run(
  db: Queryable,
  statement: { name: string; text: string },
  documents: readonly object[][],
  { written, locked }: Outcome,
  [ids, ...more]: readonly (string[] | object[])[] = [],
): Promise<void> {
  const json = (list: readonly unknown[]) => JSON.stringify(list);
  const values = [...documents.map(json), ...(ids === undefined ? [] : [ids]), ...more.map(json)];
  const result = await db.query({ ...statement, values });
  for (const row of result.rows as { id: string; written: boolean }[]) (row.written ? written : locked).add(row.id);
}

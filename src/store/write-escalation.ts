import type { AuditEntry } from "../domain/consequences/audit.ts";
import type { Owed } from "../domain/consequences/deliveries.ts";
import { priorityOf } from "../domain/paging/priority.ts";
import { velocityTarget } from "../domain/policy/velocity.ts";
import type { Decision, Escalation, Vote } from "../domain/shapes/escalation.ts";
import { submittedAction } from "../domain/shapes/request.ts";
import { progressOf } from "./escalation-row.ts";
import { OWED_AGAIN } from "./outbox.ts";
import type { Queryable } from "./pool.ts";

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
  INSERT INTO audit_entry (stream, seq, at, body, hash) SELECT stream, seq, at, convert_to(body, 'UTF8'), hash FROM entries),
secret AS (
  INSERT INTO audit_secret (stream, seq, secrets) SELECT stream, seq, secrets FROM entries WHERE secrets <> '{}'),
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

/**
 * What people said, for the changes that hold some. $5 votes, $6 decisions. Most do not, and a smaller statement starts faster.
 */
const SAID = `,
votes AS (
  INSERT INTO vote (escalation_id, round, version, user_id, team_id, verdict, seen, at)
  SELECT x.id, x.round, x.version, x.user_id, x.team_id, x.verdict, x.seen, x.at
  FROM jsonb_to_recordset($5::jsonb) AS x(
    id text, round int, version int, user_id text, team_id text, verdict verdict, seen text, at timestamptz)
  JOIN written USING (id)),
decisions AS (
  INSERT INTO decision (escalation_id, round, type, source, tier, decided_at, deadline, action_digest)
  SELECT x.id, x.round, x.type, x.source, x.tier, x.decided_at, x.deadline, x.action_digest
  FROM jsonb_to_recordset($6::jsonb) AS x(
    id text, round int, type decision_type, source decision_source, tier tier, decided_at timestamptz,
    deadline timestamptz, action_digest text)
  JOIN written USING (id))`;
const RESULT = "\nSELECT id, true AS written FROM written";
/** Those that were as expected and yet could not be locked: somebody holds them. */
const RESULT_UNLOCKED = `${RESULT}
UNION ALL SELECT e.id, false FROM escalation e JOIN input i ON e.id = i.id AND e.revision = i.expected
WHERE e.id = ANY($4::text[]) AND NOT EXISTS (SELECT FROM locked l WHERE l.id = e.id)`;

const STILL_IN_FORCE =
  "(configuration IS NULL OR configuration = (SELECT number FROM configuration ORDER BY number DESC LIMIT 1))";

const OPENED = `id, agent_id, kind, state, tier, priority, version, revision, round, queue, action_type, session_id, environment,
    target, amount, policy_version, action_digest, request, checkpoint, ruling, progress, sla_at, deadline, due_at, state_since,
    first_response_at, ended_at, ended_reason, review_of, idempotency_key, request_hash, audit_seq, audit_hash, created_at,
    updated_at`;

const INSERT = {
  name: "open_escalations",
  text: `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, agent_id text, kind escalation_kind, state escalation_state, tier tier, version int, revision int,
    round int, queue text, action_type text, session_id text, environment text, target text, amount float8,
    policy_version text, action_digest text, request jsonb, checkpoint jsonb, ruling jsonb, progress jsonb,
    sla_at timestamptz, deadline timestamptz, due_at timestamptz, state_since timestamptz, ended_at timestamptz,
    ended_reason ended_reason, review_of text, idempotency_key text, request_hash text, audit_seq int,
    audit_hash bytea, created_at timestamptz, updated_at timestamptz, priority priority,
    first_response_at timestamptz, configuration int) WHERE ${STILL_IN_FORCE}),
written AS (
  INSERT INTO escalation (${OPENED}) SELECT ${OPENED} FROM input
  ON CONFLICT (agent_id, idempotency_key) DO NOTHING RETURNING id),${ATTACHMENTS}${RESULT}`,
};

const changeText = (lock: "" | " SKIP LOCKED") => `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, expected int, only_before timestamptz, state escalation_state, tier tier, version int, revision int,
    round int, queue text, action_digest text, ruling jsonb, progress jsonb, sla_at timestamptz,
    deadline timestamptz, due_at timestamptz, state_since timestamptz, ended_at timestamptz,
    ended_reason ended_reason, audit_seq int, audit_hash bytea, updated_at timestamptz, amount float8,
    first_response_at timestamptz, configuration int) WHERE ${STILL_IN_FORCE}),
locked AS (
  SELECT e.id FROM escalation e JOIN input i ON e.id = i.id AND e.revision = i.expected
  WHERE e.id = ANY($4::text[]) ORDER BY e.id FOR NO KEY UPDATE OF e${lock}),
timed AS MATERIALIZED (SELECT l.id, db_now() AS at FROM locked l),
written AS (
  UPDATE escalation e SET ruling = COALESCE(i.ruling, e.ruling),
    state = i.state, tier = i.tier, version = i.version, revision = i.revision, round = i.round, queue = i.queue,
    action_digest = i.action_digest, progress = i.progress, amount = i.amount, sla_at = i.sla_at, deadline = i.deadline,
    due_at = i.due_at, state_since = i.state_since, first_response_at = i.first_response_at, ended_at = i.ended_at,
    ended_reason = i.ended_reason, audit_seq = i.audit_seq, audit_hash = i.audit_hash, updated_at = i.updated_at
  FROM input i, timed t
  WHERE e.id = ANY($4::text[]) AND e.id = i.id AND t.id = e.id AND (i.only_before IS NULL OR t.at < i.only_before)
  RETURNING e.id),${ATTACHMENTS}`;
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

function changing({ before, after, amount, configuration }: Write) {
  return {
    id: after.id,
    configuration,
    amount,
    state: after.state,
    tier: after.ruling.tier,
    version: after.version,
    revision: after.revision,
    round: after.round,
    queue: after.ruling.queue,
    action_digest: after.actionDigest,
    // Most changes leave the ruling alone; a value that is not written need not be stored again.
    ruling: after.ruling === before?.ruling ? null : after.ruling,
    progress: progressOf(after),
    sla_at: after.slaAt,
    deadline: after.deadline,
    due_at: after.dueAt,
    state_since: after.stateSince,
    ended_at: after.endedAt,
    ended_reason: after.endedReason,
    audit_seq: after.auditSeq,
    audit_hash: hexBytes(after.auditHash),
    updated_at: after.updatedAt,
    first_response_at: after.firstResponseAt,
  };
}

function changeRow(write: Write): object {
  return { ...changing(write), expected: write.before?.revision, only_before: write.onlyBefore };
}

function openingRow(write: Write): object {
  const { after, opening } = write;
  if (opening === null) throw new Error("an opening write without its opening facts");
  const action = submittedAction(after.request);
  return {
    ...changing(write),
    agent_id: after.agentId,
    kind: after.kind,
    action_type: action?.type ?? null,
    session_id: after.request.session_id ?? null,
    environment: after.ruling.environment,
    target: action === null ? null : velocityTarget(action),
    policy_version: after.ruling.policyVersion,
    request: { ...after.request, checkpoint: undefined },
    checkpoint: opening.checkpoint,
    review_of: after.reviewOf,
    idempotency_key: opening.idempotencyKey,
    request_hash: opening.requestHash,
    created_at: after.createdAt,
    priority: priorityOf(after, after.createdAt).class,
  };
}

/** How Postgres reads bytes from a text. */
const hexBytes = (hex: string): string => `\\x${hex}`;

const auditRows = ({ after, entries }: Write) => entries.map((entry) => ({ id: after.id, ...entry, hash: hexBytes(entry.hash) }));
const outboxRows = ({ after, owed }: Write) => owed.map((one, n) => ({ n, id: after.id, ...one, delivery_id: one.deliveryId }));
const voteRows = ({ before, after, votes }: Write) =>
  votes.map((vote) => ({
    id: after.id,
    round: before?.round ?? 1,
    version: vote.version,
    user_id: vote.userId,
    team_id: vote.teamId,
    verdict: vote.verdict,
    seen: vote.seen,
    at: vote.at,
  }));
const decisionRows = ({ before, after, decisions }: Write) =>
  decisions.map((decision) => ({
    id: after.id,
    round: decision.round,
    type: decision.type,
    source: decision.source,
    tier: after.ruling.tier,
    decided_at: decision.decidedAt,
    deadline: before?.deadline ?? decision.decidedAt,
    action_digest: decision.actionDigest,
  }));

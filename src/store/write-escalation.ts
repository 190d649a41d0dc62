import { OWED_BY_WRITTEN, owedRows } from "./owe.ts";
import { stepRows, stepsText } from "./plan-steps.ts";
import type { Queryable } from "./pool.ts";
import { countText, judgedByText } from "./velocity.ts";
import { WORKSPACE } from "./workspace.ts";
import { kindOf, type Write } from "./write.ts";
import { auditRows, changeRow, countingRows, decisionRows, openingRow, voteRows } from "./write-rows.ts";

/**
 * The one guarded write: state, audit, votes, decision and everything owed, in a single statement that is its own transaction. It
 * takes many escalations at once (group commit), each with its own guard: the state it was decided on (its revision, and the
 * audit hash that no other history ends in) and, for what people do, the deadline on the database's clock, read after the row
 * lock was won; for these and for openings also the configuration they were judged by. An escalation whose guard fails leaves
 * nothing behind.
 */

/**
 * What hangs on a written escalation, inserted only for those in `written`. $2 audit, $3 outbox, each a JSON array.
 */
const ATTACHMENTS = `
entries AS MATERIALIZED (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x(
    id text, seq int, body text, hash bytea, content bytea) JOIN written USING (id)),
audit AS (
  INSERT INTO audit_entry (workspace, stream, seq, body, hash)
    SELECT ${WORKSPACE}, id, seq, convert_to(body, 'UTF8'), hash FROM entries),
secret AS (
  INSERT INTO audit_secret (workspace, stream, seq, content) SELECT ${WORKSPACE}, id, seq, content FROM entries
  WHERE content IS NOT NULL),
${OWED_BY_WRITTEN}`;

/** What people said, for the changes that hold some: a smaller statement starts faster. $5 votes, $6 decisions. */
const SAID = `,
votes AS (
  INSERT INTO vote (workspace, escalation_id, round, version, user_id, team_id, verdict, at)
  SELECT ${WORKSPACE}, x.id, x.round, x.version, x.user_id, x.team_id, x.verdict, x.at
  FROM jsonb_to_recordset($5::jsonb) AS x(
    id text, round int, version int, user_id text, team_id text, verdict verdict, at timestamptz)
  JOIN written USING (id)),
decisions AS (
  INSERT INTO decision (workspace, escalation_id, round, type, source, tier, decided_at, deadline)
  SELECT ${WORKSPACE}, x.id, x.round, x.type, x.source, x.tier, x.decided_at, x.deadline
  FROM jsonb_to_recordset($6::jsonb) AS x(
    id text, round int, type decision_type, source decision_source, tier tier, decided_at timestamptz,
    deadline timestamptz)
  JOIN written USING (id))`;
/** The same revision of another history, as after a restore, is another state. */
const AS_EXPECTED = (row: "l" | "e") =>
  `${row}.id = i.id AND ${row}.revision = i.expected AND ${row}.audit_hash = i.expected_hash`;
const RESULT = `
SELECT id, 'written' AS became, (SELECT at FROM clock) AS at, NULL::bigint AS row FROM written
UNION ALL SELECT delivery_id, 'owed', created_at, id FROM sent WHERE generation = 1 AND status = 'owed'`;
/** Those that were as expected and yet could not be locked: somebody holds them. */
const unlockedResult = (input: string) => `${RESULT}
UNION ALL SELECT l.id, 'locked', NULL, NULL FROM live l JOIN ${input} i ON ${AS_EXPECTED("l")}
WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND NOT EXISTS (SELECT FROM locked WHERE locked.id = l.id)`;

const MOVED = `state escalation_state, tier tier, version int, revision int, round int, queue text, channel text,
    action_digest bytea, progress jsonb, sla_at timestamptz, deadline timestamptz, state_since timestamptz,
    first_response_at timestamptz, audit_seq int, audit_hash bytea, updated_at timestamptz`;

const STILL_SO = `(configuration IS NULL OR configuration = (SELECT number FROM configuration
    WHERE workspace = ${WORKSPACE} ORDER BY number DESC LIMIT 1))
    AND (believed_now IS NULL OR abs(extract(epoch FROM believed_now - (SELECT db_now()))) <= 0.25)`;

/** What is written once, and what moves, in the order of both its tables. */
const OPENED = `id, agent_id, kind, priority, action_type, session_id, content, checkpoint,
    media, review_of, idempotency_key, key, created_at`;
const MOVING = `state, tier, version, revision, round, queue, channel, action_digest, progress, sla_at, deadline,
    first_response_at, audit_seq, audit_hash, updated_at`;

/** `input`: those of the input that may still be written. */
const openText = (input: string, asked: string, counted: string) => `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, agent_id text, kind escalation_kind, priority priority, action_type text, session_id text,
    content bytea, checkpoint bytea, media bytea, review_of text, idempotency_key text,
    key bytea, created_at timestamptz, ${MOVED}, due_at timestamptz, configuration int,
    believed_now timestamptz)
  WHERE ${STILL_SO}),${asked}
keyed AS (
  INSERT INTO idempotency (workspace, agent_id, key, id) SELECT ${WORKSPACE}, agent_id, idempotency_key, id FROM ${input}
  WHERE idempotency_key IS NOT NULL ON CONFLICT (workspace, agent_id, key) DO NOTHING RETURNING id),
written AS (
  INSERT INTO opened (workspace, ${OPENED}) SELECT ${WORKSPACE}, ${OPENED} FROM ${input}
  WHERE idempotency_key IS NULL OR id IN (SELECT id FROM keyed) RETURNING id),
live AS (
  INSERT INTO live (workspace, id, agent_id, kind, due_at, state_since, ${MOVING})
  SELECT ${WORKSPACE}, id, agent_id, kind, due_at, state_since, ${MOVING}
  FROM ${input} JOIN written USING (id)),${ATTACHMENTS}${counted}${RESULT}`;
const INSERT = { name: "open_escalations", text: openText("input", "", "") };
/** The same where plans are among them, with the rows of their steps. */
const INSERT_STEPPED = { name: "open_escalations_stepped", text: openText("input", "", stepsText(4)) };
/** Openings that were judged one after the other by the same sums: where one of these has moved, all are judged anew. */
const NONE_IF_STALE = `${judgedByText(4)},
asked AS (SELECT * FROM input WHERE NOT EXISTS (SELECT FROM stale)),`;
const openCounted = (name: string, more: string) => ({
  name,
  text: `${openText("asked", NONE_IF_STALE, more)}
UNION ALL SELECT id, 'stale', NULL, NULL FROM input WHERE EXISTS (SELECT FROM stale)`,
});
const INSERT_COUNTED = openCounted("open_escalations_counted", countText(5));
const INSERT_COUNTED_STEPPED = openCounted("open_escalations_counted_stepped", `${countText(5)}${stepsText(6)}`);

/** One that ends leaves `live` for `ended` in the same statement. */
const changeText = (lock: "" | " SKIP LOCKED", input: string, asked: string) => `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, expected int, expected_hash bytea, only_before timestamptz, ruling jsonb, ${MOVED},
    due_at timestamptz, ended_at timestamptz, ended_reason ended_reason, configuration int, believed_now timestamptz)
  WHERE ${STILL_SO}),${asked}
locked AS (
  SELECT l.id FROM live l JOIN ${input} i ON ${AS_EXPECTED("l")}
  WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) ORDER BY l.id FOR NO KEY UPDATE OF l${lock}),
timed AS MATERIALIZED (SELECT l.id, db_now() AS at FROM locked l),
allowed AS MATERIALIZED (
  SELECT i.* FROM ${input} i JOIN timed t USING (id) WHERE i.only_before IS NULL OR t.at < i.only_before),
moved AS (
  UPDATE live l SET ruling = COALESCE(i.ruling, l.ruling), due_at = i.due_at,
    state = i.state, tier = i.tier, version = i.version, revision = i.revision, round = i.round, queue = i.queue,
    channel = i.channel, action_digest = i.action_digest, progress = i.progress, sla_at = i.sla_at,
    deadline = i.deadline,
    state_since = i.state_since, first_response_at = i.first_response_at, audit_seq = i.audit_seq, audit_hash = i.audit_hash,
    updated_at = i.updated_at
  FROM allowed i WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND l.id = i.id
  AND i.ended_at IS NULL RETURNING l.id),
gone AS (
  DELETE FROM live l USING allowed i
  WHERE l.workspace = ${WORKSPACE} AND l.id = ANY($4::text[]) AND l.id = i.id AND i.ended_at IS NOT NULL
  RETURNING l.id, l.agent_id, l.ruling AS ruled),
forms AS (DELETE FROM rendering WHERE workspace = ${WORKSPACE} AND escalation_id = ANY (ARRAY(SELECT id FROM gone))),
closed AS (
  INSERT INTO ended (workspace, id, agent_id, ruling, ended_at, ended_reason, ${MOVING})
  SELECT ${WORKSPACE}, id, agent_id, COALESCE(ruling, ruled), ended_at, ended_reason, ${MOVING} FROM gone
  JOIN allowed USING (id)
  RETURNING id),
written AS (SELECT id FROM moved UNION ALL SELECT id FROM closed),${ATTACHMENTS}`;
/** What is reported of one that had ended. Apart: whatever names `ended` looks through its months first. */
const LATE = {
  name: "report_late",
  text: `WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id text, expected int, expected_hash bytea, ${MOVED}, configuration int, believed_now timestamptz) WHERE ${STILL_SO}),
written AS (
  UPDATE ended e SET progress = i.progress, revision = i.revision, audit_seq = i.audit_seq, audit_hash = i.audit_hash,
    updated_at = i.updated_at
  FROM input i WHERE e.workspace = ${WORKSPACE} AND e.id = ANY($4::text[]) AND ${AS_EXPECTED("e")}
  RETURNING e.id),${ATTACHMENTS}${RESULT}`,
};
/** A change that was judged by sums is judged anew where one of these has moved; none holds up the others. */
const notStale = (parameter: number) => `${judgedByText(parameter)},
asked AS (SELECT * FROM input WHERE id NOT IN (SELECT part FROM stale)),`;

type Variant = { locks: "waiting" | "unlocked"; said: boolean; counted: boolean; stepped: boolean };
const nameOf = ({ locks, said, counted, stepped }: Variant) =>
  [
    `change_${locks === "waiting" ? "escalations" : "unlocked"}`,
    ...(said ? ["said"] : []),
    ...(counted ? ["counted"] : []),
    ...(stepped ? ["stepped"] : []),
  ].join("_");

/**
 * `waiting`: a row that somebody holds is waited for. Otherwise it is left out and named: nobody waits for somebody else's row.
 */
function changeStatement(variant: Variant): { name: string; text: string } {
  const { locks, said, counted, stepped } = variant;
  const next = said ? 7 : 5;
  const [input, asked, count] = counted ? ["asked", notStale(next), countText(next + 1)] : ["input", "", ""];
  const steps = stepped ? stepsText(next + (counted ? 2 : 0)) : "";
  const text = changeText(locks === "waiting" ? "" : " SKIP LOCKED", input, asked);
  return {
    name: nameOf(variant),
    text: `${text}${said ? SAID : ""}${count}${steps}${locks === "waiting" ? RESULT : unlockedResult(input)}`,
  };
}
const BOTH = [false, true];
const CHANGE = new Map(
  (["waiting", "unlocked"] as const)
    .flatMap((locks) =>
      BOTH.flatMap((said) =>
        BOTH.flatMap((counted) => BOTH.map((stepped) => changeStatement({ locks, said, counted, stepped }))),
      ),
    )
    .map((statement) => [statement.name, statement]),
);

/**
 * `stale`: what was judged by sums in which something was counted since. `at`: the database's present after it was written; null
 * where nothing was.
 */
type Outcome = Record<Became, Set<string>> & { at: Date | null; rows: Map<string, { id: number; at: Date }> };
type Became = "written" | "locked" | "stale";

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

async function writeAll(db: Queryable, writes: readonly Write[], locks: Variant["locks"]): Promise<Outcome> {
  const outcome: Outcome = { written: new Set(), locked: new Set(), stale: new Set(), at: null, rows: new Map() };
  const [first] = writes;
  if (first === undefined) return outcome;
  const kind = kindOf(first);
  // Outside a transaction the first of two statements would stay when the second fails, and nobody would be told of it.
  if (writes.some((write) => kindOf(write) !== kind)) throw new Error("writes of several kinds are written apart");
  if (kind === "opening") await open(db, writes, outcome);
  else await change(db, writes, kind === "late" ? "late" : locks, outcome);
  return outcome;
}

async function open(db: Queryable, openings: readonly Write[], outcome: Outcome): Promise<void> {
  const values = [openings.map(openingRow), ...attached(openings)].map(json);
  const counting = countingRows(openings, () => "");
  const steps = openings.flatMap(stepRows);
  const more = [...(counting ?? []), ...(steps.length === 0 ? [] : [steps])];
  const [plainly, withSteps] = counting === null ? [INSERT, INSERT_STEPPED] : [INSERT_COUNTED, INSERT_COUNTED_STEPPED];
  await run(db, steps.length === 0 ? plainly : withSteps, [...values, ...more.map(json)], outcome);
}

/**
 * The ids once more as an array: the planner finds rows by their key for it, and would scan the table for a join with a JSON
 * list.
 */
async function change(db: Queryable, changes: readonly Write[], how: Variant["locks"] | "late", outcome: Outcome): Promise<void> {
  const rows = [changes.map(changeRow), ...attached(changes)];
  const ids = changes.map((write) => write.after.id);
  if (how === "late") return run(db, LATE, [...rows.map(json), ids], outcome);
  const votes = changes.flatMap(voteRows);
  const decisions = changes.flatMap(decisionRows);
  const said = votes.length + decisions.length > 0;
  const counting = countingRows(changes, ({ after }) => after.id);
  const steps = changes.flatMap(stepRows);
  const stepped = steps.length > 0;
  const statement = CHANGE.get(nameOf({ locks: how, said, counted: counting !== null, stepped }));
  if (statement === undefined) throw new Error("a change without its statement");
  const more = [...(said ? [votes, decisions] : []), ...(counting ?? []), ...(stepped ? [steps] : [])];
  await run(db, statement, [...rows.map(json), ids, ...more.map(json)], outcome);
}

const attached = (writes: readonly Write[]) => [
  writes.flatMap(auditRows),
  writes.flatMap(({ after, owed }) => owedRows(after, owed)),
];

const json = (list: readonly unknown[]) => JSON.stringify(list);

type Answered =
  | { id: string; became: Became; at: Date | null; row: null }
  | { id: string; became: "owed"; at: Date; row: number };

async function run(
  db: Queryable,
  statement: { name: string; text: string },
  values: readonly (string | string[])[],
  outcome: Outcome,
): Promise<void> {
  const result = await db.query({ ...statement, values: [...values] });
  for (const { id, became, at, row } of result.rows as Answered[]) {
    outcome.at ??= at;
    if (became === "owed") outcome.rows.set(id, { id: row, at });
    else outcome[became].add(id);
  }
}

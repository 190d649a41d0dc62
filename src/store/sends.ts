import { LIMITS } from "../domain/base/limits.ts";
import type { Envelope } from "../domain/consequences/deliveries.ts";
import { drawnRecord, KEEP_DRAWN } from "./drawn.ts";
import { holds } from "./lanes.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * What one send does to its row: begun before it leaves, and by every answer finished (finish.ts), put off or set aside. Nothing
 * is put off for longer than this, or it would be taken for a time from before the clock was set back.
 */
const POSTPONE_MS_MAX = LIMITS.putOff.value;

/** A drawing that somebody may decide on, kept with the mark that its send begins. */
export type Drawing = { escalationId: string; version: number; place: string; digest: string; complete: boolean };
export type Beginning = Pick<Envelope, "id" | "generation"> & { drawn: readonly Drawing[] };

/**
 * Marks sends as begun, and keeps what they show, in one statement for many: whoever finds the mark later knows that it may have
 * arrived. Answers the ids of those that may go. The others were owed anew since they were looked at, or their lane is not, or
 * not for much longer, this process's own: `leftS` is longer than a call to Slack takes.
 */
export async function begin(
  db: Queryable,
  deliverer: string,
  leftS: number,
  beginnings: readonly Beginning[],
): Promise<Set<number>> {
  const drawn = beginnings.flatMap(({ id, drawn }) =>
    drawn.map((one) => ({ id, escalation_id: one.escalationId, place: one.place, drawn: drawnRecord(one) })),
  );
  const { rows } = await db.query({
    name: drawn.length === 0 ? "begin" : "begin_drawn",
    text: drawn.length === 0 ? `${BEGIN(leftS)} SELECT id FROM begun` : `${BEGIN(leftS)}${DRAWN} SELECT id FROM begun`,
    values: [
      deliverer,
      beginnings.map(({ id }) => id),
      beginnings.map(({ generation }) => generation),
      ...(drawn.length === 0 ? [] : [JSON.stringify(drawn)]),
    ],
  });
  return new Set(rows.map(({ id }) => id as number));
}

/** They did not leave after all: that was no try. The mark stays, and costs a look for what is not there. */
export async function takeBack(db: Queryable, begun: ReadonlySet<number>): Promise<void> {
  if (begun.size === 0) return;
  await db.query({
    name: "take_back",
    text: `UPDATE outbox SET attempts = attempts - 1 WHERE workspace = ${WORKSPACE} AND id = ANY($1) AND attempts > 0`,
    values: [[...begun]],
  });
}

/** Rows are taken in the order in which whoever owes them takes theirs, so that neither waits for the other for ever. */
export const LOCKED = `locked AS MATERIALIZED (
  SELECT o.id, o.dedupe, o.generation FROM outbox o WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2)
  ORDER BY o.dedupe NULLS FIRST, o.id FOR NO KEY UPDATE)`;

const BEGIN = (leftS: number) => `WITH ${LOCKED},
begun AS (
  UPDATE outbox o SET started_at = COALESCE(o.started_at, (SELECT db_now())), tried_at = (SELECT db_now()),
    attempts = o.attempts + 1
  FROM locked JOIN unnest($2::bigint[], $3::int[]) AS x(id, generation) ON locked.id = x.id AND locked.generation = x.generation
  WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2) AND o.id = locked.id AND o.status = 'owed' AND ${holds(leftS)}
    AND (SELECT l.lease FROM lane l WHERE l.workspace = ${WORKSPACE} AND l.name = o.lane) = $1
  RETURNING o.id)`;
const DRAWN = `,
drawn AS (
  INSERT INTO card (workspace, escalation_id, place, drawn)
  SELECT DISTINCT ON (escalation_id, place) ${WORKSPACE}, escalation_id, place, drawn
  FROM jsonb_to_recordset($4::jsonb) AS x(id bigint, escalation_id text, place text, drawn bytea) JOIN begun USING (id)
  ORDER BY escalation_id, place
  ON CONFLICT (workspace, escalation_id, place) DO UPDATE SET drawn = ${KEEP_DRAWN})`;

/** `maybeSent`: it may have arrived all the same. `counts`: as one more try; not so where nobody could have sent it. */
export type PutOff = { afterMs: number; why: string; maybeSent: boolean; counts: boolean };

/** What pauses with it: a lane, or that of a whole method. */
export type Pause = { lane: string; ms: number };

/**
 * Not now: the row keeps the mark that it may have arrived. It stays where it is (`keepsPlace`), and its lane pauses; or it is
 * put off. What was owed again meanwhile is news, and does not wait for the pause of the older one.
 */
export async function postpone(
  db: Queryable,
  delivery: Envelope,
  { afterMs, why, maybeSent, counts }: PutOff,
  keepsPlace: boolean,
  pause: Pause | null,
): Promise<void> {
  const attempts = delivery.attempts + (counts ? 1 : 0);
  // Another process that has begun it since, because the lease of this one is over, knows better.
  const begunAtMost = delivery.attempts + 1;
  const row = `UPDATE outbox SET started_at = CASE WHEN $3 THEN started_at END, attempts = $2, last_error = $4,
      run_at = CASE WHEN $6 OR generation <> $7 THEN run_at ELSE (SELECT db_now()) + make_interval(secs => $5 / 1000.0) END,
      status = CASE WHEN $6 OR generation <> $7 THEN status ELSE 'later' END
    WHERE workspace = ${WORKSPACE} AND id = $1 AND status = 'owed' AND attempts <= $8`;
  const most = (ms: number) => Math.min(ms, POSTPONE_MS_MAX);
  const values = [
    delivery.id,
    attempts,
    maybeSent,
    why.slice(0, 500),
    most(afterMs),
    keepsPlace,
    delivery.generation,
    begunAtMost,
  ];
  if (pause === null) {
    await db.query({ name: "postpone", text: row, values });
    return;
  }
  await db.query({
    name: "postpone_and_pause",
    text: `WITH row AS (${row})
      INSERT INTO lane (workspace, name, not_before)
        VALUES (${WORKSPACE}, $9, (SELECT db_now()) + make_interval(secs => $10 / 1000.0))
      ON CONFLICT (workspace, name) DO UPDATE SET not_before = excluded.not_before`,
    values: [...values, pause.lane, most(pause.ms)],
  });
}

/** Kept back on purpose: it is as if it were owed then, and no route is tried for it before. */
export async function holdBack(db: Queryable, delivery: Envelope, afterMs: number): Promise<void> {
  await db.query({
    name: "hold_back",
    text: `UPDATE outbox SET run_at = (SELECT db_now()) + make_interval(secs => $2 / 1000.0), started_at = NULL, attempts = $3,
        status = 'later', created_at = (SELECT db_now()) + make_interval(secs => $2 / 1000.0)
      WHERE workspace = ${WORKSPACE} AND id = $1 AND status = 'owed'`,
    values: [delivery.id, Math.min(afterMs, POSTPONE_MS_MAX), delivery.attempts],
  });
}

/**
 * It may have arrived or not, and asking did not help: kept, shown, and never blindly sent again. `dead`: it cannot be delivered
 * at all.
 */
export async function setAside(db: Queryable, delivery: Envelope, status: "uncertain" | "dead", error: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "set_aside",
    text: `UPDATE outbox SET status = $2, last_error = $3 WHERE workspace = ${WORKSPACE} AND id = $1 AND generation = $4`,
    values: [delivery.id, status, error.slice(0, 500), delivery.generation],
  });
  // Asked for again while it was being sent: the newer one is worth its own try.
  if (rowCount === 0)
    await db.query({
      name: "owe_newer",
      text: `UPDATE outbox SET attempts = 0, last_error = $2 WHERE workspace = ${WORKSPACE} AND id = $1`,
      values: [delivery.id, error.slice(0, 500)],
    });
  return rowCount === 1;
}

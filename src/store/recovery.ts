import { z } from "zod";
import { storedStream, streamStored } from "./audit.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** What is kept of restores to an earlier point, and the statements that deal with one. */
export type Recovery = { number: number; restoredTo: Date; point: string; beganAt: Date; endedAt: Date | null };

const Row = z.object({
  number: z.int(),
  restored_to: z.date(),
  point: z.string(),
  began_at: z.date(),
  ended_at: z.date().nullable(),
});
const parse = (row: unknown): Recovery => {
  const { number, restored_to, point, began_at, ended_at } = Row.parse(row);
  return { number, restoredTo: restored_to, point, beganAt: began_at, endedAt: ended_at };
};
const COLUMNS = "number, restored_to, point, began_at, ended_at";

/** The point that a server was told to stop its restore at. A standby that took over was never told one. */
const POINT = `coalesce((SELECT string_agg(name || ' = ' || setting, ', ' ORDER BY name) FROM pg_settings
  WHERE setting <> '' AND name IN ('recovery_target', 'recovery_target_lsn', 'recovery_target_name', 'recovery_target_time',
    'recovery_target_xid')), '')`;

export async function readRestorePoint(db: Queryable): Promise<string> {
  const { rows } = await db.query({ text: `SELECT ${POINT} AS point` });
  return z.object({ point: z.string() }).parse(rows[0]).point;
}

/**
 * Why nobody may work on this database yet: it was restored to a point that nobody dealt with, or dealing with it was broken off.
 * Null: nothing is in the way.
 */
export async function readUnrecovered(db: Queryable): Promise<{ point: string; brokenOff: boolean } | null> {
  const { rows } = await db.query({
    name: "unrecovered",
    text: `WITH here AS (SELECT ${POINT} AS point)
      SELECT point, EXISTS (SELECT FROM recovery WHERE workspace = ${WORKSPACE} AND ended_at IS NULL) AS "brokenOff",
        point <> '' AND NOT EXISTS (SELECT FROM recovery r
          WHERE r.workspace = ${WORKSPACE} AND r.point = here.point AND r.ended_at IS NOT NULL) AS restored
      FROM here`,
  });
  const { point, brokenOff, restored } = z
    .object({ point: z.string(), brokenOff: z.boolean(), restored: z.boolean() })
    .parse(rows[0]);
  return restored || brokenOff ? { point, brokenOff } : null;
}

/** The one that was broken off, if it was for the same point; else a new one. */
export async function beginRecovery(tx: Queryable, to: Date, point: string): Promise<Recovery> {
  const { rows: begun } = await tx.query({
    text: `SELECT ${COLUMNS} FROM recovery WHERE workspace = ${WORKSPACE} AND ended_at IS NULL AND restored_to = $1 FOR UPDATE`,
    values: [to],
  });
  if (begun[0] !== undefined) return parse(begun[0]);
  const { rows } = await tx.query({
    text: `INSERT INTO recovery (workspace, number, restored_to, point)
      SELECT ${WORKSPACE}, coalesce(max(number), 0) + 1, $1, $2 FROM recovery WHERE workspace = ${WORKSPACE}
      RETURNING ${COLUMNS}`,
    values: [to, point],
  });
  return parse(rows[0]);
}

/** When this point was dealt with, to the end; null where it was not. */
export async function readRecovered(db: Queryable, to: Date): Promise<Date | null> {
  const { rows } = await db.query({
    text: `SELECT max(ended_at) AS at FROM recovery WHERE workspace = ${WORKSPACE} AND restored_to = $1`,
    values: [to],
  });
  return z.object({ at: z.date().nullable() }).parse(rows[0]).at;
}

/** One for another point that was broken off is over with it. */
export async function endRecovery(tx: Queryable): Promise<void> {
  await tx.query(`UPDATE recovery SET ended_at = db_now() WHERE workspace = ${WORKSPACE} AND ended_at IS NULL`);
}

/** The point that was gone back to, where what was opened at that time was lost with it; null where it was not. */
export async function readLostTo(db: Queryable, openedAt: Date, marginS: number): Promise<Date | null> {
  const { rows } = await db.query({
    name: "lost_to",
    text: `SELECT restored_to AS "to" FROM recovery WHERE workspace = ${WORKSPACE} AND began_at > $1
      AND restored_to - make_interval(secs => $2) <= $1 ORDER BY number DESC LIMIT 1`,
    values: [openedAt, marginS],
  });
  return z.object({ to: z.date() }).optional().parse(rows[0])?.to ?? null;
}

/** Servers that are connected to this database. */
export async function countServers(db: Queryable, applicationName: string): Promise<number> {
  const { rows } = await db.query({
    text: "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
    values: [applicationName],
  });
  return z.object({ n: z.int() }).parse(rows[0]).n;
}

/** Whether this role may do what the application role may not. */
export async function mayRecover(db: Queryable): Promise<boolean> {
  const { rows } = await db.query("SELECT has_table_privilege('recovery', 'INSERT') AS may");
  return z.object({ may: z.boolean() }).parse(rows[0]).may;
}

/** What waits to be sent; a callback is known by its id to whoever gets it twice, and needs no looking for. */
const PERHAPS_SENT = `workspace = ${WORKSPACE} AND status NOT IN ('dead', 'uncertain') AND kind <> 'callback'`;

export async function countOwed(db: Queryable): Promise<number> {
  const { rows } = await db.query(`SELECT count(*)::int AS n FROM outbox WHERE ${PERHAPS_SENT}`);
  return z.object({ n: z.int() }).parse(rows[0]).n;
}

/**
 * All that is owed at the point of a restore may have been sent after it: marked as a send that was begun and never finished, it
 * is looked for first, from when it was owed until now.
 */
export async function markPerhapsSent(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(`UPDATE outbox SET started_at = coalesce(started_at, created_at), tried_at = db_now()
    WHERE ${PERHAPS_SENT}`);
  return rowCount ?? 0;
}

/** Ids of what has not ended, in their order. */
export async function listOpenIds(db: Queryable, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    text: `SELECT id FROM live WHERE workspace = ${WORKSPACE} AND id > $1 ORDER BY id LIMIT $2`,
    values: [after, limit],
  });
  return rows.map((row) => row.id as string);
}

/** Of these ids, those that are known here. */
export async function findKnownIds(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query({
    text: `SELECT id FROM opened WHERE workspace = ${WORKSPACE} AND id = ANY($1::text[])`,
    values: [ids],
  });
  return new Set(rows.map((row) => row.id as string));
}

/** The last entry of a stream. `hash`: in hex. */
export type Head = { stream: string; seq: number; hash: string };
const HeadRow = z.object({ stream: z.string(), seq: z.int(), hash: z.string() });

/** The heads of the streams after the given one, in order. */
export async function listHeads(db: Queryable, after: string, limit: number): Promise<Head[]> {
  const { rows } = await db.query({
    text: `SELECT s.stream, h.seq, encode(h.hash, 'hex') AS hash
      FROM (SELECT DISTINCT stream FROM audit_entry WHERE workspace = ${WORKSPACE} AND stream > $1 ORDER BY stream LIMIT $2) s,
        LATERAL (SELECT seq, hash FROM audit_entry e WHERE e.workspace = ${WORKSPACE} AND e.stream = s.stream
          ORDER BY seq DESC LIMIT 1) h ORDER BY s.stream`,
    values: [storedStream(after), limit],
  });
  return rows.map((row) => HeadRow.parse(row)).map((head) => ({ ...head, stream: streamStored(head.stream) }));
}

/**
 * Of entries that somebody else has kept: how far each stream goes here, and the hash that stands here in the same place (null
 * where no write ended there).
 */
export async function compareHeads(
  db: Queryable,
  kept: readonly Head[],
): Promise<{ stream: string; seq: number; hash: string | null }[]> {
  const { rows } = await db.query({
    text: `SELECT k.stream, coalesce((SELECT max(seq) FROM audit_entry e
          WHERE e.workspace = ${WORKSPACE} AND e.stream = k.stream), 0) AS seq,
        (SELECT encode(e.hash, 'hex') FROM audit_entry e
          WHERE e.workspace = ${WORKSPACE} AND e.stream = k.stream AND e.seq = k.seq) AS hash
      FROM unnest($1::text[], $2::int[]) AS k(stream, seq)`,
    values: [kept.map((one) => storedStream(one.stream)), kept.map((one) => one.seq)],
  });
  const Compared = z.object({ stream: z.string(), seq: z.int(), hash: z.string().nullable() });
  return rows.map((row) => Compared.parse(row)).map((one) => ({ ...one, stream: streamStored(one.stream) }));
}

import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * Alarms that last: true for the one caller that is to ring it now. One that was raised later than now was raised before the
 * clock was set back.
 */
export async function openAlarm(db: Queryable, name: string, againS: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "open_alarm",
    text: `INSERT INTO alarm (workspace, name, raised_at) VALUES (${WORKSPACE}, $1, (SELECT db_now()))
      ON CONFLICT (workspace, name) DO UPDATE SET raised_at = excluded.raised_at, cleared_at = NULL
      WHERE alarm.cleared_at IS NOT NULL OR alarm.raised_at <= (SELECT db_now()) - make_interval(secs => $2)
        OR alarm.raised_at > excluded.raised_at`,
    values: [name, againS],
  });
  return rowCount === 1;
}

/** Which of these have been raised and not ended. */
export async function readOpenAlarms(db: Queryable, names: readonly string[]): Promise<string[]> {
  const { rows } = await db.query({
    name: "open_alarms",
    text: `SELECT name FROM alarm WHERE workspace = ${WORKSPACE} AND name = ANY($1) AND cleared_at IS NULL`,
    values: [names],
  });
  return rows.map((row) => row.name as string);
}

/** True for the one caller that ended it. */
export async function closeAlarm(db: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "close_alarm",
    text: `UPDATE alarm SET cleared_at = (SELECT db_now()) WHERE workspace = ${WORKSPACE} AND name = $1 AND cleared_at IS NULL`,
    values: [name],
  });
  return rowCount === 1;
}

/** Milliseconds until alarms of this name may be told again; 0 = now. */
export async function quietForMs(db: Queryable, name: string, everyS: number): Promise<number> {
  const { rows } = await db.query({
    name: "quiet_for",
    text: `SELECT GREATEST(0, extract(epoch FROM raised_at - (SELECT db_now())) + $2)::float8 * 1000 AS ms FROM alarm
      WHERE workspace = ${WORKSPACE} AND name = $1 AND raised_at <= (SELECT db_now())`,
    values: [name, everyS],
  });
  return Math.ceil(Number(rows[0]?.ms ?? 0));
}

/** Alarms of this name were told just now. */
export async function markTold(db: Queryable, name: string): Promise<void> {
  await db.query({
    name: "mark_told",
    text: `INSERT INTO alarm (workspace, name, raised_at) VALUES (${WORKSPACE}, $1, (SELECT db_now()))
      ON CONFLICT (workspace, name) DO UPDATE
      SET raised_at = excluded.raised_at`,
    values: [name],
  });
}

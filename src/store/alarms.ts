import type { Queryable } from "./write-escalation.ts";

/** Alarms that last: true for the one caller that is to ring it now. */
export async function openAlarm(db: Queryable, name: string, againS: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "open_alarm",
    text: `INSERT INTO alarm (name, raised_at) VALUES ($1, (SELECT db_now()))
      ON CONFLICT (name) DO UPDATE SET raised_at = excluded.raised_at, cleared_at = NULL
      WHERE alarm.cleared_at IS NOT NULL OR alarm.raised_at <= (SELECT db_now()) - make_interval(secs => $2)`,
    values: [name, againS],
  });
  return rowCount === 1;
}

/** True for the one caller that ended it. */
export async function closeAlarm(db: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "close_alarm",
    text: "UPDATE alarm SET cleared_at = (SELECT db_now()) WHERE name = $1 AND cleared_at IS NULL",
    values: [name],
  });
  return rowCount === 1;
}

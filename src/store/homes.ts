import { LIMITS } from "../domain/base/limits.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** Whose App Home is open. */
export async function openHome(db: Queryable, userId: string): Promise<void> {
  await db.query({
    name: "open_home",
    text: `INSERT INTO open_home (workspace, user_id, opened_at) VALUES (${WORKSPACE}, $1, (SELECT db_now()))
      ON CONFLICT (workspace, user_id) DO UPDATE
      SET opened_at = excluded.opened_at`,
    values: [userId],
  });
}

export async function closeHome(db: Queryable, userId: string): Promise<void> {
  await db.query({
    name: "close_home",
    text: `DELETE FROM open_home WHERE workspace = ${WORKSPACE} AND user_id = $1`,
    values: [userId],
  });
}

export async function readOpenHomes(db: Queryable, hours: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "open_homes",
    text: `SELECT user_id FROM open_home WHERE workspace = ${WORKSPACE}
    AND opened_at > (SELECT db_now()) - make_interval(hours => $1)
      LIMIT ${LIMITS.openHomes.value}`,
    values: [hours],
  });
  return rows.map((row) => row.user_id as string);
}

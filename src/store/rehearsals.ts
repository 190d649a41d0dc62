import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** When acts of a type were last undone in an environment: what a policy may want to have been tried lately. */
export type Rehearsed = { actionType: string; environment: string };

export async function recordRehearsal(db: Queryable, { actionType, environment }: Rehearsed, at: Date): Promise<void> {
  await db.query({
    name: "record_rehearsal",
    text: `INSERT INTO undo_rehearsal AS r (workspace, action_type, environment, at) VALUES (${WORKSPACE}, $1, $2, $3)
      ON CONFLICT (workspace, action_type, environment) DO UPDATE SET at = greatest(r.at, excluded.at)`,
    values: [actionType, environment, at],
  });
}

/** Null = never. */
export async function readRehearsal(db: Queryable, { actionType, environment }: Rehearsed): Promise<Date | null> {
  const { rows } = await db.query({
    name: "read_rehearsal",
    text: `SELECT at FROM undo_rehearsal WHERE workspace = ${WORKSPACE} AND action_type = $1 AND environment = $2`,
    values: [actionType, environment],
  });
  return rows[0] === undefined ? null : z.object({ at: z.date() }).parse(rows[0]).at;
}

import { z } from "zod";
import type { Queryable } from "./pool.ts";

/**
 * The months that what is kept lies in. They belong to the owner, whose functions make and drop them: the server asks for both
 * and may do neither by itself.
 */

/** Two years: a server that is never migrated again goes on for so long, and each day that it runs adds to it. */
export const MONTHS_AHEAD = 24;

/** Makes those that are missing from this month on; how many there were. `cell`: what the ids of this database begin with. */
export async function makeMonths(db: Queryable, cell: string, ahead: number = MONTHS_AHEAD): Promise<number> {
  const { rows } = await db.query({ text: "SELECT make_partitions($1, $2) AS made", values: [cell, ahead] });
  return z.object({ made: z.int() }).parse(rows[0]).made;
}

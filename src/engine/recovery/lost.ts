import type { Pool } from "pg";
import type { Queryable } from "../../store/pool.ts";
import { readLostTo, readUnrecovered } from "../../store/recovery.ts";
import { say } from "../../words/en.ts";
import { timeOfId } from "../ids.ts";

/** An id is made before its row commits: one from just before the point may be lost as well. */
const MARGIN_S = 60;

/** The point of the restore in which an unknown id was lost; null where it was not. */
export async function lostInRestore(pool: Pool, id: string): Promise<Date | null> {
  const openedAt = timeOfId(id);
  return openedAt === null ? null : readLostTo(pool, openedAt, MARGIN_S);
}

/** Why no server may work on this database before `countersign recover` was run; null where nothing is in the way. */
export async function restoreFault(db: Queryable): Promise<string | null> {
  const unrecovered = await readUnrecovered(db);
  if (unrecovered === null) return null;
  return unrecovered.brokenOff ? say.operator.recovery.brokenOff : say.operator.recovery.needed(unrecovered.point);
}

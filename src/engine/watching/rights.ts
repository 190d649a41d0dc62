import type { Pool } from "pg";
import { readRights } from "../../store/server.ts";
import { say as words } from "../../words/en.ts";
import { clearAlarm, ringAlarm } from "../alarms.ts";
import type { EngineParts } from "../parts.ts";

/**
 * What the roles of the database promise (a log that the server cannot rewrite, a clock that nobody moves) hangs on how it was
 * set up: where it does not hold, that is said. `clockIsMoved`: here that is done for demonstrations.
 */
const say = words.operator.database;

export async function rightsNotes(pool: Pool, clockIsMoved: boolean): Promise<string[]> {
  const { role, owns, shifted } = await readRights(pool);
  return [...(owns ? [say.owns(role)] : []), ...(shifted && !clockIsMoved ? [say.shifted] : [])];
}

export async function watchRights(parts: Pick<EngineParts, "pool" | "directory" | "log">, clockIsMoved: boolean): Promise<void> {
  const notes = await rightsNotes(parts.pool, clockIsMoved);
  if (notes.length > 0) await ringAlarm(parts, "rights", notes.join(" "));
  else await clearAlarm(parts, "rights");
}

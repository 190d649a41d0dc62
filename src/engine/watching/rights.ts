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

async function wrongRights(pool: Pool, clockIsMoved: boolean): Promise<{ owner: string | null; isClockMoved: boolean }> {
  const { role, owns, shifted } = await readRights(pool);
  return { owner: owns ? role : null, isClockMoved: shifted && !clockIsMoved };
}

export async function rightsNotes(pool: Pool, clockIsMoved: boolean): Promise<string[]> {
  const { owner, isClockMoved } = await wrongRights(pool, clockIsMoved);
  return [...(owner === null ? [] : [say.owns(owner)]), ...(isClockMoved ? [say.shifted] : [])];
}

export async function watchRights(parts: Pick<EngineParts, "pool" | "directory" | "log">, clockIsMoved: boolean): Promise<void> {
  const wrong = await wrongRights(parts.pool, clockIsMoved);
  if (wrong.owner !== null || wrong.isClockMoved) await ringAlarm(parts, { kind: "rights", ...wrong });
  else await clearAlarm(parts, "rights");
}

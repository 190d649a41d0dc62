import type { Pool } from "pg";
import { readReplication } from "../../store/server.ts";
import { say as words } from "../../words/en.ts";

/**
 * Where other nodes copy the database, one of them is to take over one day. Whether it then has all that was acknowledged hangs
 * on whether commits wait for it: that is said as long as they do not, or as long as they wait for nobody that is there.
 */
export async function replicationNotes(pool: Pool): Promise<string[]> {
  const { standbys, isWaitedFor } = await readReplication(pool);
  const { copiedLate, waitsForNobody } = words.operator.database;
  if (standbys > 0 && !isWaitedFor) return [copiedLate(standbys)];
  return standbys === 0 && isWaitedFor ? [waitsForNobody] : [];
}

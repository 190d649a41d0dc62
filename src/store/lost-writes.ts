import { z } from "zod";
import { storedStream } from "./audit.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";
import type { Write } from "./write.ts";

/** Finding out what became of a write whose answer was lost. */

/**
 * Whether this very write is stored: its last audit entry stands where it should, with its hash. Seen is not yet kept: a commit
 * whose wait for a standby was broken off shows here and nowhere else, until the next primary knows nothing of it. So what is
 * seen is believed after one more commit, which waits for the standby as that one should have.
 */
export async function wasWritten(db: Queryable, write: Pick<Write, "entries">): Promise<boolean> {
  const last = write.entries.at(-1);
  if (last === undefined) return false;
  const { rowCount } = await db.query({
    name: "was_written",
    text: `SELECT 1 FROM audit_entry WHERE workspace = ${WORKSPACE} AND stream = $1 AND seq = $2 AND hash = decode($3, 'hex')`,
    values: [storedStream(last.stream), last.seq, last.hash],
  });
  if (rowCount !== 1) return false;
  await db.query({ name: "seen", text: "SELECT pg_logical_emit_message(true, 'countersign', 'seen')" });
  return true;
}

const UnderWay = z.object({ n: z.int(), now: z.date() });

/**
 * How many writes that began by then (null = by now) are still at work, and what time it is, on the server's own clock. A
 * statement outlives its connection: Postgres looks for whom it works only when it has something to say.
 */
export async function countUnderWay(db: Queryable, begunBy: Date | null): Promise<{ n: number; now: Date }> {
  const { rows } = await db.query({
    name: "under_way",
    text: `SELECT count(*)::int AS n, clock_timestamp() AS now FROM pg_stat_activity
      WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() AND state = 'active'
        AND query_start <= COALESCE($1::timestamptz, clock_timestamp()) AND (query LIKE 'WITH input AS (%' OR query = 'COMMIT')`,
    values: [begunBy],
  });
  return UnderWay.parse(rows[0]);
}

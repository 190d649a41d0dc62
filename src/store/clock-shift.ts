import pg from "pg";
import { SCHEMA } from "./pool.ts";

/** Moving the clock that deadlines are judged on: for demonstrations and tests only, and only for the owner of the database. */
export async function readShiftMs(ownerUrl: string): Promise<number> {
  return run(ownerUrl, "SELECT (extract(epoch FROM shift) * 1000)::float8 AS ms FROM clock_shift", []);
}

/**
 * Answers by how much the clock is ahead now, in milliseconds. Messages that are just going out have not waited through the
 * minutes that are skipped: nobody is to be alarmed that they are late. What has failed already has waited.
 */
export async function advanceClock(ownerUrl: string, ms: number): Promise<number> {
  const text = `WITH going_out AS (UPDATE outbox SET created_at = created_at + make_interval(secs => $1 / 1000.0)
        WHERE status IN ('owed', 'later') AND last_error IS NULL AND created_at <= db_now())
      UPDATE clock_shift SET shift = shift + make_interval(secs => $1 / 1000.0), moved_at = clock_timestamp()
      RETURNING (extract(epoch FROM shift) * 1000)::float8 AS ms`;
  return run(ownerUrl, text, [ms]);
}

async function run(ownerUrl: string, text: string, values: unknown[]): Promise<number> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: "countersign clock",
    options: `-c search_path=${SCHEMA}`,
  });
  await client.connect();
  try {
    const { rows } = await client.query(text, values);
    return Number(rows[0]?.ms ?? 0);
  } finally {
    await client.end();
  }
}

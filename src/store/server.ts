import { z } from "zod";
import type { Queryable } from "./pool.ts";

/** Which Postgres it is, and as whom it is asked. */
export const POSTGRES_MIN = 15;

const Row = z.object({ version: z.int(), role: z.string() });

export async function readServer(db: Queryable): Promise<{ version: number; role: string }> {
  const { rows } = await db.query(
    "SELECT current_setting('server_version_num')::int / 10000 AS version, current_user::text AS role",
  );
  return Row.parse(rows[0]);
}

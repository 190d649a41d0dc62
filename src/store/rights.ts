import { z } from "zod";
import type { Queryable } from "./pool.ts";

/** What the role that asks may do beyond what it needs, and whether deadlines are judged on a clock that was moved. */
export type Rights = { role: string; owns: boolean; shifted: boolean };

const Row = z.object({ role: z.string(), owns: z.boolean(), shifted: z.boolean() });

export async function readRights(db: Queryable): Promise<Rights> {
  const { rows } = await db.query({
    name: "rights",
    text: `SELECT current_user::text AS role, (SELECT shift <> '0' FROM clock_shift) AS shifted,
      EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'MEMBER')) AS owns`,
  });
  return Row.parse(rows[0]);
}

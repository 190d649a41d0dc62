import { z } from "zod";
import { type Queryable, SCHEMA } from "./pool.ts";

/** Which Postgres it is, and as whom it is asked. */
export const POSTGRES_MIN = 15;

const ServerRow = z.object({ version: z.int(), role: z.string() });

export async function readServer(db: Queryable): Promise<{ version: number; role: string }> {
  const { rows } = await db.query(
    "SELECT current_setting('server_version_num')::int / 10000 AS version, current_user::text AS role",
  );
  return ServerRow.parse(rows[0]);
}

/** What the role that asks may do beyond what it needs, and whether deadlines are judged on a clock that was moved. */
export type Rights = { role: string; owns: boolean; shifted: boolean };

const RightsRow = z.object({ role: z.string(), owns: z.boolean(), shifted: z.boolean() });

export async function readRights(db: Queryable): Promise<Rights> {
  const { rows } = await db.query({
    name: "rights",
    text: `SELECT current_user::text AS role, (SELECT shift <> '0' FROM clock_shift) AS shifted,
      EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = '${SCHEMA}'
        AND pg_has_role(current_user, tableowner, 'MEMBER')) AS owns`,
  });
  return RightsRow.parse(rows[0]);
}

export type Replication = { standbys: number; isWaitedFor: boolean };

const ReplicationRow = z.object({ standbys: z.int(), isWaitedFor: z.boolean() });

/**
 * How many nodes copy this one as it writes, and whether commits wait for any. A role without the right to monitor sees that
 * somebody copies, and not how far: base backups count as well then, for as long as they take.
 */
export async function readReplication(db: Queryable): Promise<Replication> {
  const { rows } = await db.query(
    `SELECT (SELECT count(*)::int FROM pg_stat_replication WHERE COALESCE(state, 'streaming') IN ('streaming', 'catchup'))
        AS standbys, current_setting('synchronous_standby_names') <> '' AS "isWaitedFor"`,
  );
  return ReplicationRow.parse(rows[0]);
}

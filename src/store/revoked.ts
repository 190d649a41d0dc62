import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** Agents that were revoked, and what they left behind. `settled`: whatever they had begun to submit before has arrived. */
export type RevokedAgent = { id: string; settled: boolean };

const SETTLES_S = 60;
const Row = z.object({ id: z.string(), settled: z.boolean() });

/** Those of which something may still wait. */
export async function readRevokedAgents(db: Queryable): Promise<RevokedAgent[]> {
  const { rows } = await db.query({
    name: "revoked_agents",
    text: `SELECT id, revoked_at <= (SELECT db_now()) - make_interval(secs => $1) AS settled FROM agent
      WHERE workspace = ${WORKSPACE} AND revoked_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY revoked_at LIMIT 100`,
    values: [SETTLES_S],
  });
  return rows.map((row) => Row.parse(row));
}

/** What nobody has begun to run, without `except`; questions about acts of the past are people's. */
export async function listOpenOfRevoked(
  db: Queryable,
  agentId: string,
  except: readonly string[],
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query({
    name: "open_of_revoked",
    text: `SELECT l.id FROM ${byKey("live", "agent_id = $1")} l CROSS JOIN ${byKey("opened", "id = l.id")} o
      WHERE o.review_of IS NULL AND l.state IN ('paused_pending_human', 'human_responded', 'timed_out')
        AND NOT l.progress ? 'execution' AND l.id <> ALL($3::text[])
      ORDER BY l.id LIMIT $2`,
    values: [agentId, limit, except],
  });
  return rows.map((row) => row.id as string);
}

export async function markWithdrawn(db: Queryable, agentId: string): Promise<void> {
  await db.query({
    text: `UPDATE agent SET withdrawn_at = (SELECT db_now()) WHERE workspace = ${WORKSPACE} AND id = $1`,
    values: [agentId],
  });
}

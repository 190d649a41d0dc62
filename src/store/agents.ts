import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** Agents and their keys. Only SHA-256 hashes of keys are stored. */
export const SCOPES = ["escalations", "evaluate", "feedback", "oversight"] as const;
export type Scope = (typeof SCOPES)[number];

const AgentRow = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string().nullable(),
  environment: z.string().nullable(),
  scopes: z.array(z.enum(SCOPES)),
  callback_secrets: z.array(z.string()),
  created_at: z.date(),
  revoked_at: z.date().nullable(),
  keys: z.number(),
});
export type AgentRecord = {
  id: string;
  name: string;
  owner: string | null;
  environment: string | null;
  scopes: Scope[];
  callbackSecrets: string[];
  createdAt: Date;
  revokedAt: Date | null;
  activeKeys: number;
};

function parse(row: unknown): AgentRecord {
  const r = AgentRow.parse(row);
  return {
    id: r.id,
    name: r.name,
    owner: r.owner,
    environment: r.environment,
    scopes: r.scopes,
    callbackSecrets: r.callback_secrets,
    createdAt: r.created_at,
    revokedAt: r.revoked_at,
    activeKeys: r.keys,
  };
}

const OURS = `workspace = ${WORKSPACE}`;
const COLUMNS = `a.id, a.name, a.owner, a.environment, a.scopes, a.callback_secrets, a.created_at, a.revoked_at,
  (SELECT count(*)::int FROM agent_key k WHERE k.${OURS} AND k.agent_id = a.id AND k.revoked_at IS NULL) AS keys`;

/** The agent a key belongs to, unless the key or the agent was revoked. */
export async function findAgentByKey(db: Queryable, keySha256: Buffer): Promise<AgentRecord | null> {
  const { rows } = await db.query({
    name: "agent_by_key",
    text: `SELECT ${COLUMNS} FROM agent_key used CROSS JOIN ${byKey("agent", "id = used.agent_id")} a
      WHERE used.${OURS} AND used.sha256 = $1 AND used.revoked_at IS NULL AND a.revoked_at IS NULL`,
    values: [keySha256],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

/** The hashes of all keys that are active. */
export async function listActiveKeys(db: Queryable): Promise<Buffer[]> {
  const { rows } = await db.query({
    name: "active_keys",
    text: `SELECT k.sha256 FROM agent_key k JOIN agent a ON a.id = k.agent_id
      WHERE k.${OURS} AND a.${OURS} AND k.revoked_at IS NULL AND a.revoked_at IS NULL ORDER BY k.created_at DESC LIMIT 20000`,
  });
  return rows.map((row) => z.object({ sha256: z.instanceof(Buffer) }).parse(row).sha256);
}

export async function findAgentByName(db: Queryable, name: string): Promise<AgentRecord | null> {
  const { rows } = await db.query({ text: `SELECT ${COLUMNS} FROM agent a WHERE a.${OURS} AND a.name = $1`, values: [name] });
  return rows[0] === undefined ? null : parse(rows[0]);
}

export async function findAgentById(db: Queryable, id: string): Promise<AgentRecord | null> {
  const { rows } = await db.query({
    name: "agent_by_id",
    text: `SELECT ${COLUMNS} FROM agent a WHERE a.${OURS} AND a.id = $1`,
    values: [id],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

export async function listAgents(db: Queryable): Promise<AgentRecord[]> {
  const { rows } = await db.query(`SELECT ${COLUMNS} FROM agent a WHERE a.${OURS} ORDER BY a.name`);
  return rows.map(parse);
}

export type NewAgent = {
  id: string;
  name: string;
  owner: string | null;
  environment: string | null;
  scopes: readonly Scope[];
  callbackSecret: string;
};

/** False when the name is taken. */
export async function insertAgent(db: Queryable, agent: NewAgent): Promise<boolean> {
  const { rowCount } = await db.query({
    text: `INSERT INTO agent (workspace, id, name, owner, environment, scopes, callback_secrets)
      VALUES (${WORKSPACE}, $1, $2, $3, $4, $5, $6)
      ON CONFLICT (workspace, name) WHERE name IS NOT NULL DO NOTHING`,
    values: [agent.id, agent.name, agent.owner, agent.environment, agent.scopes, [agent.callbackSecret]],
  });
  return rowCount === 1;
}

export async function insertKey(db: Queryable, agentId: string, keySha256: Buffer): Promise<void> {
  await db.query({
    text: `INSERT INTO agent_key (workspace, sha256, agent_id) VALUES (${WORKSPACE}, $1, $2)`,
    values: [keySha256, agentId],
  });
}

/** Revokes all active keys of an agent but the newest ones. */
export async function endOlderKeys(db: Queryable, agentId: string, keep: number): Promise<number> {
  const { rowCount } = await db.query({
    text: `UPDATE agent_key SET revoked_at = (SELECT db_now()) WHERE ${OURS} AND agent_id = $1 AND revoked_at IS NULL
      AND sha256 NOT IN (SELECT sha256 FROM agent_key WHERE ${OURS} AND agent_id = $1 AND revoked_at IS NULL
        ORDER BY created_at DESC, sha256 LIMIT $2)`,
    values: [agentId, keep],
  });
  return rowCount ?? 0;
}

/** Puts a new callback secret in front; `keep`: how many there are with it at the most. */
export async function addCallbackSecret(db: Queryable, agentId: string, secret: string, keep: 1 | 2): Promise<void> {
  await db.query({
    text: `UPDATE agent SET callback_secrets = (ARRAY[$2] || callback_secrets)[1:$3] WHERE ${OURS} AND id = $1`,
    values: [agentId, secret, keep],
  });
}

/** Revokes an agent and all its keys. False when there is no such active agent. */
export async function revokeAgent(db: Queryable, name: string): Promise<string | null> {
  const { rows } = await db.query({
    text: `WITH gone AS (UPDATE agent SET revoked_at = (SELECT db_now()) WHERE ${OURS} AND name = $1
    AND revoked_at IS NULL RETURNING id),
      keys AS (UPDATE agent_key SET revoked_at = (SELECT db_now()) WHERE ${OURS}
        AND agent_id IN (SELECT id FROM gone) AND revoked_at IS NULL)
      SELECT id FROM gone`,
    values: [name],
  });
  return rows[0]?.id ?? null;
}

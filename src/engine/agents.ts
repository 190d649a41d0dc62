import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { LIMITS } from "../domain/base/limits.ts";
import {
  type AgentRecord,
  addCallbackSecret,
  endOlderKeys,
  findAgentByKey,
  findAgentByName,
  insertAgent,
  insertKey,
  listActiveKeys,
  listAgents,
  revokeAgent,
  type Scope,
} from "../store/agents.ts";
import { inTransaction } from "../store/pool.ts";
import { say } from "../words/en.ts";
import { appendToStream } from "./append-to-stream.ts";
import { newAgentId, newAgentKey, newCallbackSecret } from "./ids.ts";
import { answerInTime } from "./loops/patience.ts";

/**
 * Agents and their keys: what the CLI does, each step in the audit stream `agents`. A key is shown once and only its hash is
 * kept.
 */
export type IssuedKey = { name: string; key: string; callbackSecret: string };
export type AgentRefusal = { refused: string };

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Who did it from a shell, for the log, and the cell whose keys these are. */
type By = { by: string | null; cell: string };
const NOBODY: By = { by: null, cell: "" };

export type NewAgentWish = { name: string; owner: string | null; environment: string | null; scopes: readonly Scope[] };

export async function addAgent(pool: Pool, wish: NewAgentWish, { by, cell }: By = NOBODY): Promise<IssuedKey | AgentRefusal> {
  const key = newAgentKey(cell);
  const callbackSecret = newCallbackSecret();
  const id = newAgentId();
  return inTransaction(pool, async (tx) => {
    const added = await insertAgent(tx, { id, ...wish, callbackSecret });
    if (!added) return { refused: say.operator.agents.nameTaken(wish.name) };
    await insertKey(tx, id, sha256(key));
    await appendToStream(tx, "agents", { event: "agent_added", agent_id: id, ...wish }, { by });
    return { name: wish.name, key, callbackSecret };
  });
}

/**
 * A second key beside the one in use; the older ones end, so at most two are ever active. `atOnce`: all older keys and callback
 * secrets end now, because somebody else may have them.
 */
export async function rotateAgent(
  pool: Pool,
  name: string,
  { by, cell, atOnce }: By & { atOnce: boolean } = { ...NOBODY, atOnce: false },
): Promise<IssuedKey | AgentRefusal> {
  const key = newAgentKey(cell);
  const callbackSecret = newCallbackSecret();
  return inTransaction(pool, async (tx) => {
    const agent = await findAgentByName(tx, name);
    if (agent === null || agent.revokedAt !== null) return { refused: say.operator.agents.notActive(name) };
    await endOlderKeys(tx, agent.id, atOnce ? 0 : 1);
    await insertKey(tx, agent.id, sha256(key));
    await addCallbackSecret(tx, agent.id, callbackSecret, atOnce ? 1 : 2);
    await appendToStream(tx, "agents", { event: "agent_rotated", agent_id: agent.id, at_once: atOnce }, { by });
    return { name, key, callbackSecret };
  });
}

/**
 * Its keys end within a second, and with them its callbacks; what it has waiting is withdrawn by the servers that run
 * (withdraw-revoked.ts).
 */
export async function revokeAgentByName(
  pool: Pool,
  name: string,
  by: string | null,
): Promise<{ revoked: string } | AgentRefusal> {
  return inTransaction(pool, async (tx) => {
    const id = await revokeAgent(tx, name);
    if (id === null) return { refused: say.operator.agents.notActive(name) };
    await appendToStream(tx, "agents", { event: "agent_revoked", agent_id: id }, { by });
    return { revoked: name };
  });
}

export type { AgentRecord };
export const knownAgents = (pool: Pool): Promise<AgentRecord[]> => listAgents(pool);

/** A revocation holds everywhere within a second: nothing is kept longer than this. */
const KEPT_MS = 500;

/**
 * Finds the agent of a bearer key; null for anything that is not an active key. Asked of the database, at most twice a second for
 * each key.
 */
export function createAuthentication(pool: Pool): (key: string) => Promise<AgentRecord | null> {
  const kept = new Map<string, { agent: Promise<AgentRecord | null>; at: number }>();
  return (key) => {
    if (!/^csk_[a-z0-9]{0,8}[A-Za-z0-9_-]{43}$/.test(key)) return Promise.resolve(null);
    const hash = sha256(key);
    const name = hash.toString("base64");
    const known = kept.get(name);
    const at = performance.now();
    if (known !== undefined && at - known.at < KEPT_MS) return known.agent;
    if (kept.size >= LIMITS.keysKept.value) kept.clear();
    const agent = answerInTime(() => findAgentByKey(pool, hash), LIMITS.keyWithin.value);
    kept.set(name, { agent, at });
    // A failed question must not be remembered as an answer.
    agent.catch(() => kept.delete(name));
    return agent;
  };
}

/** How old the list of active keys may be. */
const ACTIVE_MS = 1000;

/**
 * Whether a key is an active one, from a list of all that is read at most once a second: what many wrong ones cost no more than
 * one does.
 */
export function createKeyCheck(pool: Pool): (key: string) => Promise<boolean> {
  let last: { names: Promise<ReadonlySet<string>>; at: number } | null = null;
  return async (key) => {
    const at = performance.now();
    if (last === null || at - last.at > ACTIVE_MS) {
      const active = answerInTime(() => listActiveKeys(pool), LIMITS.keyWithin.value);
      const names = active.then((hashes) => new Set(hashes.map((hash) => hash.toString("base64"))));
      last = { names, at };
      // A failed question must not be remembered as an answer.
      names.catch(() => {
        last = null;
      });
    }
    return (await last.names).has(sha256(key).toString("base64"));
  };
}

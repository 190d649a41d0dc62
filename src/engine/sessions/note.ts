import type { SessionKey, Standing, Taint } from "../../domain/sessions/session.ts";
import { withTaints } from "../../domain/sessions/session.ts";
import { digestOfSubject, subjectOf } from "../../domain/shapes/canonical.ts";
import { isRefusal, type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import type { EscalationRequest } from "../../domain/shapes/request.ts";
import type { SessionFacts } from "../../domain/shapes/ruling.ts";
import { findAgentByName } from "../../store/agents.ts";
import { inTransaction } from "../../store/pool.ts";
import { lockSession, saveFacts } from "../../store/sessions.ts";
import { say } from "../../words/en.ts";
import { appendToStream } from "../append-to-stream.ts";
import type { EngineParts } from "../parts.ts";

/**
 * What a request says of its session: for whom it works, and what it has read. Most say nothing of either and cost nothing; the
 * others are written down before anything is judged by it, once.
 */
type Parts = Pick<EngineParts, "pool" | "sessions" | "directory">;
export type KnownParent = SessionKey & { environment: string | null };

/** The agent for which this one acts, as it is registered; null where it acts for itself. */
export async function findParent(
  { pool, directory }: Pick<Parts, "pool" | "directory">,
  { parent }: Pick<EscalationRequest, "parent">,
): Promise<KnownParent | null | Refusal> {
  if (parent === undefined) return null;
  const agent = await findAgentByName(pool, parent.agent);
  const detail = say.refusedCalls.parentUnknown(parent.agent);
  if (agent === null) return refuse("invalid_request", detail, [{ field: "/parent/agent", detail }]);
  const environment = directory().agents.get(parent.agent)?.environment ?? agent.environment;
  return { agentId: agent.id, id: parent.session_id ?? "", environment };
}

export async function noteSession(
  parts: Parts,
  agentId: string,
  request: Pick<EscalationRequest, "parent" | "taints" | "session_id">,
): Promise<KnownParent | null | Refusal> {
  const { session_id, taints = [] } = request;
  const parent = await findParent(parts, request);
  if (isRefusal(parent) || session_id === undefined) return parent;
  const refused = await noteFacts(parts, { agentId, id: session_id }, { parent, taints });
  return refused ?? parent;
}

/** Adds what is new of it; nobody but an admin takes anything away. */
export async function noteFacts(
  { pool, sessions }: Pick<Parts, "pool" | "sessions">,
  key: SessionKey,
  { parent, taints }: { parent: SessionKey | null; taints: readonly Taint[] },
): Promise<Refusal | null> {
  const known = sessions.note(key);
  const isNoted = (note: typeof known) =>
    (parent === null || isSame(note?.parent ?? null, parent)) &&
    withTaints(note?.taints ?? [], taints).length === (note?.taints.length ?? 0);
  if (isNoted(known)) return null;
  if (parent !== null && isSame(parent, key)) return refuseParent(say.refusedCalls.parentIsSelf);
  const refused = await inTransaction(pool, async (tx) => {
    const before = await lockSession(tx, key);
    if (parent !== null && before.parent !== null && !isSame(before.parent, parent))
      return refuseParent(say.refusedCalls.parentDiffers);
    if (isNoted(before)) return null;
    await saveFacts(tx, key, { parent: parent ?? before.parent, taints: withTaints(before.taints, taints) });
    const facts = { event: "session_noted", agent_id: key.agentId, parent_agent_id: parent?.agentId, tainted: taints.length > 0 };
    await appendToStream(tx, "sessions", facts, { session_id: key.id, parent_id: parent?.id, taints });
    return null;
  });
  await sessions.refresh();
  return refused;
}

/** An admin says that what the session has read does not matter any more. False where it had read nothing. */
export async function clearTaints(
  { pool, sessions }: Pick<Parts, "pool" | "sessions">,
  key: SessionKey,
  { reason, by }: { reason: string; by: string },
): Promise<boolean> {
  const had = await inTransaction(pool, async (tx) => {
    const before = await lockSession(tx, key);
    if (before.taints.length === 0) return false;
    await saveFacts(tx, key, { parent: before.parent, taints: [] });
    const facts = { event: "taints_cleared", agent_id: key.agentId, by };
    await appendToStream(tx, "sessions", facts, { session_id: key.id, reason, taints: before.taints });
    return true;
  });
  await sessions.refresh();
  return had;
}

const isSame = (one: SessionKey | null, other: SessionKey): boolean =>
  one !== null && one.agentId === other.agentId && one.id === other.id;
const refuseParent = (detail: string): Refusal => refuse("invalid_request", detail, [{ field: "/parent", detail }]);

/** How it stands with a session, and what a judgement goes by: undefined where there is nothing to know. */
export function knownOfSession(
  { sessions }: Pick<Parts, "sessions">,
  agentId: string,
  request: EscalationRequest,
  parent: SessionKey | null,
): { standing: Standing; session: SessionFacts | undefined } {
  const { session_id = null } = request;
  const standing = sessions.standing(agentId, session_id, parent);
  const rejected =
    session_id === null ? null : sessions.rejected({ agentId, id: session_id }, () => digestOfSubject(subjectOf(request)));
  const taints = withTaints(standing.taints, request.taints ?? []);
  return { standing, session: rejected === null && taints.length === 0 ? undefined : { taints, rejected } };
}

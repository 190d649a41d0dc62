import { directiveCallback } from "../../domain/consequences/callbacks.ts";
import type { SessionKey, SessionNote } from "../../domain/sessions/session.ts";
import { type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import type { Directive, State } from "../../domain/shapes/vocabulary.ts";
import { findAgentByName } from "../../store/agents.ts";
import { listForAgent } from "../../store/list-escalations.ts";
import { oweAll } from "../../store/outbox.ts";
import { inTransaction } from "../../store/pool.ts";
import { acknowledgeDirective, lockSession, queuesAsked, saveDirective, standingInSession } from "../../store/sessions.ts";
import { say } from "../../words/en.ts";
import { appendToStream } from "../append-to-stream.ts";
import { newDeliveryId } from "../ids.ts";
import type { EngineParts } from "../parts.ts";

/** What people tell a session, or an agent as a whole: written down, told to the agent, in force everywhere within a second. */
type Parts = Pick<EngineParts, "pool" | "sessions">;
export type Direction = { directive: Directive; reason: string; by: string | null };

/** What was ended stays ended: its successor has another name. An agent as a whole may be let go on. */
export async function directSession(parts: Parts, key: SessionKey, told: Direction): Promise<Refusal | SessionNote> {
  const owed = await owedToAgent(parts, key);
  const done = await inTransaction(parts.pool, async (tx) => {
    const before = await lockSession(tx, key);
    if (before.directive === "terminate" && key.id !== "") return refuse("ended", say.refusals.sessions.ended);
    await saveDirective(tx, key, told);
    const facts = { event: "session_directed", agent_id: key.agentId, directive: told.directive, by: told.by };
    await appendToStream(tx, "sessions", facts, { session_id: key.id, reason: told.reason });
    await oweAll(tx, owed);
    return null;
  });
  if (done !== null) return done;
  await parts.sessions.refresh();
  const note = parts.sessions.note(key);
  if (note === null) throw new Error("a session was told something and is not noted");
  return note;
}

/** As many of its newest escalations name an address to call back at. */
const LOOKED_AT = 50;

/** The agent hears of it at every address that its newest escalations name; polling says the same. */
async function owedToAgent({ pool }: Parts, { agentId, id }: SessionKey) {
  const filter = {
    state: null,
    sessionId: id === "" ? null : id,
    actionType: null,
    queue: null,
    idempotencyKey: null,
    after: null,
  };
  const { items } = await listForAgent(pool, agentId, { ...filter, limit: LOOKED_AT }, () => {});
  const byAddress = new Map(items.map((one) => [one.request.callback?.url, one]));
  return [...byAddress.values()].flatMap((one) =>
    directiveCallback(one, id).map((owed) => ({ ...owed, agentId, deliveryId: newDeliveryId() })),
  );
}

/** The agent says that it knows what it was told, whether that was said of the session, of the agent, or of whom it works for. */
export async function acknowledgeSession(parts: Parts, agentId: string, sessionId: string): Promise<void> {
  await parts.sessions.refresh();
  const own = [sessionId, ""].flatMap((id) => parts.sessions.note({ agentId, id }) ?? []);
  for (const note of own) {
    if (note.at === null || note.acknowledgedAt !== null) continue;
    await inTransaction(parts.pool, async (tx) => {
      if (!(await acknowledgeDirective(tx, note))) return;
      const facts = { event: "directive_acknowledged", agent_id: agentId, directive: note.directive };
      await appendToStream(tx, "sessions", facts, { session_id: note.id });
    });
  }
  await parts.sessions.refresh();
}

export type SessionCounts = { open: string[]; counts: Partial<Record<State, number>> };
const COUNTED_MAX = 1000;

/** Of its newest thousand escalations. */
export async function countSession(
  parts: Pick<EngineParts, "reads">,
  agentId: string,
  sessionId: string,
): Promise<SessionCounts> {
  const all = await standingInSession(parts.reads, agentId, sessionId, COUNTED_MAX);
  const counts: SessionCounts["counts"] = {};
  for (const { state } of all) counts[state] = (counts[state] ?? 0) + 1;
  return { open: all.filter(({ open }) => open).map(({ id }) => id), counts };
}

export async function agentNamed(
  { reads }: Pick<EngineParts, "reads">,
  name: string,
): Promise<{ id: string; name: string; queues: string[] } | null> {
  const agent = await findAgentByName(reads, name);
  return agent === null ? null : { id: agent.id, name, queues: await queuesAsked(reads, agent.id) };
}

import type { Escalation } from "../shapes/escalation.ts";
import type { Actor, Event } from "../shapes/events.ts";
import { type AuditEntry, NO_ENTRIES, nextEntry, saltOf, streamOf } from "./chain.ts";
import { BEFORE_OPENING, privateFacts, publicFacts, type Standing, standing } from "./facts.ts";

/** Who did it, as a body says it: the agent is the one that the stream is about. */
export type ActorFact = "agent" | "policy" | { team_id: string; user_id: string };

const actorFact = (actor: Actor): ActorFact =>
  actor.kind === "human" ? { team_id: actor.teamId, user_id: actor.userId } : actor.kind;

/**
 * The entry for one event on an escalation: who did what, and what it changed of what stood before. `first`: of
 * what is written together; the others happened at the same time and by the same hand, which they do not repeat.
 */
export function escalationEntry(
  before: Escalation | null,
  after: Escalation,
  event: Event,
  { actor, now, first }: { actor: Actor; now: Date; first: boolean },
): AuditEntry {
  const when = first ? { at: now, actor: actorFact(actor) } : {};
  const changed = changesOf(before === null ? BEFORE_OPENING : standing(before), standing(after));
  const facts = { ...when, event: event.type, ...changed, ...publicFacts(event, after, now) };
  const head = before === null ? NO_ENTRIES : { seq: before.auditSeq, hash: before.auditHash };
  const salt = (seq: number) => saltOf(after.auditKey, seq);
  return nextEntry(streamOf(after.id), head, facts, { ...privateFacts(event, before, after), salt });
}

const changesOf = (before: Standing, after: Standing): Partial<Standing> =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => value !== before[name as keyof Standing]));

import type { AuditEntry } from "../../domain/audit/chain.ts";
import { escalationEntry } from "../../domain/audit/entry.ts";
import { effects } from "../../domain/consequences/effects.ts";
import { evolve } from "../../domain/life/evolve.ts";
import { LOST_CHANGES_MAX } from "../../domain/life/restore.ts";
import type { Reviewer } from "../../domain/people/directory.ts";
import { countedAnew } from "../../domain/policy/velocity.ts";
import type { Escalation, Vote } from "../../domain/shapes/escalation.ts";
import type { Actor, Event } from "../../domain/shapes/events.ts";
import type { Write } from "../../store/write.ts";
import { newDeliveryId } from "../ids.ts";
import type { EngineParts } from "../parts.ts";

/** What is looked at beside the escalation: whom it concerns, and the words for them. */
export type Composing = Pick<EngineParts, "directory" | "routes" | "words"> & { homes: Pick<EngineParts["homes"], "watching"> };

/**
 * Turns the events of one command into the one write that makes them true: the new state, an audit entry for each event, what is
 * owed, and the votes and decisions that the database guards with keys of their own.
 */
export async function composeWrite(
  parts: Composing,
  before: Escalation | null,
  events: readonly Event[],
  actor: Actor,
  now: Date,
  {
    opening,
    ...more
  }: Pick<Write, "onlyBefore" | "configuration" | "judgedBy" | "clockOffsetMs"> & {
    opening: Omit<NonNullable<Write["opening"]>, "content"> | null;
  },
): Promise<Write> {
  const entries: AuditEntry[] = [];
  let current = before;
  for (const event of events) {
    const next = event.type === "opened" ? event.escalation : evolve(required(current), event, now);
    const entry = escalationEntry(current, next, event, { actor, now, first: entries.length === 0 });
    entries.push(entry);
    current = { ...next, auditSeq: entry.seq, auditHash: entry.hash };
  }
  const last = required(current);
  const after: Escalation = {
    ...last,
    revision: (before?.revision ?? 0) + 1 + lostBy(events),
    updatedAt: now,
    // In another channel it gets a card of its own.
    permalink: before?.ruling.channel === last.ruling.channel ? before.permalink : null,
  };
  const directory = parts.directory();
  const watchers = (queue: string) => parts.homes.watching(directory.queues.get(queue)?.members ?? []);
  const ownerOf = (agentName: string) => directory.agents.get(agentName)?.owner ?? null;
  const contact = (userId: string) => contactOf(parts, directory.reviewers.get(userId));
  const telling = { ...parts.words, alarmsChannel: directory.alarmsChannel, watchers, contact, ownerOf };
  const owed = effects(before, after, events, telling).map((one) => ({ ...one, deliveryId: newDeliveryId() }));
  const decisions = events.flatMap((event) => ("decision" in event && event.decision !== null ? [event.decision] : []));
  return {
    before,
    after,
    entries,
    owed,
    votes: events.flatMap(voteOf),
    decisions,
    counted: countedAnew(before, after),
    opening: opening === null ? null : { ...opening, content: entries[0]?.private?.text ?? "" },
    ...more,
  };
}

/** Who waits for news from before a restore knows revisions that are lost; the next one has to be news to them as well. */
const lostBy = (events: readonly Event[]): number => (events.some((event) => event.type === "restored") ? LOST_CHANGES_MAX : 0);

function voteOf(event: Event): Vote[] {
  return "vote" in event ? [event.vote] : [];
}

function required(escalation: Escalation | null): Escalation {
  if (escalation === null) throw new Error("an event for an escalation that was never opened");
  return escalation;
}

/** A route that is not set up is none: who has no other is paged in Slack. */
function contactOf({ routes }: Composing, reviewer: Reviewer | undefined): { email: string | null; pager: string | null } {
  const { email = null, pager = null } = reviewer ?? {};
  return { email: routes.email ? email : null, pager: pager !== null && routes.pager(pager) ? pager : null };
}

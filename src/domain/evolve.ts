import type { Decision, Escalation } from "./escalation.ts";
import type { Event } from "./events.ts";
import { EMPTY_PROGRESS } from "./open.ts";
import { assertLegal } from "./transitions.ts";
import type { EndedReason, State } from "./vocabulary.ts";

/** What an event makes of an escalation. Pure; the revision counts commits, so it is raised once by the engine, not here. */
export function evolve(before: Escalation, event: Event, now: Date): Escalation {
  switch (event.type) {
    case "opened":
      return event.escalation;
    case "voted":
      return { ...before, votes: [...before.votes, event.vote] };
    case "modified":
      return {
        ...before,
        subject: event.subject,
        actionDigest: event.actionDigest,
        modification: event.steps,
        modifiedBy: event.by,
        ruling: event.ruling,
        version: before.version + 1,
        votes: [event.vote],
      };
    case "asked":
    case "told":
      return { ...before, messages: [...before.messages, event.message] };
    case "raised":
      return {
        ...before,
        ruling: { ...before.ruling, requirement: event.requirement },
        raisedBy: { userId: event.by, reason: event.reason },
      };
    case "taken_over":
      return { ...before, takenOverBy: event.by };
    case "handed_back":
      return { ...before, takenOverBy: null };
    default:
      return transition(before, event, now);
  }
}

type Moving = Exclude<
  Event["type"],
  "opened" | "voted" | "modified" | "asked" | "told" | "raised" | "taken_over" | "handed_back"
>;

/** The events that move the state, each through the table. */
function transition(before: Escalation, event: Extract<Event, { type: Moving }>, now: Date): Escalation {
  const move = (to: State, dueAt: Date | null, endedReason: EndedReason | null = null): Escalation => {
    assertLegal(event.type, before.state, to, endedReason);
    const ended = endedReason !== null;
    return { ...before, state: to, stateSince: now, dueAt: ended ? null : dueAt, endedReason, endedAt: ended ? now : null };
  };
  switch (event.type) {
    case "decided":
      return { ...move("human_responded", event.dueAt), decision: event.decision };
    case "timed_out":
      return { ...move("timed_out", event.dueAt, event.endedReason), decision: event.decision };
    case "transferred":
      return {
        ...nextRound(move("paused_pending_human", event.deadline), event, null),
        transfers: before.transfers + 1,
        ruling: moved(before, event.to),
      };
    case "reopened":
      return {
        ...nextRound(move("paused_pending_human", event.deadline), event, before.decision),
        changedPreconditions: event.changed,
      };
    case "resumed":
      return { ...move("resuming", event.execution.expiresAt), execution: event.execution, claimId: event.claimId };
    case "regranted":
      return { ...before, dueAt: event.execution.expiresAt, execution: event.execution, claimId: event.claimId };
    case "lease_lapsed":
      return { ...before, dueAt: event.dueAt };
    case "reached":
      return { ...move("completed", null, event.endedReason), claimId: event.claimId ?? before.claimId };
    case "reported":
      return { ...move(event.state, null, event.endedReason), outcome: event.outcome };
    case "expired":
      return move("failed", null, event.endedReason);
    case "cancelled":
      return move("completed", null, "cancelled");
  }
}

/** A new asking of the people: what was decided or voted before is kept as history and counts no more. */
function nextRound(moved: Escalation, times: { slaAt: Date; deadline: Date }, past: Decision | null): Escalation {
  return {
    ...moved,
    ...EMPTY_PROGRESS,
    subject: moved.subject,
    modification: moved.modification,
    modifiedBy: moved.modifiedBy,
    messages: moved.messages,
    transfers: moved.transfers,
    pastDecisions: past === null ? moved.pastDecisions : [...moved.pastDecisions, past],
    round: moved.round + 1,
    version: moved.version + 1,
    slaAt: times.slaAt,
    deadline: times.deadline,
  };
}

/** After a transfer the end of the line is a reject: the policy names one place to go, not a circle. */
function moved(before: Escalation, to: { queue: string; channel: string }): Escalation["ruling"] {
  return { ...before.ruling, queue: to.queue, channel: to.channel, transferTo: null, fallback: "reject" };
}

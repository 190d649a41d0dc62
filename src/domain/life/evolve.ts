import { waitingDueAt } from "../paging/due.ts";
import { turnPage } from "../paging/turn.ts";
import { beginPaging } from "../paging/urgency.ts";
import { silenceWords } from "../policy/silence.ts";
import type { Subject } from "../shapes/canonical.ts";
import { type Decision, type Escalation, worldOf } from "../shapes/escalation.ts";
import { type Event, MEANINGS } from "../shapes/events.ts";
import type { Paging } from "../shapes/paging.ts";
import type { QueueTarget } from "../shapes/ruling.ts";
import { paused, resumed } from "./clock-pause.ts";
import { withoutAuthorsOf } from "./decision.ts";
import { EMPTY_ROUND } from "./open.ts";
import { LOST_CHANGES_MAX } from "./restore.ts";
import { amendedSteps, reportedStep } from "./steps.ts";
import { type Moving, transitionFor } from "./transitions.ts";

/**
 * What an event makes of an escalation. Pure; the revision counts commits, so it is raised once by the engine, not here. While it
 * waits for people, the sweep's next look follows from the deadline and the paging, and from nothing else.
 */
export function evolve(before: Escalation, event: Event, now: Date): Escalation {
  const after = { ...apply(before, event, now), firstResponseAt: before.firstResponseAt ?? responseAt(event, now) };
  return after.state === "paused_pending_human" ? { ...after, dueAt: waitingDueAt(after) } : after;
}

const responseAt = (event: Event, now: Date): Date | null => (MEANINGS[event.type].isResponse ? now : null);

function apply(before: Escalation, event: Event, now: Date): Escalation {
  switch (event.type) {
    case "opened":
      return event.escalation;
    case "voted":
      return {
        ...before,
        votes: [...before.votes, event.vote],
        abstained: withoutAuthorsOf([event.vote], before.abstained),
        paging: answeredBy(before.paging, event.vote.userId),
      };
    case "abstained":
      return {
        ...before,
        abstained: [...before.abstained, event.vote],
        paging: answeredBy(before.paging, event.vote.userId),
      };
    case "vote_withdrawn": {
      const isOf = (vote: { userId: string }) => vote.userId === event.userId;
      return {
        ...before,
        votes: before.votes.filter((vote) => !isOf(vote)),
        abstained: before.abstained.filter((vote) => !isOf(vote)),
      };
    }
    case "modified": {
      const { action, steps, ruling } = event;
      return { ...changed(before, event, { kind: "action", action }), modification: steps, ruling };
    }
    case "edited":
      return changed(before, event, { kind: "artifact", artifact: event.artifact });
    case "amended":
      return amended(before, event);
    case "step_reported":
      return { ...before, steps: reportedStep(before.steps, event.step, event.outcome, event.differs) };
    case "asked":
    case "told":
      return { ...before, messages: [...before.messages, event.message] };
    case "clock_paused":
      return { ...before, ...paused(before, event.until, now) };
    case "clock_resumed":
      return { ...before, ...resumed(before, now) };
    case "requester_confirmed":
      return { ...before, requester: "person" };
    case "requester_unknown":
      return { ...before, requester: "nobody" };
    case "flagged": {
      const { by, text } = event;
      const userId = "userId" in by ? by.userId : null;
      return { ...before, flag: { userId, machine: "machine" in by ? by.machine : null, text, at: now } };
    }
    case "raised":
      return raised(before, event, now);
    case "taken_over":
      return { ...before, takenOverBy: event.by, paging: { ...before.paging, claim: null } };
    case "handed_back":
      return { ...before, takenOverBy: null };
    case "paged":
    case "reminded":
    case "batched":
    case "claimed":
    case "released":
    case "claim_lapsed":
      return { ...before, paging: turnPage(before.paging, event, now) };
    case "started":
    case "regranted":
    case "lease_extended":
    case "lease_lapsed":
    case "reported_late":
    case "reported_meanwhile":
      return doing(before, event);
    case "extended": {
      const { by: userId, reason, seconds } = event;
      return { ...before, deadline: event.deadline, paging: { ...before.paging, extension: { userId, reason, seconds } } };
    }
    default:
      return transition(before, event, now);
  }
}

function amended(before: Escalation, event: Extract<Event, { type: "amended" }>): Escalation {
  const { plan, steps: modification, ruling, rejected } = event;
  const steps = amendedSteps(before.steps, plan, rejected, ruling);
  return { ...changed(before, event, { kind: "plan", plan }), modification, ruling, steps };
}

/** Another version, for which nobody but its author has voted yet. */
function changed(
  before: Escalation,
  event: Extract<Event, { type: "modified" | "edited" | "amended" }>,
  subject: Subject,
): Escalation {
  return {
    ...before,
    subject,
    actionDigest: event.actionDigest,
    modifiedBy: event.by,
    version: before.version + 1,
    votes: [event.vote],
    abstained: withoutAuthorsOf([event.vote], before.abstained),
    paging: answeredBy(before.paging, event.by),
  };
}

type Doing = Extract<
  Event,
  { type: "started" | "regranted" | "lease_extended" | "lease_lapsed" | "reported_late" | "reported_meanwhile" }
>;

/** What the agent does with its right to act, as far as that moves nothing. */
function doing(before: Escalation, event: Doing): Escalation {
  switch (event.type) {
    case "started":
    case "regranted":
      return { ...before, dueAt: event.execution.expiresAt, execution: event.execution, claimId: event.claimId };
    case "lease_extended":
      return { ...before, dueAt: event.expiresAt, execution: prolonged(before, event.expiresAt) };
    case "reported_late":
      return { ...before, outcome: event.outcome };
    case "reported_meanwhile":
      return before.acted === null
        ? { ...before, outcome: event.outcome, dueAt: event.dueAt ?? before.dueAt }
        : { ...before, acted: { ...before.acted, outcome: event.outcome } };
    case "lease_lapsed":
      return { ...before, dueAt: event.dueAt };
  }
}

function prolonged(before: Escalation, expiresAt: Date): Escalation["execution"] {
  if (before.execution === null) throw new Error(`a lease of ${before.id} was extended that nobody holds`);
  return { ...before.execution, expiresAt };
}

/** "I'm on it" is over with that person's own answer; somebody else's changes nothing about it. */
const answeredBy = (paging: Paging, userId: string): Paging =>
  paging.claim?.userId === userId ? { ...paging, claim: null } : paging;

/** Escalating pages the seniors at once. */
function raised(before: Escalation, event: Extract<Event, { type: "raised" }>, now: Date): Escalation {
  return {
    ...before,
    ruling: { ...before.ruling, requirement: event.requirement },
    raisedBy: { userId: event.by, reason: event.reason, submission: event.submission },
    paging: { ...before.paging, claim: null, next: { kind: "seniors", at: now } },
  };
}

/** The events that move the state: where to, and whether that is the end, the table says. */
function transition(before: Escalation, event: Extract<Event, { type: Moving }>, now: Date): Escalation {
  const { to, endedReason } = transitionFor(
    event.type,
    before.state,
    "endedReason" in event ? { endedReason: event.endedReason } : {},
  );
  const ended = endedReason !== null;
  const move = (dueAt: Date | null): Escalation => {
    return { ...before, state: to, stateSince: now, dueAt: ended ? null : dueAt, endedReason, endedAt: ended ? now : null };
  };
  switch (event.type) {
    case "decided":
    case "timed_out":
      return { ...move(event.dueAt), decision: event.decision };
    case "transferred":
      return {
        ...nextRound({ ...move(event.deadline), ruling: rulingIn(before, event.to) }, event, null, now),
        transfers: before.transfers + 1,
        transferredFrom: before.ruling.channel,
        permalink: null,
      };
    case "reopened":
      return {
        ...nextRound(move(event.deadline), event, before.decision, now),
        changedPreconditions: event.changed,
        preconditions: worldOf(before).map((one) => ({
          ...one,
          value: event.changed.find((c) => c.name === one.name)?.is ?? one.value,
        })),
      };
    case "restored":
      return restored(before, event, move(event.again?.deadline ?? null), now);
    case "resumed":
      return {
        ...move(event.execution.expiresAt),
        ...(before.execution === null ? {} : { acted: { execution: before.execution, outcome: before.outcome }, outcome: null }),
        execution: event.execution,
        claimId: event.claimId,
      };
    case "reached":
      return { ...move(null), claimId: event.claimId ?? before.claimId };
    case "reported":
      return { ...move(null), outcome: event.outcome };
    case "expired":
    case "settled":
      return move(null);
    case "cancelled":
      return { ...move(null), withdrawal: { by: event.by, reason: event.reason } };
    case "terminated": {
      const { userId, reason } = event;
      return { ...move(null), withdrawal: { by: "session", reason, ...(userId === null ? {} : { userId }) } };
    }
  }
}

/**
 * What changed in the time that was lost took versions of its own, and buttons with them may still stand in Slack: none of those
 * may fit the one that is asked now.
 */
function restored(before: Escalation, event: Extract<Event, { type: "restored" }>, moved: Escalation, now: Date): Escalation {
  const known = { restored: { to: event.to, keyRound: before.restored?.keyRound ?? before.round } };
  if (event.again === null) return { ...moved, ...known };
  const next = nextRound({ ...moved, ruling: withoutSilentApproval(before) }, event.again, null, now);
  return { ...next, ...known, version: next.version + LOST_CHANGES_MAX };
}

/** It may have run already, and silence is nobody's word that it has not. */
function withoutSilentApproval({ kind, ruling }: Escalation): Escalation["ruling"] {
  if (ruling.fallback !== "approve") return ruling;
  const silence = { fallback: "reject" as const, transferTo: [] };
  const effects = { ...ruling.presentation.effects, silence: silenceWords(kind, silence) };
  return { ...ruling, ...silence, presentation: { ...ruling.presentation, effects } };
}

/** A new round: what was decided or voted before is kept as history and counts no more. */
function nextRound(moved: Escalation, times: { slaAt: Date; deadline: Date }, past: Decision | null, now: Date): Escalation {
  return {
    ...moved,
    ...EMPTY_ROUND,
    paging: beginPaging({ ruling: moved.ruling, slaAt: times.slaAt, request: moved.request }, now, moved.paging),
    pastDecisions: past === null ? moved.pastDecisions : [...moved.pastDecisions, past],
    round: moved.round + 1,
    version: moved.version + 1,
    slaAt: times.slaAt,
    deadline: times.deadline,
  };
}

/** After the last transfer the end of the line is a reject, on the card as well: the policy names places to go, not a circle. */
function rulingIn(before: Escalation, to: QueueTarget): Escalation["ruling"] {
  const { presentation, transferTo } = before.ruling;
  const [, ...left] = transferTo;
  const silence = { fallback: left.length > 0 ? ("transfer" as const) : ("reject" as const), transferTo: left };
  const effects = { ...presentation.effects, silence: silenceWords(before.kind, silence) };
  return { ...before.ruling, ...to, ...silence, presentation: { ...presentation, effects } };
}

import { say } from "../../words/en.ts";
import { isSoftReview } from "../kinds/all.ts";
import type { AgentCommand, Surroundings } from "../shapes/commands.ts";
import { type Escalation, type Execution, worldOf } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { endedByRestore, endWithoutExecution, isExecutable, mayGrantAgain } from "./agent.ts";
import { isPastValidity, pastValidityWords, roundTimes } from "./round-times.ts";
import { claimRollback } from "./soft-review.ts";

/** How an agent comes by the right to execute: one claim holds it, for the time of its lease. */
type Result = Event[] | Refusal;
type Resume = Extract<AgentCommand, { type: "resume" }>;

export const ROUNDS_MAX = 5;
/** However often a lease is extended: so many times the policy's time for an outcome, and people are asked what became of it. */
const LEASES_MAX = 24;
/** An extension is a write, an audit entry and news for whoever waits: one that adds less than this part of a lease is none. */
const EXTENSION_PART_MIN = 0.1;

/** The right to run, for as long as was asked for and at most as long as the policy allows at a time. */
export function giveExecution(
  escalation: Pick<Escalation, "id" | "round" | "restored" | "execution" | "ruling">,
  leaseS: number | undefined,
  around: Pick<Surroundings, "now" | "executionToken">,
): Execution {
  return {
    token: around.executionToken,
    attempt: (escalation.execution?.attempt ?? 0) + 1,
    idempotencyKey: `${escalation.id}:${escalation.restored?.keyRound ?? escalation.round}`,
    expiresAt: leaseEnd(escalation, leaseS, around.now),
  };
}

function leaseEnd({ ruling }: Pick<Escalation, "ruling">, leaseS: number | undefined, now: Date): Date {
  return new Date(now.getTime() + Math.min(leaseS ?? ruling.outcomeWithinS, ruling.outcomeWithinS) * 1000);
}

/** The claim that may run it now: it holds the execution and its lease has not lapsed. */
export function isHeldBy(escalation: Escalation, claimId: string, now: Date): boolean {
  const { execution, endedAt } = escalation;
  return endedAt === null && execution !== null && escalation.claimId === claimId && now < execution.expiresAt;
}

/**
 * Claims what may be executed, or fetches what was decided. An empty list of events means: the same claim again, the same answer
 * again.
 */
export function resume(escalation: Escalation, command: Resume, around: Surroundings): Result {
  if (escalation.endedAt !== null) return fetchEnded(escalation, command.claimId);
  switch (escalation.state) {
    case "paused_pending_human":
      return isSoftReview(escalation) && escalation.outcome === null
        ? takeUp(escalation, command, around)
        : refuse("not_decided", say.refusedCalls.notDecided);
    case "running":
      return takeUp(escalation, command, around);
    case "resuming":
      // A second lease asks for the same as the first: the world as it was approved, in time.
      return mayGrantAgain(escalation, around.now)
        ? claimExecution(escalation, command, around)
        : goOn(escalation, command, around);
    case "human_responded":
    case "completed":
    case "failed":
    case "timed_out":
      if (escalation.decision?.type === "rollback") return claimRollback(escalation, command, around);
      // What was confirmed is under way already.
      if (escalation.execution !== null) return goOn(escalation, command, around);
      return isExecutable(escalation)
        ? claimExecution(escalation, command, around)
        : [{ type: "reached", via: "resume", claimId: command.claimId, endedReason: endWithoutExecution(escalation) }];
  }
}

/** What may run before anybody has answered. */
const takeUp = (escalation: Escalation, command: Resume, around: Surroundings): Result =>
  escalation.execution === null ? claimExecution(escalation, command, around) : goOn(escalation, command, around);

/** The claim that holds the execution gets it again, and may ask for more time; nobody else does. */
function goOn(escalation: Escalation, command: Resume, around: Surroundings): Result {
  if (escalation.claimId !== command.claimId) return refuse("already_resuming", say.refusedCalls.otherClaimExecutes);
  const { execution, ruling, stateSince } = escalation;
  // The sweep may not have been here yet; what may be run is over at its time, not at the sweep's.
  if (execution === null || around.now >= execution.expiresAt)
    return refuse("decision_expired", say.refusedCalls.executionExpired);
  if (command.leaseS === undefined) return [];
  const last = new Date(stateSince.getTime() + LEASES_MAX * ruling.outcomeWithinS * 1000);
  const wanted = leaseEnd(escalation, command.leaseS, around.now);
  const expiresAt = wanted < last ? wanted : last;
  const addsMs = expiresAt.getTime() - execution.expiresAt.getTime();
  const addsMsMin = (wanted.getTime() - around.now.getTime()) * EXTENSION_PART_MIN;
  return addsMs < addsMsMin || addsMs <= 0 ? [] : [{ type: "lease_extended", expiresAt }];
}

/**
 * An answer that has already reached the agent another way (callback, deadline) can still be fetched, with the checkpoint. A
 * right to execute that was never used is no answer any more: whoever reads it there would execute what has ended.
 */
function fetchEnded(escalation: Escalation, claimId: string): Result {
  if (endedByRestore(escalation))
    return refuse("restored", say.refusedCalls.restoredUnknown(escalation.restored.to.toISOString()));
  if (escalation.endedReason === "session_terminated") return refuse("session_stopped", say.refusedCalls.sessionTerminated);
  if (escalation.endedReason === "never_resumed") return refuse("decision_expired", say.refusedCalls.resumeExpired);
  if (escalation.decision === null && escalation.claimId === null) return refuse("not_decided", say.refusedCalls.endedUndecided);
  if (escalation.endedReason === "cancelled") return refuse("ended", say.refusedCalls.youWithdrew);
  if (escalation.claimId !== null && escalation.claimId !== claimId)
    return refuse("already_resuming", say.refusedCalls.otherClaimResumed);
  return [];
}

function claimExecution(escalation: Escalation, command: Resume, around: Surroundings): Result {
  const again = escalation.state === "resuming";
  const isAsked = escalation.state === "paused_pending_human";
  // While people are asked, what is due first may be only a page.
  const until = isAsked ? escalation.deadline : escalation.dueAt;
  if (!again && until !== null && around.now >= until) {
    return refuse("decision_expired", say.refusedCalls.resumeExpired);
  }
  if (isPastValidity(escalation, around.now)) {
    return refuse("decision_expired", pastValidityWords(escalation, around.now));
  }
  const given = new Map(command.preconditions.map((p) => [p.name, p.value]));
  const world = worldOf(escalation);
  const missing = world.filter((p) => !given.has(p.name));
  if (missing.length > 0) {
    const names = missing.map((p) => p.name).join(", ");
    return refuse("preconditions_missing", say.refusedCalls.preconditionsMissing(names), [
      { field: "preconditions", detail: say.refusedCalls.missing(names) },
    ]);
  }
  const changed = world.flatMap((p) => {
    const is = given.get(p.name);
    return is === undefined || is === p.value ? [] : [{ name: p.name, was: p.value, is }];
  });
  if (changed.length > 0) return reopen(escalation, changed, around);
  const type = again ? "regranted" : escalation.state === "running" || isAsked ? "started" : "resumed";
  return [{ type, execution: giveExecution(escalation, command.leaseS, around), claimId: command.claimId }];
}

function reopen(escalation: Escalation, changed: { name: string; was: string; is: string }[], around: Surroundings): Result {
  if (escalation.state !== "human_responded" || escalation.round >= ROUNDS_MAX) {
    return refuse("world_changed", say.refusedCalls.worldChangedForGood);
  }
  return [{ type: "reopened", changed, ...roundTimes(escalation.ruling, escalation.request, around.now) }];
}

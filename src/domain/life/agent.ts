import type { AgentCommand, Surroundings } from "../shapes/commands.ts";
import { type Escalation, type Execution, worldOf } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";
import { isPastValidity, roundTimes } from "./round-times.ts";
import { statesFor } from "./transitions.ts";

/** What the agent may do with its own escalation. */
type Result = Event[] | Refusal;
type Of<T extends AgentCommand["type"]> = Extract<AgentCommand, { type: T }>;

export const ROUNDS_MAX = 5;
/** Grants given for one escalation at the most, where the action type is declared idempotent. */
export const ATTEMPTS_MAX = 3;

/** Whether the decision lets the agent execute something. */
export function isExecutable(escalation: Escalation): boolean {
  return escalation.decision?.type === "approve" || escalation.decision?.type === "modify";
}

/** How an escalation ends that has been decided but leaves nothing to execute. */
export function endWithoutExecution(escalation: Escalation): EndedReason {
  const type = escalation.decision?.type;
  if (type === "answer") return "answered";
  return type === "take_over" ? "handled_by_human" : "rejected";
}

function grant(escalation: Escalation, around: Surroundings): Execution {
  return {
    token: around.executionToken,
    attempt: (escalation.execution?.attempt ?? 0) + 1,
    idempotencyKey: `${escalation.id}:${escalation.round}`,
    expiresAt: new Date(around.now.getTime() + escalation.ruling.outcomeWithinS * 1000),
  };
}

/** A grant whose lease has lapsed may be given again only where the risk map declares the action type idempotent. */
export function mayGrantAgain(escalation: Escalation, now: Date): boolean {
  const execution = escalation.execution;
  return execution !== null && escalation.ruling.idempotent && execution.attempt < ATTEMPTS_MAX && now >= execution.expiresAt;
}

export function tell(escalation: Escalation, command: Of<"tell">, around: Surroundings): Result {
  if (escalation.state !== "paused_pending_human")
    return refuse("not_waiting", "Nobody waits for this any more; the message was not delivered.");
  if (escalation.messages.length >= 100) return refuse("invalid_request", "An escalation holds at most 100 messages.");
  return [{ type: "told", message: { from: "agent", userId: null, text: command.text, at: around.now } }];
}

/** Claims the resumption. An empty list of events means: the same claim again, the same answer again. */
export function resume(escalation: Escalation, command: Of<"resume">, around: Surroundings): Result {
  if (escalation.state === "paused_pending_human" || escalation.state === "running") {
    return refuse(
      "not_decided",
      escalation.state === "running"
        ? "This never waited for a person: proceed and report the outcome."
        : "Nobody has decided yet.",
    );
  }
  if (escalation.state === "resuming") {
    // A second leave asks for the same as the first: the world as it was approved, in time.
    if (mayGrantAgain(escalation, around.now)) return resumeExecution(escalation, command, around);
    if (escalation.claimId !== command.claimId) return refuse("already_resuming", "Another claim_id is executing this.");
    // The sweep may not have been here yet; what may be run is over at its time, not at the sweep's.
    if (escalation.execution !== null && around.now >= escalation.execution.expiresAt)
      return refuse(
        "decision_expired",
        "The time to execute it has passed. If you have run it, report the outcome; don't run it now.",
      );
    return [];
  }
  if (escalation.endedAt !== null) return fetchEnded(escalation, command.claimId);
  if (!isExecutable(escalation)) {
    return [{ type: "reached", via: "resume", claimId: command.claimId, endedReason: endWithoutExecution(escalation) }];
  }
  return resumeExecution(escalation, command, around);
}

/**
 * An answer that has already reached the agent another way (callback, deadline) can still be fetched, with the checkpoint. A leave to execute that was never
 * used is no answer any more: whoever reads it there would execute what has ended.
 */
function fetchEnded(escalation: Escalation, claimId: string): Result {
  if (escalation.endedReason === "never_resumed")
    return refuse("decision_expired", "The time to resume has passed. Submit the action again if it is still wanted.");
  if (escalation.decision === null) return refuse("not_decided", "This ended without a decision.");
  if (escalation.endedReason === "cancelled") return refuse("ended", "You withdrew this; nothing of it may be executed.");
  if (escalation.claimId !== null && escalation.claimId !== claimId)
    return refuse("already_resuming", "Another claim_id has resumed this.");
  return [];
}

function resumeExecution(escalation: Escalation, command: Of<"resume">, around: Surroundings): Result {
  const again = escalation.state === "resuming";
  if (!again && escalation.dueAt !== null && around.now >= escalation.dueAt) {
    return refuse("decision_expired", "The time to resume has passed. Submit the action again if it is still wanted.");
  }
  if (isPastValidity(escalation.request, around.now)) {
    return refuse(
      "decision_expired",
      `The request was valid until ${escalation.request.valid_until}. Submit the action again if it is still wanted.`,
    );
  }
  const given = new Map(command.preconditions.map((p) => [p.name, p.value]));
  const world = worldOf(escalation);
  const missing = world.filter((p) => !given.has(p.name));
  if (missing.length > 0) {
    const names = missing.map((p) => p.name).join(", ");
    return refuse("preconditions_missing", `Declared preconditions must be given with their present values: ${names}.`, [
      { field: "preconditions", detail: `missing: ${names}` },
    ]);
  }
  const changed = world.flatMap((p) => {
    const is = given.get(p.name);
    return is === undefined || is === p.value ? [] : [{ name: p.name, was: p.value, is }];
  });
  if (changed.length > 0) return reopen(escalation, changed, around);
  return [{ type: again ? "regranted" : "resumed", execution: grant(escalation, around), claimId: command.claimId }];
}

function reopen(escalation: Escalation, changed: { name: string; was: string; is: string }[], around: Surroundings): Result {
  if (escalation.state !== "human_responded" || escalation.round >= ROUNDS_MAX) {
    return refuse(
      "world_changed",
      "What was approved no longer holds, and it can't be asked again. Nothing may be executed; submit a new escalation.",
    );
  }
  return [{ type: "reopened", changed, ...roundTimes(escalation.ruling, escalation.request, around.now) }];
}

const ENDS: Record<Of<"report">["outcome"]["status"], EndedReason> = {
  completed: "executed",
  failed: "execution_failed",
  skipped: "skipped",
  rolled_back: "rolled_back",
};

/** Ends what was executed. The same report again gets the same answer; what ran must be what was permitted, by digest. */
export function report(escalation: Escalation, command: Of<"report">, around: Surroundings): Result {
  const { outcome } = command;
  if (escalation.execution === null) return refuse("outcome_conflict", "Nothing of this was given to you to execute.");
  if (command.executionToken !== escalation.execution.token) {
    return refuse("wrong_token", "That execution_token is not the one in force; another attempt may have been granted since.");
  }
  if (escalation.outcome !== null) {
    const same =
      escalation.outcome.status === outcome.status && escalation.outcome.executedActionDigest === outcome.executedActionDigest;
    return same ? [] : refuse("outcome_conflict", "Another outcome has already been reported.");
  }
  if (!statesFor("reported").includes(escalation.state)) return refuse("ended", "This has already ended.");
  if (outcome.status === "completed" && outcome.executedActionDigest === null) {
    return refuse("invalid_request", "Say what was executed.", [
      { field: "executed_action_digest", detail: "needed when the status is completed" },
    ]);
  }
  const differs = outcome.executedActionDigest !== null && outcome.executedActionDigest !== escalation.actionDigest;
  const endedReason = differs ? "executed_differs" : ENDS[outcome.status];
  const state = differs || outcome.status === "failed" ? "failed" : "completed";
  return [{ type: "reported", outcome: { ...outcome, at: around.now }, state, endedReason }];
}

export function cancel(escalation: Escalation, command: Of<"cancel">): Result {
  if (escalation.endedReason === "cancelled") return [];
  if (escalation.state === "resuming") return refuse("not_cancellable", "It is being executed: report the outcome instead.");
  if (escalation.endedAt !== null || !statesFor("cancelled").includes(escalation.state))
    return refuse("ended", "This has already ended.");
  return [{ type: "cancelled", reason: command.reason }];
}

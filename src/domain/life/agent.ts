import { say } from "../../words/en.ts";
import { MESSAGES_MAX } from "../acts/ask.ts";
import type { AgentCommand, Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";
import { statesFor } from "./transitions.ts";

/** What the agent may do with its own escalation. */
type Result = Event[] | Refusal;
type Of<T extends AgentCommand["type"]> = Extract<AgentCommand, { type: T }>;

/** Whether it is shown to this agent at all; what people look at by chance is kept from it. */
export const isOwnOf = (agentId: string, escalation: Pick<Escalation, "agentId" | "isSample">): boolean =>
  escalation.agentId === agentId && !escalation.isSample;

/** Whether an agent's act ran is for people to find out: the agent reads the review of it and does nothing to it. */
export function refuseOwnReview(escalation: Escalation): Refusal | null {
  if (escalation.reviewOf === null) return null;
  return refuse("review_of_own_act", say.refusedCalls.ownReview(escalation.reviewOf));
}

/** Grants given for one escalation at the most, where the action type is declared idempotent. */
export const ATTEMPTS_MAX = 3;

/** Whether the decision lets the agent execute something. */
export function isExecutable({ decision }: Pick<Escalation, "decision">): boolean {
  return decision !== null && EXECUTABLE.includes(decision.type);
}
const EXECUTABLE: readonly Decision["type"][] = ["approve", "modify", "edit"];

/** How an escalation ends that has been decided but leaves nothing to execute. */
export function endWithoutExecution(escalation: Escalation): EndedReason {
  const type = escalation.decision?.type;
  if (type === "answer") return "answered";
  return type === "take_over" ? "handled_by_human" : "rejected";
}

/** An execution whose lease has lapsed may be given again only where the risk map declares the action type idempotent. */
export function mayGrantAgain(escalation: Escalation, now: Date): boolean {
  const execution = escalation.execution;
  return execution !== null && escalation.ruling.idempotent && execution.attempt < ATTEMPTS_MAX && now >= execution.expiresAt;
}

export function tell(escalation: Escalation, command: Of<"tell">, around: Surroundings): Result {
  if (escalation.state !== "paused_pending_human") return refuse("not_waiting", say.refusedCalls.notWaiting);
  if (escalation.messages.filter((one) => one.from === "agent").length >= MESSAGES_MAX)
    return refuse("invalid_request", say.refusedCalls.messagesMax(MESSAGES_MAX));
  return [{ type: "told", message: { from: "agent", userId: null, text: command.text, at: around.now } }];
}

const ENDS: Record<Of<"report">["outcome"]["status"], EndedReason> = {
  completed: "executed",
  failed: "execution_failed",
  skipped: "skipped",
  rolled_back: "rolled_back",
};

/** Ended without a word of the agent about what it was given to execute; its word is still wanted. */
const ENDED_IN_SILENCE: readonly (EndedReason | null)[] = ["outcome_unknown", "outcome_unreported"];

/** Ended because what was done with it lay in what a restore of the database lost. */
export const endedByRestore = (escalation: Escalation): escalation is Escalation & { restored: object } =>
  escalation.restored !== null && ENDED_IN_SILENCE.includes(escalation.endedReason);

/**
 * Ends what was executed. The same report again gets the same answer; what ran must be what was permitted, by digest. A report
 * that comes after its time is kept and told, and changes nothing else: the end stands.
 */
export function report(escalation: Escalation, command: Of<"report">, around: Surroundings): Result {
  const outcome = { ...command.outcome, result: command.outcome.result ?? null };
  // Which right was given last went with the restore: the agent's word is worth having by whichever token.
  if (!endedByRestore(escalation)) {
    if (escalation.execution === null) return refuse("outcome_conflict", say.refusedCalls.nothingGiven);
    if (command.executionToken !== escalation.execution.token) return refuse("wrong_token", say.refusedCalls.wrongToken);
  }
  if (escalation.outcome !== null) {
    const same =
      escalation.outcome.status === outcome.status && escalation.outcome.executedActionDigest === outcome.executedActionDigest;
    return same ? [] : refuse("outcome_conflict", say.refusedCalls.otherOutcome);
  }
  const late = ENDED_IN_SILENCE.includes(escalation.endedReason);
  if (!late && !statesFor("reported").includes(escalation.state)) return refuse("ended", say.refusedCalls.ended);
  if (outcome.status === "completed" && outcome.executedActionDigest === null) {
    return refuse("invalid_request", say.refusedCalls.executedMissing, [
      { field: "executed_action_digest", detail: say.refusedCalls.executedDigestNeeded },
    ]);
  }
  if (late) return [{ type: "reported_late", outcome: { ...outcome, at: around.now } }];
  const differs = outcome.executedActionDigest !== null && outcome.executedActionDigest !== escalation.actionDigest;
  const endedReason = differs ? "executed_differs" : ENDS[outcome.status];
  return [{ type: "reported", outcome: { ...outcome, at: around.now }, endedReason }];
}

export const cancel = (escalation: Escalation, command: Of<"cancel">): Result => withdraw(escalation, command.reason, "agent");

export function withdraw(escalation: Escalation, reason: string, by: "agent" | "house"): Result {
  if (escalation.endedReason === "cancelled") return [];
  if (escalation.state === "resuming") return refuse("not_cancellable", say.refusedCalls.notCancellable);
  if (escalation.endedAt !== null || !statesFor("cancelled").includes(escalation.state))
    return refuse("ended", say.refusedCalls.ended);
  return [{ type: "cancelled", reason, by }];
}

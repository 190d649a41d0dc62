import { say } from "../../words/en.ts";
import { MESSAGES_MAX } from "../acts/ask.ts";
import { kindOf } from "../kinds/all.ts";
import type { AgentCommand, Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation, Outcome, Step } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";
import { goOnAfterPause } from "./clock-pause.ts";
import { endOf } from "./outcome.ts";
import { isBeyondWithdrawal, isReviewOpen, refuseAsUndone, reportMeanwhile } from "./soft-review.ts";
import { coveredSteps, executionOfStep, reportedStep } from "./steps.ts";
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

const LEAVES_SOMETHING_TO_DO = {
  approve: true,
  modify: true,
  edit: true,
  confirm: true,
  rollback: true,
  reject: false,
  answer: false,
  take_over: false,
} satisfies Record<Decision["type"], boolean>;

/** Whether the decision lets the agent execute something, or undo it. */
export const isExecutable = ({ decision }: Pick<Escalation, "decision">): boolean =>
  decision !== null && LEAVES_SOMETHING_TO_DO[decision.type];

/** How an escalation ends that has been decided but leaves nothing to execute. */
export function endWithoutExecution(escalation: Escalation): EndedReason {
  const type = escalation.decision?.type;
  if (type === "answer") return "answered";
  return type === "take_over" ? "handled_by_human" : "rejected";
}

/** An execution whose lease has lapsed may be given again only where the risk map declares the action type idempotent. */
export function mayGrantAgain(escalation: Escalation, now: Date): boolean {
  const execution = escalation.execution;
  // That an act may be repeated says nothing of its undoing.
  return (
    execution !== null &&
    escalation.acted === null &&
    escalation.ruling.idempotent &&
    execution.attempt < ATTEMPTS_MAX &&
    now >= execution.expiresAt
  );
}

export function tell(escalation: Escalation, command: Of<"tell">, around: Surroundings): Result {
  if (escalation.state !== "paused_pending_human") return refuse("not_waiting", say.refusedCalls.notWaiting);
  if (escalation.messages.filter((one) => one.from === "agent").length >= MESSAGES_MAX)
    return refuse("invalid_request", say.refusedCalls.messagesMax(MESSAGES_MAX));
  const message = { from: "agent" as const, userId: null, text: command.text, at: around.now };
  return [{ type: "told", message }, ...goOnAfterPause(escalation, around.now)];
}

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
  if (kindOf(escalation).isReportedInSteps) return refuse("outcome_conflict", say.refusedCalls.reportSteps);
  const outcome = { ...command.outcome, result: command.outcome.result ?? null };
  // Which right was given last went with the restore: the agent's word is worth having by whichever token.
  if (!endedByRestore(escalation)) {
    if (escalation.execution === null) return refuse("outcome_conflict", say.refusedCalls.nothingGiven);
    const { acted } = escalation;
    if (acted !== null && command.executionToken === acted.execution.token)
      return reportFirst(escalation, { ...outcome, at: around.now }, around.now);
    if (command.executionToken !== escalation.execution.token) return refuse("wrong_token", say.refusedCalls.wrongToken);
  }
  if (escalation.outcome !== null) return sameAgain(escalation.outcome, outcome);
  const late = ENDED_IN_SILENCE.includes(escalation.endedReason);
  const meanwhile = isReviewOpen(escalation);
  if (!late && !meanwhile && !statesFor("reported").includes(escalation.state)) return refuse("ended", say.refusedCalls.ended);
  const told: Outcome = { ...outcome, at: around.now };
  const unfit = refuseUnsaid(told) ?? refuseAsUndone(escalation, told);
  if (unfit !== null) return unfit;
  if (late) return [{ type: "reported_late", outcome: told }];
  if (meanwhile) return reportMeanwhile(escalation, told, around.now);
  return [{ type: "reported", outcome: told, endedReason: endOf(escalation, told) }];
}

function sameAgain(before: Outcome, outcome: Omit<Outcome, "at">): Result {
  const same = before.status === outcome.status && before.executedActionDigest === outcome.executedActionDigest;
  return same ? [] : refuse("outcome_conflict", say.refusedCalls.otherOutcome);
}

/** What was done has to be named. */
const refuseUnsaid = ({ status, executedActionDigest }: Outcome): Refusal | null =>
  status === "completed" && executedActionDigest === null
    ? refuse("invalid_request", say.refusedCalls.executedMissing, [
        { field: "executed_action_digest", detail: say.refusedCalls.executedDigestNeeded },
      ])
    : null;

/**
 * Whoever acted says so only after it was given out to be undone, or was undone: it is kept and told, and changes nothing else.
 * People are alarmed where it was done, because it may have been done after it was undone.
 */
function reportFirst(escalation: Escalation, outcome: Outcome, now: Date): Result {
  const before = escalation.acted?.outcome ?? null;
  if (before !== null) return sameAgain(before, outcome);
  return refuseUnsaid(outcome) ?? reportMeanwhile(escalation, outcome, now);
}

/**
 * What became of one step of a plan. With the last one the plan ends, and at once where something else ran than was approved:
 * nothing more of it may run then.
 */
export function reportStep(escalation: Escalation, command: Of<"report_step">, around: Surroundings): Result {
  const { steps, execution } = escalation;
  const step = steps.find(({ id }) => id === command.step);
  if (step === undefined) return refuse("not_found", say.refusedCalls.noSuchStep(command.step));
  if (execution === null) return refuse("outcome_conflict", say.refusedCalls.nothingGiven);
  if (!coveredSteps(escalation).includes(step)) return refuse("outcome_conflict", say.refusedCalls.stepNotCovered);
  if (command.executionToken !== executionOfStep(execution, step.id).token)
    return refuse("wrong_token", say.refusedCalls.wrongToken);
  const { result = null, ...reported } = command.outcome;
  const outcome = { ...reported, result, at: around.now };
  if (step.outcome !== null) {
    const same = step.outcome.status === outcome.status && step.outcome.executedActionDigest === outcome.executedActionDigest;
    return same ? [] : refuse("outcome_conflict", say.refusedCalls.otherOutcome);
  }
  if (!statesFor("reported").includes(escalation.state)) return refuse("ended", say.refusedCalls.ended);
  const unsaid = refuseUnsaid(outcome);
  if (unsaid !== null) return unsaid;
  const differs = outcome.executedActionDigest !== null && outcome.executedActionDigest !== step.digest;
  const after = coveredSteps({ steps: reportedStep(steps, step.id, outcome, differs) });
  const said: Event = { type: "step_reported", step: step.id, outcome, differs };
  if (!differs && after.some((one) => one.outcome === null)) return [said];
  return [said, endOfPlan(escalation, after, differs, around.now)];
}

/** The plan did as well as the worst of its steps; one that was left out leaves the others done. */
function endOfPlan({ actionDigest }: Escalation, steps: readonly Step[], differs: boolean, now: Date): Event {
  const has = (status: Outcome["status"]) => steps.some(({ outcome }) => outcome?.status === status);
  const statuses = ["failed", "completed", "rolled_back"] as const;
  const status: Outcome["status"] = statuses.find(has) ?? "skipped";
  const executedActionDigest = status === "completed" && !differs ? actionDigest : null;
  const outcome = { status, executedActionDigest, detail: null, result: null, at: now };
  return { type: "reported", outcome, endedReason: differs ? "executed_differs" : endOf({ actionDigest }, outcome) };
}

export const cancel = (escalation: Escalation, command: Of<"cancel">): Result => withdraw(escalation, command.reason, "agent");

export function withdraw(escalation: Escalation, reason: string, by: "agent" | "house"): Result {
  if (escalation.endedReason === "cancelled") return [];
  if (escalation.state === "resuming" || (escalation.endedAt === null && isBeyondWithdrawal(escalation)))
    return refuse("not_cancellable", say.refusedCalls.notCancellable);
  if (escalation.endedAt !== null || !statesFor("cancelled").includes(escalation.state))
    return refuse("ended", say.refusedCalls.ended);
  return [{ type: "cancelled", reason, by }];
}

/**
 * Ends what waits in a session that was ended. What the agent may be at already is left alone: its report is wanted, and nobody
 * would ask for it any more.
 */
export function terminate(escalation: Escalation, reason: string, userId: string | null): Event[] {
  if (escalation.endedAt !== null || escalation.execution !== null || escalation.reviewOf !== null) return [];
  if (!statesFor("terminated").includes(escalation.state)) return [];
  return [{ type: "terminated", reason, userId }];
}

import { say } from "../../words/en.ts";
import { isSoftReview } from "../kinds/all.ts";
import type { AgentCommand, Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation, Execution } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";
import { decisionOf } from "./decision.ts";
import { endOf } from "./outcome.ts";

/**
 * Soft review: the agent acts at once, and people confirm it or have it undone until the window ends; silence does what the
 * policy says. Their answer and the agent's report come in either order. What is to be undone is handed out as an execution
 * of its own, never while the first may still be at work.
 */
type Result = Event[] | Refusal;
type Reviewed = Pick<Escalation, "execution" | "outcome">;

/** Somebody holds the right to act and has not said what became of it. */
export const isUnreported = ({ execution, outcome }: Reviewed): boolean => execution !== null && outcome === null;

/** The same, and its lease runs. */
export const isUnderWay = (escalation: Reviewed, now: Date): boolean =>
  isUnreported(escalation) && escalation.execution !== null && now < escalation.execution.expiresAt;

/** What it ends as once it is answered and reported; null as long as something is left to do, be it to undo it. */
function endSettled({ decision, execution, outcome, actionDigest }: Escalation): EndedReason | null {
  if (decision?.type !== "confirm" && decision?.type !== "rollback") return null;
  // Nobody ever took up the right to act: there is nothing to undo, and after this nobody can.
  if (execution === null) return decision.type === "rollback" ? "skipped" : null;
  if (outcome === null || (decision.type === "rollback" && outcome.status === "completed")) return null;
  return endOf({ actionDigest }, outcome);
}

/** What follows at once where an answer and a report have met, whichever came last. */
export function settled(after: Escalation): Event[] {
  if (after.endedAt !== null || (after.state !== "human_responded" && after.state !== "timed_out")) return [];
  const endedReason = endSettled(after);
  return endedReason === null ? [] : [{ type: "settled", endedReason }];
}

/** When somebody has to look again after an answer: the end of what is under way, else of the time to come for it. */
export function dueAfterAnswer(escalation: Escalation, type: Decision["type"], now: Date): Date {
  const resumeBy = resumeTime(escalation, now);
  const { execution } = escalation;
  if (execution === null || !isUnreported(escalation)) return resumeBy;
  if (isUnderWay(escalation, now)) return execution.expiresAt;
  // Its time is over: it can be undone at once, and to keep it somebody has to look what became of it.
  return type === "rollback" ? resumeBy : now;
}

const resumeTime = ({ ruling }: Pick<Escalation, "ruling">, now: Date): Date =>
  new Date(now.getTime() + ruling.resumeWithinS * 1000);

/** Nobody answered in the window. */
export function unconfirmed(escalation: Escalation, now: Date): Event[] {
  const type = escalation.ruling.review?.unconfirmed === "keep" ? "confirm" : "rollback";
  const decision = decisionOf(escalation, { type, source: "timeout", votes: escalation.votes, now });
  return [{ type: "timed_out", decision, endedReason: null, dueAt: dueAfterAnswer(escalation, type, now) }];
}

/** The lease of what is to be undone has lapsed without a word: from now on the undoing can be fetched. */
export function reviewDue(escalation: Escalation, now: Date): Event[] {
  const { decision, execution, dueAt } = escalation;
  if (execution === null || !isUnreported(escalation)) return [{ type: "expired", endedReason: "never_resumed" }];
  if (decision?.type === "confirm") return [{ type: "expired", endedReason: "outcome_unknown" }];
  const isNews = dueAt !== null && dueAt <= execution.expiresAt;
  return isNews
    ? [{ type: "lease_lapsed", dueAt: resumeTime(escalation, now) }]
    : [{ type: "expired", endedReason: "never_resumed" }];
}

/** What the agent says became of it before or after people answered. */
export function reportMeanwhile(escalation: Escalation, outcome: NonNullable<Escalation["outcome"]>, now: Date): Event[] {
  const isToUndo = escalation.decision?.type === "rollback" && escalation.acted === null;
  return [{ type: "reported_meanwhile", outcome, dueAt: isToUndo ? resumeTime(escalation, now) : null }];
}

/** Hands out what is to be undone, once what was done is reported or can no longer be at work. */
export function claimRollback(
  escalation: Escalation,
  command: Extract<AgentCommand, { type: "resume" }>,
  around: Surroundings,
): Result {
  const { execution, dueAt, claimId, ruling } = escalation;
  if (execution === null) throw new Error(`nothing of ${escalation.id} is to be undone`);
  if (isUnderWay(escalation, around.now)) return refuse("already_resuming", say.refusedCalls.firstUnderWay);
  const byLease = isUnreported(escalation) ? resumeTime(escalation, execution.expiresAt) : null;
  const until = byLease !== null && (dueAt === null || dueAt < byLease) ? byLease : dueAt;
  if (until !== null && around.now >= until) return refuse("decision_expired", say.refusedCalls.rollbackExpired);
  // Whoever comes back after a crash asks for what they had: the same name never stands for doing it and for undoing it.
  if (claimId === command.claimId) return refuse("already_resuming", say.refusedCalls.claimOfFirst);
  const leaseS = Math.min(command.leaseS ?? ruling.outcomeWithinS, ruling.outcomeWithinS);
  const undoing: Execution = {
    token: around.executionToken,
    attempt: 1,
    idempotencyKey: `${execution.idempotencyKey}:undo`,
    expiresAt: new Date(around.now.getTime() + leaseS * 1000),
  };
  return [{ type: "resumed", execution: undoing, claimId: command.claimId }];
}

/** People are asked, or have answered, and what the agent says of what it did ends nothing by itself. */
export const isReviewOpen = (escalation: Escalation): boolean =>
  escalation.endedAt === null && isSoftReview(escalation) && escalation.state !== "resuming" && escalation.execution !== null;

/** What was undone is reported as that: to say that it was done would leave open what is so now. */
export function refuseAsUndone(escalation: Escalation, outcome: NonNullable<Escalation["outcome"]>): Refusal | null {
  const { acted } = escalation;
  if (acted === null) return null;
  if (outcome.status === "completed")
    return refuse("invalid_request", say.refusedCalls.reportRolledBack, [
      { field: "status", detail: say.refusedCalls.reportRolledBack },
    ]);
  return outcome.status === "skipped" && acted.outcome?.status === "completed"
    ? refuse("invalid_request", say.refusedCalls.undoNotSkipped, [{ field: "status", detail: say.refusedCalls.undoNotSkipped }])
    : null;
}

/** Whether it was begun, or is to be undone: then it can't be withdrawn any more. */
export const isBeyondWithdrawal = (escalation: Escalation): boolean => isSoftReview(escalation) && escalation.execution !== null;

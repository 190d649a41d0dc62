import { isSoftReview } from "../kinds/all.ts";
import { executionOfStep, progressOf, rulingOfStep, unreportedSteps } from "../life/steps.ts";
import { actionOf, planOf } from "../shapes/canonical.ts";
import type { Decision, Escalation, Execution, Outcome } from "../shapes/escalation.ts";
import type { Seat } from "../shapes/ruling.ts";
import type { Disposition } from "../shapes/vocabulary.ts";
import { tierOf } from "../tiers.ts";

/** The escalation as the contract shows it, everywhere it is shown: snake_case, ISO times. */

/** What the agent may do now, derived from state and tier. */
export function dispositionOf(
  escalation: Pick<
    Escalation,
    "reviewOf" | "kind" | "state" | "execution" | "outcome" | "decision" | "dueAt" | "endedAt" | "ruling"
  >,
): Disposition {
  // People's review of what the agent did: it is not the agent's to act on.
  if (escalation.reviewOf !== null) return "done";
  switch (escalation.state) {
    case "running":
      return escalation.execution === null ? "proceed" : "claimed";
    case "paused_pending_human":
      if (isSoftReview(escalation)) return whileReviewed(escalation);
      return tierOf(escalation).doneBy === "person" ? "stop" : "wait";
    case "human_responded":
    case "timed_out":
      if (escalation.endedAt !== null) return "done";
      return isStillClaimed(escalation) ? "claimed" : "resume";
    case "resuming":
      return "claimed";
    case "completed":
    case "failed":
      return "done";
  }
}

type Done = Pick<Escalation, "execution" | "outcome">;
const whileReviewed = ({ execution, outcome }: Done): Disposition =>
  execution === null ? "proceed_pending_review" : outcome === null ? "claimed" : "wait";

/** Answered, and not reported: what is to be undone can be fetched once the first lease is over. */
const isStillClaimed = ({ execution, outcome, decision, dueAt }: Done & Pick<Escalation, "decision" | "dueAt">): boolean =>
  execution !== null && outcome === null && (decision?.type === "confirm" || (dueAt !== null && dueAt <= execution.expiresAt));

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

export function apiExecution(execution: Execution | null): object | null {
  if (execution === null) return null;
  const { token, attempt, idempotencyKey, expiresAt } = execution;
  return { token, attempt, idempotency_key: idempotencyKey, expires_at: expiresAt.toISOString() };
}

/** `seats`: of the round it was made in, where they are known. */
export function apiDecision(decision: Decision, seats: readonly Seat[] = []): object {
  const only = seats.length === 1 ? seats[0]?.label : undefined;
  return {
    type: decision.type,
    source: decision.source,
    decided_at: decision.decidedAt.toISOString(),
    reason_code: decision.reasonCode,
    reason: decision.reason,
    votes: decision.votes.map((vote) => ({
      user_id: vote.userId,
      team_id: vote.teamId,
      verdict: vote.verdict,
      at: vote.at.toISOString(),
      reason: vote.reason,
      as: vote.verdict === "abstain" ? null : (vote.as ?? only ?? null),
    })),
    action: decision.action,
    action_digest: decision.actionDigest,
    modification: decision.modification,
    answer: decision.answer,
    content: decision.content,
    approved_steps: decision.plan === null ? null : decision.type === "reject" ? [] : approvedSteps(decision),
    ...(decision.plan === null ? {} : { plan: decision.plan, rejected_steps: decision.rejectedSteps }),
    result: decision.result,
  };
}

const approvedSteps = ({ plan }: Decision): string[] => plan?.steps.map(({ id }) => id) ?? [];

/** The rights to run the steps that are still to be reported, for the claim that holds the plan; nothing for what is no plan. */
export function apiStepExecutions(escalation: Escalation): { steps?: object[] } {
  const { execution } = escalation;
  if (planOf(escalation) === null || execution === null || escalation.endedAt !== null) return {};
  const steps = unreportedSteps(escalation).map(({ id, digest }) => ({
    id,
    action_digest: digest,
    execution: apiExecution(executionOfStep(execution, id)),
  }));
  return { steps };
}

function apiPlan(escalation: Escalation): { plan?: object } {
  if (escalation.steps.length === 0) return {};
  const steps = escalation.steps.map((step) => {
    const { tier, reasons, own, title } = rulingOfStep(escalation.ruling, step.id);
    return {
      id: step.id,
      title,
      action: step.action,
      action_digest: step.digest,
      tier,
      reasons,
      state: progressOf(escalation, step),
      needs_own_approval: own,
      rejected_because: step.why,
      outcome: apiOutcome(step.outcome),
    };
  });
  return { plan: { steps } };
}

/** The only shape with an execution in it goes to the claim that holds it. */
export function apiClaimed(escalation: Escalation): Record<string, unknown> {
  const disposition: Disposition = isSoftReview(escalation) ? "proceed_pending_review" : "proceed";
  const execution = apiExecution(escalation.execution);
  return { ...apiEscalation(escalation), disposition, execution, ...apiStepExecutions(escalation) };
}

export function apiOutcome(outcome: Outcome | null): object | null {
  if (outcome === null) return null;
  const { status, executedActionDigest, detail, result, at } = outcome;
  return { status, executed_action_digest: executedActionDigest, detail, result, reported_at: at.toISOString() };
}

/** What is to be undone, and how, for whoever holds the right to undo it. */
export function apiUndo({ acted, ruling, actionDigest, subject }: Escalation): object | null {
  if (acted === null) return null;
  return {
    action: actionOf({ subject }),
    action_digest: actionDigest,
    how: ruling.review?.undo ?? null,
    idempotency_key: acted.execution.idempotencyKey,
    outcome: apiOutcome(acted.outcome),
  };
}

export function apiEscalation(escalation: Escalation): Record<string, unknown> {
  const { ruling } = escalation;
  return {
    id: escalation.id,
    kind: escalation.kind,
    state: escalation.state,
    tier: ruling.tier,
    disposition: dispositionOf(escalation),
    version: escalation.version,
    revision: escalation.revision,
    round: escalation.round,
    session_id: escalation.request.session_id ?? null,
    step_id: escalation.request.step_id ?? null,
    parent: escalation.request.parent ?? null,
    on_behalf_of: escalation.request.on_behalf_of ?? null,
    queue: ruling.queue,
    sla_at: iso(escalation.slaAt),
    deadline: iso(escalation.deadline),
    action_digest: escalation.actionDigest,
    policy: { version: ruling.policyVersion, reasons: ruling.reasons },
    decision: escalation.decision === null ? null : apiDecision(escalation.decision, ruling.requirement.seats),
    past_decisions: escalation.pastDecisions.map((one) => apiDecision(one)),
    messages: escalation.messages.map((m) => ({ from: m.from, user_id: m.userId, text: m.text, at: m.at.toISOString() })),
    ...apiPlan(escalation),
    execution: null,
    outcome: apiOutcome(escalation.outcome),
    review:
      ruling.review === undefined
        ? null
        : { window_ends_at: iso(escalation.deadline), unconfirmed: ruling.review.unconfirmed, undo: ruling.review.undo },
    ended_at: iso(escalation.endedAt),
    ended_reason: escalation.endedReason,
    review_of: escalation.reviewOf,
    permalink: escalation.permalink,
    created_at: escalation.createdAt.toISOString(),
    updated_at: escalation.updatedAt.toISOString(),
  };
}

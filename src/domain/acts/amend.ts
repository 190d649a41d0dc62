import { say } from "../../words/en.ts";
import { diffParams, readParams, stepsFrom, withParams } from "../life/modification.ts";
import { amendedSteps, coveredSteps, rejectedSteps } from "../life/steps.ts";
import { unfillableSeat } from "../people/authority.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { unionRuling } from "../policy/union.ts";
import { digestOf, planOf } from "../shapes/canonical.ts";
import type { StepAnswer } from "../shapes/commands.ts";
import type { Escalation, ModificationStep } from "../shapes/escalation.ts";
import { type FieldError, isRefusal, type Refusal, refuse } from "../shapes/refusal.ts";
import { type Plan, type PlanStep, paramsOf, submittedPlan } from "../shapes/request.ts";
import { TIER_ROWS, tierOf } from "../tiers.ts";
import type { Act, Of } from "./act.ts";
import { approve } from "./approve.ts";
import { withFormerValues } from "./modify.ts";
import { decidedIfLast, refuseIdleVote, voteOf } from "./vote.ts";

const NOT_A_PLAN: Refusal = refuse("not_for_this_kind", say.refusals.acts.notAPlan);

/**
 * Some steps of a plan, or some with other parameters: another version, which the policy judges again and which counts as its
 * author's approval of it. Whoever leaves all of them as they are approves the plan.
 */
export const amend: Act<"amend"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) =>
    planOf(escalation) === null || tierOf(escalation).doneBy === "person" ? NOT_A_PLAN : refuseUnknownRequester(escalation),
  decide(escalation, command, around) {
    const submitted = submittedPlan(escalation.request);
    const before = planOf(escalation);
    if (submitted === null || before === null) return NOT_A_PLAN;
    if (!command.seen.complete) return refuse("cannot_show", say.refusals.acts.planNotSeenInFull);
    const answered = answeredPlan(submitted, before, command.steps);
    if (isRefusal(answered)) return answered;
    const { plan, rejected } = answered;
    if (digestOf(plan) === digestOf(before)) return approveAll(escalation, command, around);
    if (plan.steps.length === 0) return refuse("modification_forbidden", say.refusals.acts.nothingLeft);
    const ruling = withFormerValues(escalation.ruling, unionRuling(escalation.ruling, around.judgeAgain(plan)));
    const steps = amendedSteps(escalation.steps, plan, rejected, ruling);
    if (coveredSteps({ steps }).length === 0) return refuse("modification_forbidden", say.refusals.acts.nothingLeft);
    if (TIER_ROWS[ruling.tier].doneBy === "person")
      return refuse("modification_forbidden", say.refusals.acts.changeForbidden(ruling.reasons[0]?.detail ?? "hard stop"));
    const unconfirmed = refuseUnconfirmedRequester({ ...escalation, ruling });
    if (unconfirmed !== null) return unconfirmed;
    const by = command.by.userId;
    const version = escalation.version + 1;
    const vote = voteOf(command, "modify", around.now, version);
    const actionDigest = digestOf(plan);
    const subject = { kind: "plan" as const, plan };
    const modification = stepsBetween(submitted, plan);
    const changed = { subject, actionDigest, modification, modifiedBy: by, ruling, steps, version, votes: [] };
    const after: Escalation = { ...escalation, ...changed };
    const stuck = unfillableSeat(around.directory, after);
    if (stuck !== null) return refuse("modification_unanswerable", say.refusals.acts.changeUnanswerable(stuck, ruling.queue));
    const { drawing } = command.seen;
    return [
      { type: "amended", by, plan, rejected: rejectedSteps({ steps }), actionDigest, steps: modification, ruling, vote, drawing },
      ...decidedIfLast(after, vote, around),
    ];
  },
};

function approveAll(escalation: Escalation, command: Of<"amend">, around: Parameters<typeof approve.decide>[2]) {
  const { steps: _all, ...same } = command;
  return (
    refuseIdleVote(escalation, command.by.userId, around.directory) ??
    approve.decide(escalation, { ...same, type: "approve" }, around)
  );
}

type Answered = { plan: Plan; rejected: { id: string; reason: string | null }[] };

/** A step that nobody spoke of stays as it is; one that has gone before does not come back. */
function answeredPlan(submitted: Plan, before: Plan, answers: Record<string, StepAnswer>): Answered | Refusal {
  const errors: FieldError[] = [];
  const rejected: Answered["rejected"] = [];
  const steps = before.steps.flatMap((step): PlanStep[] => {
    const answer = Object.hasOwn(answers, step.id) ? answers[step.id] : undefined;
    if (answer === undefined) return [step];
    if (!answer.approved) {
      rejected.push({ id: step.id, reason: answer.reason });
      return [];
    }
    const schema = step.action.params_schema;
    if (answer.params === null || schema === undefined) return [step];
    const read = readParams(schema, paramsOf(step.action), answer.params);
    if ("errors" in read) {
      errors.push(...read.errors.map(({ field, detail }) => ({ field: `param:${step.id}:${field}`, detail })));
      return [step];
    }
    if (diffParams(paramsOf(step.action), read.params).length === 0) return [step];
    const first = submitted.steps.find(({ id }) => id === step.id);
    return [{ ...step, action: withParams(first?.action.params, step.action, read.params) }];
  });
  if (errors.length > 0) return refuse("invalid_fields", say.refusals.acts.valuesUnusable, errors);
  return { plan: { steps }, rejected };
}

/** Other parameters first, then what goes, from the end: each path holds when it is its turn. */
function stepsBetween(submitted: Plan, plan: Plan): ModificationStep[] {
  const found = submitted.steps.map((step, i) => ({ i, step, now: plan.steps.find(({ id }) => id === step.id) }));
  const changed = found.flatMap(({ i, step, now }) => {
    if (now === undefined) return [];
    return stepsFrom(step.action, paramsOf(now.action)).map((one) => ({ ...one, path: `/steps/${i}/action${one.path}` }));
  });
  const gone = found.filter(({ now }) => now === undefined).toReversed();
  return [
    ...changed,
    ...gone.map(({ i, step }) => ({ op: "remove" as const, path: `/steps/${i}`, from: structuredClone(step) as never })),
  ];
}

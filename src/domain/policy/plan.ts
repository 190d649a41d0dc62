import { say } from "../../words/en.ts";
import { clip, inertText } from "../base/inert.ts";
import { own } from "../base/own.ts";
import type { Plan } from "../shapes/request.ts";
import type { Presentation, Requirement, Ruling, Seat, StepRuling } from "../shapes/ruling.ts";
import { IMPACTS, type Tier } from "../shapes/vocabulary.ts";
import { ASKED_FIRST, TIER_ROWS } from "../tiers.ts";
import type { Policy } from "./compile.ts";
import type { Match } from "./match.ts";
import { silenceWords } from "./silence.ts";

/**
 * What the policy makes of a plan from what it says of each step. `judged`: the steps, in their order, as if each was asked for
 * by itself.
 */

/** How much an error of a step weighs in the sum that one approval may cover; what nobody knows weighs as the worst. */
const RISK = { low: 0.05, medium: 0.2, high: 0.4, critical: 0.8 } as const;
const UNKNOWN_RISK = 1;
/** Of sums of tenths. */
const rounded = (sum: number): number => Math.round(sum * 1000) / 1000;

/** Each step, and why the approval of the plan does not cover it: nobody is asked once for more than the policy allows. */
export function stepRulings(policy: Policy, plan: Plan, judged: readonly Ruling[]): StepRuling[] {
  let covered = 0;
  return plan.steps.map(({ id, action }, i) => {
    const ruling = judged[i];
    if (ruling === undefined) throw new Error(`the step ${id} was not judged`);
    const risk = ruling.impact === null ? UNKNOWN_RISK : RISK[ruling.impact];
    const sum = rounded(covered + risk);
    const reason = ownBecause(policy, action.type, ruling.tier, sum);
    if (reason === null) covered = sum;
    const { tier, reasons, presentation, amountParam, countedAs } = ruling;
    const { title, fields, stakes } = presentation;
    return { id, tier, reasons, own: reason, title, fields, stakes, amountParam, countedAs };
  });
}

function ownBecause(policy: Policy, type: string, tier: Tier, sum: number): string | null {
  const { plan, action_types } = policy.source;
  if (TIER_ROWS[tier].doneBy === "person") return say.reasons.ownByPerson;
  if (own(action_types, type)?.in_plan === "own") return say.reasons.ownByPolicy;
  return sum > plan.risk_sum ? say.reasons.ownByRisk(sum, plan.risk_sum) : null;
}

/** A plan is as strict as the strictest of its steps; one that asks for itself is done by nobody else because of the plan. */
export const stepMatches = (steps: readonly StepRuling[]): Match[] =>
  steps.map((step, i) => {
    const tier = TIER_ROWS[step.tier].waits ? ASKED_FIRST : step.tier;
    const why = step.own ?? step.reasons[0]?.detail ?? "";
    return { reason: { rule: `step ${step.id}`, tier, detail: say.reasons.step(i + 1, why) }, wants: {} };
  });

/** `whole`: what is said of the plan's own action, the steps counted in. Whoever approves it can approve every step it covers. */
export function planRuling(
  policy: Policy,
  actionType: string,
  whole: Ruling,
  judged: readonly Ruling[],
  steps: readonly StepRuling[],
): Ruling {
  const covered = judged.filter((_one, i) => steps[i]?.own === null);
  // What is undone where nobody confirms it is undone step by step: a plan is asked about before it runs.
  const { review: _afterwards, ...said } = whole;
  const impacts = [whole, ...covered].flatMap(({ impact }) => (impact === null ? [] : [impact]));
  return {
    ...said,
    tier: TIER_ROWS[whole.tier].doneBy === "agent" && TIER_ROWS[whole.tier].waits ? ASKED_FIRST : whole.tier,
    requirement: [whole, ...covered].map(({ requirement }) => requirement).reduce(bothMet),
    impact: IMPACTS.findLast((one) => impacts.includes(one)) ?? null,
    batchable: false,
    idempotent: [whole, ...covered].every(({ idempotent }) => idempotent),
    outcomeWithinS: policy.source.plan.longest,
    // Its steps are counted, each by itself.
    amountParam: null,
    countedAs: null,
    steps: [...steps],
    presentation: presentPlan(policy, actionType, whole, steps, covered),
  };
}

/**
 * Whoever meets it meets each of the two, with different people wherever one of them wants different people: a seat that asks for
 * more stands for one of the other that asks for less.
 */
function bothMet(a: Requirement, b: Requirement): Requirement {
  const seats = [...a.seats];
  const taken = new Set<number>();
  for (const seat of b.seats) {
    const isFree = (one: Seat, i: number) => !taken.has(i) && (asksForMore(one, seat) || asksForMore(seat, one));
    const found = seats.findIndex(isFree);
    const at = found < 0 ? seats.length : found;
    taken.add(at);
    const before = seats[at];
    seats[at] = before === undefined || asksForMore(seat, before) ? seat : before;
  }
  return { seats, requestedByRequired: a.requestedByRequired || b.requestedByRequired };
}

/** Whether everybody who fills `a` could fill `b`. */
const asksForMore = (a: Seat, b: Seat): boolean =>
  a.levelMin >= b.levelMin && a.count >= b.count && isWithin(a.roles, b.roles) && isWithin(a.users, b.users);
/** An empty list leaves everybody in. */
const isWithin = (few: readonly string[], many: readonly string[]): boolean =>
  many.length === 0 || (few.length > 0 && few.every((one) => many.includes(one)));

function presentPlan(
  policy: Policy,
  actionType: string,
  whole: Ruling,
  steps: readonly StepRuling[],
  covered: readonly Ruling[],
): Presentation {
  const { presentation } = whole;
  const isIrreversible = [whole, ...covered].some((one) => one.presentation.isIrreversible);
  const given = own(policy.source.action_types, actionType);
  return {
    ...presentation,
    fields: [...presentation.fields, ...steps.map(stepField)],
    isIrreversible,
    stakes: isIrreversible ? say.cards.planIrreversible : presentation.stakes,
    buttons: { ...presentation.buttons, modify: given?.buttons.modify ?? say.cards.choosePlanSteps },
    effects: {
      ...presentation.effects,
      approve: given?.effects.approve ?? say.cards.approvePlanDoes,
      modify: given?.effects.modify ?? say.cards.choosePlanDoes,
      silence: silenceWords("plan", whole),
    },
  };
}

/** All that would be done in one step, in one line: its title is the policy's, its values are data. */
const stepField = ({ id, title, fields }: StepRuling, i: number): Presentation["fields"][number] => ({
  name: `/steps/${id}`,
  label: clip(`${i + 1}`, 4),
  value: [
    inertText(title),
    ...fields.filter(({ within }) => within !== true).map(({ label, value }) => `${inertText(label)} ${value}`),
  ].join(" · "),
});

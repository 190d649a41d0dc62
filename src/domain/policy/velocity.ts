import { own } from "../base/own.ts";
import { actionOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import {
  type EscalationRequest,
  type Params,
  paramsOf,
  type SubmittedAction,
  submittedAction,
  targetOf,
} from "../shapes/request.ts";
import type { Policy } from "./compile.ts";
import { listKey } from "./lists.ts";

/**
 * How many and how much of an action type lately, so that a sum cannot be split below a threshold. Sums are in the parameter's
 * own unit.
 */
export type Counts = { count1h: number; count24h: number; sum1h: number; sum24h: number };
export type Velocity = { agent: Counts; target: Counts };
export const NO_COUNTS: Counts = { count1h: 0, count24h: 0, sum1h: 0, sum24h: 0 };
export const NO_VELOCITY: Velocity = { agent: NO_COUNTS, target: NO_COUNTS };

/**
 * The parameter that the action type adds up; null if it has none. A negative one counts by its size, or it would free up the
 * limit for others, and one that is missing or no number counts as the worst.
 */
export function velocityAmount(policy: Policy, request: EscalationRequest): number | null {
  const action = submittedAction(request);
  return action === null ? null : amountIn(paramsOf(action), own(policy.source.action_types, action.type)?.amount ?? null);
}

/**
 * The same of an action as it is now, to be kept beside it. What cannot be read counted as the worst when it was asked for; it is
 * no number to keep.
 */
export function keptAmount(escalation: Pick<Escalation, "subject" | "ruling">): number | null {
  const action = actionOf(escalation);
  const amount = action === null ? null : amountIn(paramsOf(action), escalation.ruling.amountParam);
  return amount === null || !Number.isFinite(amount) ? null : amount;
}

function amountIn(params: Params, name: string | null): number | null {
  if (name === null) return null;
  const value = own(params, name);
  return typeof value === "number" && Number.isFinite(value) ? Math.abs(value) : Number.POSITIVE_INFINITY;
}

/** All targets that hide something are counted as one: nobody can say which they are. */
const UNSURE = "\uFFFD";

/**
 * What a target is counted under: spellings that a list takes for one are one here as well, or a sum could be split between them.
 * A sum too many only asks people, so what stands between words, and zeros before a number, make no other target either.
 */
export function velocityTarget(action: Pick<SubmittedAction, "target">): string | null {
  const target = targetOf(action);
  if (target === undefined) return null;
  const key = listKey(target)?.split(/[^\p{L}\p{N}\p{M}]+/u) ?? [];
  const words = key.filter((word) => word !== "").map((word) => word.replace(/^0+(?=\p{N})/u, ""));
  return words.length === 0 ? UNSURE : words.join("/");
}

/** What came before, with the present request counted in. */
export function withPresent(before: Velocity, amount: number | null): Velocity {
  const plus = (counts: Counts): Counts => ({
    count1h: counts.count1h + 1,
    count24h: counts.count24h + 1,
    sum1h: counts.sum1h + (amount ?? 0),
    sum24h: counts.sum24h + (amount ?? 0),
  });
  return { agent: plus(before.agent), target: plus(before.target) };
}

/** Whether any rule for this action type reads the velocity; only then is it counted, under a lock. */
export function readsVelocity(policy: Policy, actionType: string): boolean {
  return policy.rules.some((rule) => rule.readsVelocity && rule.appliesTo(actionType));
}

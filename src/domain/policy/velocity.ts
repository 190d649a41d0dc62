import { own } from "../base/own.ts";
import { actionOf, digestOf, planOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import {
  type EscalationRequest,
  type Params,
  type Plan,
  paramsOf,
  type SubmittedAction,
  submittedAction,
  targetOf,
} from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import type { EndedReason } from "../shapes/vocabulary.ts";
import { tierOf } from "../tiers.ts";
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

/** The sums of whatever a request asks for: of an action its own, of a plan those of its steps; none where no rule reads them. */
export function sumsAskedFor(policy: Policy, agentId: string, request: EscalationRequest): Sums[] {
  const actions = "plan" in request ? request.plan.steps.map((step) => step.action) : "action" in request ? [request.action] : [];
  return actions.flatMap((action) => {
    const as = countedAs(policy, action.type);
    return as === null ? [] : [sumsOf(as, agentId, action)];
  });
}

/** For each step of a plan: what came before the plan, the steps before it, and itself. */
export function velocitiesOfSteps(policy: Policy, agentId: string, plan: Plan, before: (sums: Sums) => Velocity): Velocity[] {
  const added = new Map<string, { count: number; amount: number }>();
  return plan.steps.map(({ action }) => {
    const as = countedAs(policy, action.type);
    if (as === null) return NO_VELOCITY;
    const sums = sumsOf(as, agentId, action);
    const amount = amountIn(paramsOf(action), own(policy.source.action_types, action.type)?.amount ?? null) ?? 0;
    for (const sum of [sums.agent, sums.target]) {
      const so = added.get(sum) ?? { count: 0, amount: 0 };
      added.set(sum, { count: so.count + 1, amount: so.amount + amount });
    }
    const plusOwn = (counts: Counts, sum: string) => plus(counts, added.get(sum) ?? { count: 0, amount: 0 });
    const velocity = before(sums);
    return { agent: plusOwn(velocity.agent, sums.agent), target: plusOwn(velocity.target, sums.target) };
  });
}

/** What came before, with the present request counted in. */
export function withPresent(before: Velocity, amount: number | null): Velocity {
  const present = { count: 1, amount: amount ?? 0 };
  return { agent: plus(before.agent, present), target: plus(before.target, present) };
}

/** Counts with something of this moment counted in. */
export function plus(counts: Counts, { count, amount }: Pick<Counted, "count" | "amount">): Counts {
  return {
    count1h: counts.count1h + count,
    count24h: counts.count24h + count,
    sum1h: counts.sum1h + amount,
    sum24h: counts.sum24h + amount,
  };
}

/**
 * What an action type is counted as: by itself, or as the group that it shares its sums with. Null where no rule asks for them: a
 * rule that reads them for one type of a group has all of the group counted.
 */
export function countedAs(policy: Policy, actionType: string): string | null {
  const types = policy.source.action_types;
  const group = own(types, actionType)?.velocity_group;
  const alike = group === undefined ? [actionType] : Object.keys(types).filter((one) => types[one]?.velocity_group === group);
  if (!policy.rules.some((rule) => rule.readsVelocity && alike.some(rule.appliesTo))) return null;
  return group === undefined ? `type ${actionType}` : `group ${group}`;
}

/**
 * The two sums that an act adds to: what its agent asks for, and what is asked for about its target by whichever agent (a sum
 * that is split between two agents is the same sum). Each has a short name made of all that it is about, 16 bytes in hex. What
 * names no target is counted together for each agent.
 */
export type Sums = { agent: string; target: string };

export function sumsOf(as: string, agentId: string, action: Pick<SubmittedAction, "target">): Sums {
  const target = velocityTarget(action);
  return {
    agent: nameOf(["agent", as, agentId]),
    target: nameOf(target === null ? ["no target", as, agentId] : ["target", as, target]),
  };
}

const nameOf = (about: string[]): string => digestOf(about).slice("sha256:".length).slice(0, 32);

/** What is counted together in time: a window ends somewhere in a bucket, and then has all of it. */
export const BUCKET_MS = 5 * 60_000;

/** What one act adds to one of its sums, or takes from it, in the bucket of when it was asked for. */
export type Counted = { sum: string; startsAt: Date; count: number; amount: number };

/**
 * How the sums change when an escalation becomes another: a new one adds its share, a changed amount takes the place of the one
 * before, and what ends without ever having been allowed to run takes its share back.
 */
export function countedAnew(before: Escalation | null, after: Escalation): Counted[] {
  const was = before === null ? [] : sharesOf(before);
  const is = sharesOf(after);
  const same = was.length === is.length && was.every((one, i) => one.amount === is[i]?.amount);
  return same ? [] : [...was.flatMap((one) => counted(one, -1)), ...is.flatMap((one) => counted(one, 1))];
}

/** What takes an escalation's own share away, so that it is not counted twice where it is judged again. */
export const countedBack = (escalation: Escalation): Counted[] => sharesOf(escalation).flatMap((one) => counted(one, -1));

function counted({ sums, startsAt, amount }: Share, sign: 1 | -1): Counted[] {
  return [sums.agent, sums.target].map((sum) => ({ sum, startsAt, count: sign, amount: sign * amount }));
}

type Share = { sums: Sums; startsAt: Date; amount: number };

/** None where nothing of it is counted; of a plan one for each step that its approval covers: the others count when they ask. */
function sharesOf(escalation: Escalation): Share[] {
  const { agentId, createdAt, ruling, request } = escalation;
  if (neverRan(escalation)) return [];
  const startsAt = new Date(createdAt.getTime() - (createdAt.getTime() % BUCKET_MS));
  const share = (by: Pick<Ruling, "countedAs" | "amountParam">, params: Params, of: Pick<SubmittedAction, "target">): Share[] => {
    if (by.countedAs === null) return [];
    const amount = amountIn(params, by.amountParam);
    // What cannot be read counted as the worst when it was asked for; it is no number to keep.
    const finite = amount === null || !Number.isFinite(amount) ? 0 : amount;
    return [{ sums: sumsOf(by.countedAs, agentId, of), startsAt, amount: finite }];
  };
  const action = actionOf(escalation);
  const submitted = submittedAction(request);
  if (action !== null && submitted !== null) return share(ruling, paramsOf(action), submitted);
  return (planOf(escalation)?.steps ?? []).flatMap((step) => {
    const ruled = ruling.steps?.find(({ id }) => id === step.id);
    return ruled === undefined || ruled.own !== null ? [] : share(ruled, paramsOf(step.action), step.action);
  });
}

/**
 * What ended without the right to run is not counted. Once it had that, by a grant or by its tier, "withdrawn" and "skipped" are
 * only the agent's word.
 */
function neverRan(escalation: Pick<Escalation, "endedReason" | "execution" | "ruling">): boolean {
  const { endedReason, execution } = escalation;
  if (endedReason === null) return false;
  const never = NEVER_RAN[endedReason];
  return never === "if it was not allowed to" ? execution === null && !tierOf(escalation).runs : never;
}

const NEVER_RAN: Record<EndedReason, boolean | "if it was not allowed to"> = {
  rejected: true,
  timed_out: true,
  never_resumed: true,
  cancelled: "if it was not allowed to",
  session_terminated: "if it was not allowed to",
  answered: false,
  handled_by_human: false,
  executed: false,
  skipped: false,
  rolled_back: false,
  execution_failed: false,
  executed_differs: false,
  outcome_unknown: false,
  outcome_unreported: false,
};

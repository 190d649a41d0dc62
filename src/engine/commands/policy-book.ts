import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { compileStored, type Policy, policySourceText } from "../../domain/policy/compile.ts";
import { type Facts, judge } from "../../domain/policy/judge.ts";
import {
  countedBack,
  NO_VELOCITY,
  type Sums,
  sumsAskedFor,
  type Velocity,
  velocitiesOfSteps,
  velocityAmount,
  withPresent,
} from "../../domain/policy/velocity.ts";
import type { CanonicalAction } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import type { EscalationRequest, Plan } from "../../domain/shapes/request.ts";
import type { Ruling } from "../../domain/shapes/ruling.ts";
import { readPolicy, savePolicy } from "../../store/configurations.ts";
import { judgedBy, readVelocity, velocityOf } from "../../store/velocity.ts";
import type { Write } from "../../store/write.ts";
import { say } from "../../words/en.ts";

/**
 * The compiled policies: the one in force for what is opened now, and every earlier one that an open escalation is still pinned
 * to, read back from the database by its content hash. A policy is stored before the first escalation is judged by it.
 */
export type PolicyBook = {
  current(): Policy;
  /** Stores a policy, so that nothing can be pinned to a text that is not kept. */
  keep(policy: Policy): Promise<void>;
  /** Puts a kept one in force. */
  enforce(policy: Policy): void;
  /** Null when this release can no longer read it. */
  byVersion(version: string): Promise<Policy | null>;
};

export async function openPolicyBook(pool: Pool, first: Policy): Promise<PolicyBook> {
  const compiled = new Map<string, Policy>();
  let inForce = first;
  const remember = (policy: Policy) => {
    compiled.set(policy.version, policy);
    for (const oldest of compiled.keys()) {
      if (compiled.size <= LIMITS.compiledPolicies.value) break;
      compiled.delete(oldest);
    }
  };
  const keep = async (policy: Policy) => {
    await savePolicy(pool, policy.version, policySourceText(policy));
    remember(policy);
  };
  await keep(first);
  return {
    current: () => inForce,
    keep,
    enforce(policy) {
      inForce = policy;
    },
    async byVersion(version) {
      const known = compiled.get(version);
      if (known !== undefined) return known;
      const text = await readPolicy(pool, version);
      if (text === null) throw new Error(`policy ${version} is pinned by an escalation but not stored`);
      const policy = compileStored(JSON.parse(text));
      if (policy !== null) remember(policy);
      return policy;
    },
  };
}

/** How a changed action is judged, and the sums that this goes by. */
export type SecondJudgement = { judge: (changed: CanonicalAction | Plan) => Ruling; judgedBy: Write["judgedBy"] };
export const NEVER_JUDGED_AGAIN: SecondJudgement = { judge: neverJudgedAgain, judgedBy: [] };

/**
 * Judges a changed action under the policy its escalation is pinned to, with the present velocity around it. Everything else can
 * be done without that policy; where it can no longer be read, a change is refused and the act is decided as it is.
 */
export async function prepareSecondJudgement(
  pool: Pool,
  book: PolicyBook,
  escalation: Escalation,
  now: Date,
): Promise<SecondJudgement | Refusal> {
  const { request, ruling, agentId } = escalation;
  if (!("action" in request)) return NEVER_JUDGED_AGAIN;
  const policy = await book.byVersion(ruling.policyVersion);
  if (policy === null) return refuse("not_modifiable", say.refusals.acts.policyUnreadable);
  const agent = { name: escalation.agentName, environment: ruling.environment, owner: escalation.agentOwner };
  const judgeBy = (before: (sums: Sums) => Velocity) => (made: CanonicalAction | Plan) => {
    const changed = withChange(request, made);
    // The environment in the ruling is the stricter of the agent's and its parent's already.
    return judgeRequest(policy, { request: changed, agent: { ...agent, id: agentId }, now, session: ruling.session }, before);
  };
  const sums = sumsAskedFor(policy, agentId, request);
  if (sums.length === 0) return { judge: judgeBy(() => NO_VELOCITY), judgedBy: [] };
  const read = await readVelocity(pool, namesOf(sums), countedBack(escalation));
  return { judge: judgeBy((one) => velocityOf(read, one)), judgedBy: judgedBy(read, sums) };
}

type Acting = Extract<EscalationRequest, { action: object }>;

function withChange(request: Acting, made: CanonicalAction | Plan): Acting {
  if ("plan" in request) return "steps" in made ? { ...request, plan: made } : request;
  return "steps" in made ? request : { ...request, action: { ...request.action, params: made.params } };
}

type Asked = Omit<Facts, "velocity" | "steps" | "agent"> & { agent: Facts["agent"] & { id: string } };

/** Judges a request by what was counted before it: of a plan each step, those before it counted in. */
export function judgeRequest(policy: Policy, asked: Asked, before: (sums: Sums) => Velocity): Ruling {
  const { request, agent } = asked;
  const [sums] = "plan" in request ? [] : sumsAskedFor(policy, agent.id, request);
  const velocity = withPresent(sums === undefined ? NO_VELOCITY : before(sums), velocityAmount(policy, request));
  const steps = "plan" in request ? { steps: velocitiesOfSteps(policy, agent.id, request.plan, before) } : {};
  return judge(policy, { ...asked, velocity, ...steps });
}

/** Each once, however many steps count in it. */
export const namesOf = (sums: readonly Sums[]): string[] => [...new Set(sums.flatMap(({ agent, target }) => [agent, target]))];

export function neverJudgedAgain(): never {
  throw new Error("only a modified action is judged again");
}

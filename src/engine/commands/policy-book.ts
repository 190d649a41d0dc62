import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { compileStored, type Policy, policySourceText } from "../../domain/policy/compile.ts";
import { judge } from "../../domain/policy/judge.ts";
import { countedBack, NO_VELOCITY, sumsOf, type Velocity, velocityAmount, withPresent } from "../../domain/policy/velocity.ts";
import type { CanonicalAction } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import type { Ruling } from "../../domain/shapes/ruling.ts";
import { readPolicy, savePolicy } from "../../store/configurations.ts";
import { judgedBy, readVelocity, velocityOf } from "../../store/velocity.ts";
import type { Write } from "../../store/write-escalation.ts";
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
export type SecondJudgement = { judge: (action: CanonicalAction) => Ruling; judgedBy: Write["judgedBy"] };
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
  const judgeBy = (before: Velocity) => (action: CanonicalAction) => {
    const changed = { ...request, action: { ...request.action, params: action.params } };
    return judge(policy, { request: changed, agent, now, velocity: withPresent(before, velocityAmount(policy, changed)) });
  };
  if (ruling.countedAs === null) return { judge: judgeBy(NO_VELOCITY), judgedBy: [] };
  const sums = sumsOf(ruling.countedAs, agentId, request.action);
  const read = await readVelocity(pool, [sums.agent, sums.target], countedBack(escalation));
  return { judge: judgeBy(velocityOf(read, sums)), judgedBy: judgedBy(read, sums) };
}

export function neverJudgedAgain(): never {
  throw new Error("only a modified action is judged again");
}

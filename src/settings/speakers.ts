import { globMatcher } from "../domain/policy/glob.ts";
import { riskTier } from "../domain/policy/judge.ts";
import type { ActionTypeSource, PolicySource, RuleSource } from "../domain/policy/source.ts";
import type { Tier } from "../domain/shapes/vocabulary.ts";

/** Who in the file can shape an asking. */
export type Fault = { path: PropertyKey[]; message: string };

type Asking = Pick<ActionTypeSource, "queue" | "requires" | "sla" | "deadline" | "fallback" | "transfer_to">;
/** One place of the file that can shape an asking, with the action types it can meet and the tier it would lead to. */
export type Speaker = {
  path: PropertyKey[];
  asking: Asking;
  queues: string[];
  tiers: Tier[];
  type: ActionTypeSource | undefined;
};

export function speakersOf(policy: PolicySource): Speaker[] {
  const fallbackQueue = policy.defaults.queue;
  const types = Object.entries(policy.action_types).map(([name, type]): Speaker => {
    const queues = [type.queue ?? fallbackQueue];
    return { path: ["policy", "action_types", name], asking: type, queues, tiers: tiersOf(type), type };
  });
  const rules = policy.rules.map((rule, index): Speaker => {
    return {
      path: ["policy", "rules", index],
      asking: rule,
      queues: queuesOfRule(policy, rule),
      tiers: [rule.tier],
      type: undefined,
    };
  });
  const { unknown, questions } = policy;
  const answering = [...new Set([fallbackQueue, ...Object.values(questions.queues)])];
  return [
    ...types,
    ...rules,
    {
      path: ["policy", "unknown"],
      asking: unknown,
      queues: [unknown.queue ?? fallbackQueue],
      tiers: [unknown.tier],
      type: undefined,
    },
    { path: ["policy", "questions"], asking: questions, queues: answering, tiers: ["hard_approval"], type: undefined },
  ];
}

export const tiersOf = (type: ActionTypeSource): Tier[] => [riskTier(type), ...Object.values(type.environments)];

/** The rules that can speak of an action type, with their places in the file. */
export function rulesFor(policy: PolicySource, type: string): { rule: RuleSource; index: number }[] {
  return policy.rules.flatMap((rule, index) => (globMatcher(rule.for ?? ["**"])(type) ? [{ rule, index }] : []));
}

/** A rule without a queue of its own is answered where the action types that it matches are. */
function queuesOfRule(policy: PolicySource, rule: PolicySource["rules"][number]): string[] {
  if (rule.queue !== undefined) return [rule.queue];
  const matches = globMatcher(rule.for ?? ["**"]);
  const types = Object.entries(policy.action_types).filter(([name]) => matches(name));
  return [...new Set(types.map(([, type]) => type.queue ?? policy.defaults.queue))];
}

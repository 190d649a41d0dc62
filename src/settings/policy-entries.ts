import { globMatcher } from "../domain/policy/glob.ts";
import { riskTier } from "../domain/policy/judge.ts";
import type { ActionTypeSource, PolicySource, RuleSource } from "../domain/policy/source.ts";
import type { Tier } from "../domain/shapes/vocabulary.ts";
import { ASKED_FIRST } from "../domain/tiers.ts";

/** What is wrong with the file, and where. */
export type Fault = { path: PropertyKey[]; message: string };

type TermsSource = Pick<ActionTypeSource, "queue" | "requires" | "sla" | "deadline" | "fallback" | "transfer_to">;
/** One place of the file that can shape a round, with the action types it can meet and the tier it would lead to. */
export type PolicyEntry = {
  path: PropertyKey[];
  wants: TermsSource;
  queues: string[];
  tiers: Tier[];
  type: ActionTypeSource | undefined;
};

export function policyEntriesOf(policy: PolicySource): PolicyEntry[] {
  const fallbackQueue = policy.defaults.queue;
  const types = Object.entries(policy.action_types).map(([name, type]): PolicyEntry => {
    const queues = [type.queue ?? fallbackQueue];
    return { path: ["policy", "action_types", name], wants: type, queues, tiers: tiersOf(type), type };
  });
  const rules = policy.rules.map((rule, index): PolicyEntry => {
    return {
      path: ["policy", "rules", index],
      wants: rule,
      queues: queuesOfRule(policy, rule),
      tiers: [rule.tier],
      type: undefined,
    };
  });
  const { unknown, questions, artifacts } = policy;
  const queuesOf = ({ queues }: { queues: Record<string, string> }) => [...new Set([fallbackQueue, ...Object.values(queues)])];
  return [
    ...types,
    ...rules,
    {
      path: ["policy", "unknown"],
      wants: unknown,
      queues: [unknown.queue ?? fallbackQueue],
      tiers: [unknown.tier],
      type: undefined,
    },
    { path: ["policy", "questions"], wants: questions, queues: queuesOf(questions), tiers: [ASKED_FIRST], type: undefined },
    { path: ["policy", "artifacts"], wants: artifacts, queues: queuesOf(artifacts), tiers: [artifacts.tier], type: undefined },
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

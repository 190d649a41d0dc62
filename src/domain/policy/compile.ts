import { parseKept } from "../base/kept.ts";
import { canonicalJson, digestOf } from "../shapes/canonical.ts";
import { createCompiler, type Expression } from "./cel.ts";
import { type MappedTargets, mapTargets } from "./environment.ts";
import { globMatcher } from "./glob.ts";
import type { Lists } from "./lists.ts";
import { PolicySource, type RuleSource } from "./source.ts";

/** A policy ready to judge: the source, its content hash, and the rules compiled. */
export type CompiledRule = {
  source: RuleSource;
  appliesTo: (actionType: string) => boolean;
  /** The condition, or the cost of an error; null for a plain threshold on a signal. */
  expression: Expression | null;
  readsVelocity: boolean;
};
export type Policy = {
  version: string;
  source: PolicySource;
  /** Queue → Slack channel, part of what is judged and therefore of the version. */
  channels: Readonly<Record<string, string>>;
  rules: readonly CompiledRule[];
  targets: readonly MappedTargets[];
  /** As it was written: what the version is the digest of. */
  text: PolicyText;
};

/** What is kept in the database by its hash and compiled again from there. `raw` is the policy section as it was written. */
export type PolicyText = { schema: 1; raw: unknown; channels: Record<string, string>; lists: Lists };
export type RuleFault = { path: (string | number)[]; message: string };

/** Compiles the expressions of all rules; faults name the rule's place. */
export function compileRules(source: PolicySource, lists: Lists): { rules: CompiledRule[]; faults: RuleFault[] } {
  const faults: RuleFault[] = [];
  const compileCel = createCompiler(lists);
  const rules = source.rules.map((rule, index): CompiledRule => {
    const appliesTo = globMatcher(rule.for ?? ["**"]);
    const [key, text, wanted] =
      "when" in rule
        ? (["when", rule.when, "bool"] as const)
        : "error_cost" in rule
          ? (["error_cost", rule.error_cost, "number"] as const)
          : [null, "", null];
    if (key === null || wanted === null) return { source: rule, appliesTo, expression: null, readsVelocity: false };
    const compiled = compileCel(text, wanted);
    if (!compiled.ok) faults.push({ path: ["rules", index, key], message: compiled.fault });
    const expression = compiled.ok ? compiled.expression : null;
    return { source: rule, appliesTo, expression, readsVelocity: expression?.reads.has("velocity") ?? false };
  });
  return { rules, faults };
}

/** Compiles a policy that was checked before, when it was loaded; a fault here is a bug. */
export function compilePolicy(text: PolicyText): Policy {
  return compiled(text, PolicySource.parse(text.raw));
}

/**
 * The schema that a stored policy was written for. What a later one no longer knows was checked when it was stored, and does not
 * count against it now.
 */
const SCHEMAS = { 1: PolicySource } satisfies Record<PolicyText["schema"], unknown>;

/** Compiles a stored policy, which an earlier release may have written; null when this one can no longer read it. */
export function compileStored(text: PolicyText): Policy | null {
  const source = parseKept(SCHEMAS[text.schema], text.raw);
  if (source === null) return null;
  try {
    return compiled(text, source);
  } catch {
    return null;
  }
}

function compiled(text: PolicyText, source: PolicySource): Policy {
  const { rules, faults } = compileRules(source, text.lists);
  if (faults.length > 0) throw new Error(`a policy that was checked does not compile: ${faults[0]?.message}`);
  const targets = mapTargets(source.targets);
  return { version: digestOf(text), source, channels: text.channels, rules, targets, text };
}

/** The text a policy is stored as; compiling it again gives the same version. */
export function policySourceText(policy: Policy): string {
  return canonicalJson(policy.text);
}

import { say } from "../../words/en.ts";
import { own } from "../base/own.ts";
import { type ActionRequest, paramsOf, targetOf } from "../shapes/request.ts";
import type { Reason } from "../shapes/ruling.ts";
import { CelError, type RuleContext } from "./cel.ts";
import type { CompiledRule } from "./compile.ts";
import type { ActionTypeSource } from "./source.ts";
import { formatNumber, paramWords } from "./template.ts";
import type { TermsSource } from "./terms.ts";

/** A rule that applies, or another part of the policy that has something to say: why, and what it asks for. */
export type Match = { reason: Reason; wants: TermsSource };

/** Whether a rule applies. One that cannot be evaluated does: doubt never lowers a tier. */
export function matchesOf(
  rule: CompiledRule,
  context: RuleContext,
  request: ActionRequest,
  type: ActionTypeSource | undefined,
): Match[] {
  const { source } = rule;
  const applies = (detail: string): Match[] => [{ reason: { rule: source.name, tier: source.tier, detail }, wants: source }];
  if ("signal" in source) {
    const given = request.signals[source.signal];
    const value = context.signals[source.signal];
    const told =
      given === undefined ? `${source.signal} not given, counted as ${value}` : `${source.signal} ${formatNumber(value)}`;
    if ("below" in source && source.signal === "confidence" && typeof source.below === "number") {
      const needed = percent(source.below);
      const sure = given === undefined ? say.reasons.sureUnsaid(needed) : say.reasons.sure(percent(value), needed);
      return value < source.below ? applies(sure) : [];
    }
    if ("below" in source) return value < source.below ? applies(`${told}, ${formatNumber(source.below)} needed`) : [];
    return value > source.above ? applies(`${told}, at most ${formatNumber(source.above)} allowed`) : [];
  }
  let value: unknown;
  try {
    value = rule.expression?.evaluate(context);
  } catch (error) {
    return applies(uncheckedWords(rule, request, type, error));
  }
  if ("when" in source) return value === false ? [] : applies(whenWords(rule, context, request, type));
  const cost = costOf(value) * (1 - context.signals.confidence);
  if (cost <= source.review_cost) return [];
  const shown = Number.isFinite(cost) ? formatNumber(Math.round(cost * 100) / 100) : "unknown";
  return applies(
    [
      `${source.detail ?? "an error would cost more than a review"}:`,
      `expected ${shown}, a review costs ${formatNumber(source.review_cost)}`,
    ].join(" "),
  );
}

/**
 * What a condition says that holds. One that counts sums or targets can hold only because the amount or the target is not there:
 * then that is the reason, and not a sum that nobody can find.
 */
function whenWords(
  rule: CompiledRule,
  context: RuleContext,
  { action }: ActionRequest,
  type: ActionTypeSource | undefined,
): string {
  const said = rule.source.detail ?? rule.source.name;
  if (!rule.readsVelocity) return said;
  const { agent, target } = context.velocity;
  const withoutSums = { agent: { ...agent, ...NO_SUMS }, target: { ...target, ...NO_SUMS } };
  const amount = type?.amount === undefined ? 0 : own(paramsOf(action), type.amount);
  if (type?.amount !== undefined && !isNumber(amount) && !holds(rule, { ...context, velocity: withoutSums })) {
    const name = paramWords(type, type.amount);
    return (amount ?? null) === null ? say.reasons.amountMissing(name) : say.reasons.amountNoNumber(name);
  }
  const withoutTarget = { agent, target: { ...target, ...NO_SUMS, count_1h: 0, count_24h: 0 } };
  if (targetOf(action) === undefined && !holds(rule, { ...context, velocity: withoutTarget })) return say.reasons.noTarget(said);
  return said;
}

const NO_SUMS = { sum_1h: 0, sum_24h: 0 };
const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);

function holds(rule: CompiledRule, context: RuleContext): boolean {
  try {
    return rule.expression?.evaluate(context) !== false;
  } catch {
    return true;
  }
}

const percent = (share: number): string => formatNumber(Math.round(share * 1000) / 10);

/**
 * Of an error. A negative one counts by its size, and what is no number could be any: it is not quietly turned into one. NaN is
 * above every limit here.
 */
function costOf(value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? Math.abs(number) : Number.NaN;
}

/** Why a condition could not be checked, by its code: the library's own sentence repeats what the agent sent. */
const CODES: Record<string, string> = {
  no_such_key: "something it reads is missing",
  no_such_overload: "a value is of another kind than it expects",
  not_a_value: "a value is empty or can't be compared",
};

function uncheckedWords(
  { source, expression }: CompiledRule,
  { action }: ActionRequest,
  type: ActionTypeSource | undefined,
  error: unknown,
): string {
  const params = paramsOf(action);
  const missing = [...(expression?.readsParams ?? [])].filter((name) => (own(params, name) ?? null) === null);
  if (type?.amount !== undefined && missing.includes(type.amount))
    return say.reasons.amountMissing(paramWords(type, type.amount));
  const rule = source.detail ?? source.name;
  if (missing.length > 0) {
    const names = missing.map((name) => paramWords(type, name)).join(" and ");
    return `${names} ${missing.length === 1 ? "is" : "are"} missing, so this counts: ${rule}`;
  }
  const readsTarget = "when" in source && /\baction\.target\b/.test(source.when);
  if (readsTarget && targetOf(action) === undefined) return say.reasons.targetMissing(rule);
  const why = error instanceof CelError ? own(CODES, error.code) : undefined;
  return `${rule} (could not be checked: ${why ?? "the rule failed on what was sent"})`;
}

import { own } from "../base/own.ts";
import { canonicalAction } from "../shapes/canonical.ts";
import { type EscalationRequest, paramsOf, targetOf } from "../shapes/request.ts";
import type { Reason, Ruling } from "../shapes/ruling.ts";
import { stricterTier, TIERS, type Tier } from "../shapes/vocabulary.ts";
import type { RuleContext } from "./cel.ts";
import type { CompiledRule, Policy } from "./compile.ts";
import { localTime } from "./hours.ts";
import { presentAction, presentQuestion, STAKES, silenceWords } from "./present.ts";
import { requirementOf } from "./requirement.ts";
import type { ActionTypeSource } from "./source.ts";
import { formatNumber } from "./template.ts";
import { type Asking, termsOf } from "./terms.ts";
import type { Velocity } from "./velocity.ts";

/** The policy's answer to one request: total, deterministic, and the strictest of all that speak. What the agent claims can only tighten. */
export type Facts = {
  request: EscalationRequest;
  agent: { name: string; environment: string | null; owner: string | null };
  now: Date;
  velocity: Velocity;
};

/** Who said what; the sources that speak at the winning tier shape the asking. */
type Voice = { reason: Reason; asking: Asking };

export function judge(policy: Policy, facts: Facts): Ruling {
  return facts.request.kind === "action"
    ? judgeAction(policy, facts, facts.request)
    : judgeQuestion(policy, facts, facts.request);
}

function judgeAction(policy: Policy, facts: Facts, request: Extract<EscalationRequest, { kind: "action" }>): Ruling {
  const { source } = policy;
  const type = own(source.action_types, request.action.type);
  const environment = effectiveEnvironment(policy, facts, request.action);
  const base = type === undefined ? unknownVoice(policy, request.action.type) : baseVoice(type, environment);
  const context = contextOf(policy, facts, request, environment, type);
  const voices = [
    base,
    ...policy.rules.filter((rule) => rule.appliesTo(request.action.type)).flatMap((rule) => listen(rule, context, request)),
  ];
  const tier = voices.map((voice) => voice.reason.tier).reduce(stricterTier);
  const loudest = voices.filter((voice) => voice.reason.tier === tier);
  const reasons = voices.map((voice) => voice.reason).sort((a, b) => TIERS.indexOf(b.tier) - TIERS.indexOf(a.tier));
  const asking = [...loudest.map((voice) => voice.asking), ...(type === undefined ? [] : [type])];
  const terms = termsOf(policy, asking, tier);
  return {
    ...terms,
    impact: type?.impact ?? null,
    batchable: isBatchable(tier, type),
    policyVersion: policy.version,
    tier,
    reasons,
    environment,
    requirement: requirementOf(
      source,
      type,
      tier,
      loudest.map(({ asking: said }) => ({ ...said, requires: said.requires ?? type?.requires })),
    ),
    idempotent: type?.idempotent ?? false,
    presentation: presentAction(canonicalAction(request.action), environment, type, silenceWords("action", terms)),
  };
}

/** The stricter of where the agent is registered, what the target map says, and what the agent claims. Unlisted = strictest. */
function effectiveEnvironment(
  policy: Policy,
  facts: Facts,
  action: { environment?: string | undefined; target?: string | undefined },
): string {
  const target = targetOf(action);
  const order = policy.source.environments;
  const strictest = order.at(-1) ?? "production";
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length - 1);
  const mapped = policy.targets.filter(({ matches }) => target !== undefined && matches(target)).map((one) => one.environment);
  const registered = facts.agent.environment === null ? [] : [facts.agent.environment];
  const known = [...registered, ...mapped];
  // A claim alone proves nothing: without a registration or a mapped target it is the strictest.
  const claims = known.length === 0 ? [strictest] : action.environment === undefined ? known : [...known, action.environment];
  const wins = claims.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  // A name nobody knows must not slip past the rules that name an environment.
  return order.includes(wins) ? wins : strictest;
}

function unknownVoice(policy: Policy, type: string): Voice {
  const { tier, queue, requires } = policy.source.unknown;
  const asking: Asking = queue === undefined ? { requires } : { requires, queue };
  return {
    reason: { rule: "unknown action type", tier, detail: `${type} is not in the risk map, so the strictest rule applies` },
    asking,
  };
}

/** Risky acts are never answered in a batch: what cannot be undone, what would hurt, what nobody knows. */
function isBatchable(tier: Tier, type: ActionTypeSource | undefined): boolean {
  if (type === undefined || tier === "hard_stop" || type.reversibility === "irreversible") return false;
  return type.impact === "low" || type.impact === "medium";
}

/** What an environment's own tier asks for, in words that a reviewer reads. */
const DEMANDS: Record<Tier, string> = {
  autonomous: "may run alone",
  notify: "is told to people",
  soft_review: "is confirmed afterwards",
  hard_approval: "needs an approval",
  hard_stop: "is for people to do",
};

/** Impact × reversibility; an environment may have its own base tier. */
function baseVoice(type: ActionTypeSource, environment: string): Voice {
  const set = own(type.environments, environment);
  const tier = set ?? riskTier(type);
  const detail =
    set === undefined ? `${type.impact} impact, ${STAKES[type.reversibility]}` : `in ${environment} this ${DEMANDS[tier]}`;
  return { reason: { rule: "risk map", tier, detail }, asking: {} };
}

export function riskTier(type: Pick<ActionTypeSource, "impact" | "reversibility">): Tier {
  if (type.impact === "high" || type.impact === "critical") return "hard_approval";
  if (type.impact === "medium") return type.reversibility === "irreversible" ? "hard_approval" : "notify";
  return type.reversibility === "irreversible" ? "notify" : "autonomous";
}

function contextOf(
  policy: Policy,
  facts: Facts,
  request: Extract<EscalationRequest, { kind: "action" }>,
  environment: string,
  type: ActionTypeSource | undefined,
): RuleContext {
  const { hour, weekday, afterHours } = localTime(policy.source, facts.now);
  const counts = (c: Velocity["agent"]) => ({ count_1h: c.count1h, count_24h: c.count24h, sum_1h: c.sum1h, sum_24h: c.sum24h });
  return {
    action: {
      type: request.action.type,
      environment,
      target: targetOf(request.action) ?? "",
      reversible: (request.action.reversible ?? false) && type?.reversibility === "reversible",
    },
    params: paramsOf(request.action),
    agent: facts.agent.name,
    session_id: request.session_id ?? "",
    requested_by: request.requested_by ?? "",
    // A signal that is missing counts as the worst.
    signals: { confidence: request.signals.confidence ?? 0, risk: request.signals.risk ?? 1, ood: request.signals.ood ?? 1 },
    flags: request.signals.flags,
    classification: request.classification,
    labels: request.labels,
    after_hours: afterHours,
    hour,
    weekday,
    velocity: { agent: counts(facts.velocity.agent), target: counts(facts.velocity.target) },
  };
}

/** Whether a rule speaks. One that cannot be evaluated speaks: doubt never lowers a tier. */
function listen(rule: CompiledRule, context: RuleContext, request: Extract<EscalationRequest, { kind: "action" }>): Voice[] {
  const { source } = rule;
  const speak = (detail: string): Voice[] => [{ reason: { rule: source.name, tier: source.tier, detail }, asking: source }];
  if ("signal" in source) {
    const given = request.signals[source.signal];
    const value = context.signals[source.signal];
    const told =
      given === undefined ? `${source.signal} not given, counted as ${value}` : `${source.signal} ${formatNumber(value)}`;
    if ("below" in source) return value < source.below ? speak(`${told}, ${formatNumber(source.below)} needed`) : [];
    return value > source.above ? speak(`${told}, at most ${formatNumber(source.above)} allowed`) : [];
  }
  let value: unknown;
  try {
    value = rule.expression?.evaluate(context);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return speak(`${source.detail ?? source.name} (could not be checked: ${why.slice(0, 80)})`);
  }
  if ("when" in source) return value === false ? [] : speak(source.detail ?? source.name);
  const cost = Number(value) * (1 - context.signals.confidence);
  if (cost <= source.review_cost) return [];
  const shown = Number.isFinite(cost) ? formatNumber(Math.round(cost * 100) / 100) : "unknown";
  return speak(
    `${source.detail ?? "an error would cost more than a review"}: expected ${shown}, a review costs ${formatNumber(source.review_cost)}`,
  );
}

function judgeQuestion(policy: Policy, facts: Facts, request: Extract<EscalationRequest, { kind: "question" }>): Ruling {
  const { source } = policy;
  const { queues, ...said } = source.questions;
  const asking: Asking = { ...said, queue: own(queues, facts.agent.name) };
  const terms = termsOf(policy, [asking], "hard_approval");
  return {
    ...terms,
    impact: null,
    batchable: true,
    policyVersion: policy.version,
    tier: "hard_approval",
    reasons: [{ rule: "questions", tier: "hard_approval", detail: "the agent asks a question" }],
    environment: facts.agent.environment ?? source.environments.at(-1) ?? "production",
    requirement: requirementOf(source, undefined, "hard_approval", [asking]),
    idempotent: false,
    presentation: presentQuestion(request.question, silenceWords("question", terms)),
  };
}

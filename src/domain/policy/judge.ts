import { say } from "../../words/en.ts";
import { inertText } from "../base/inert.ts";
import { own } from "../base/own.ts";
import { canonicalAction } from "../shapes/canonical.ts";
import { type ActionRequest, type EscalationRequest, type PlanRequest, paramsOf, targetOf } from "../shapes/request.ts";
import type { Reason, Ruling, SessionFacts } from "../shapes/ruling.ts";
import { stricterTier, TIERS, type Tier } from "../shapes/vocabulary.ts";
import { ASKED_FIRST, actsMeanwhile, TIER_ROWS } from "../tiers.ts";
import { ageOf, freshUntil, oldestEvidenceAge, tooOld } from "./age.ts";
import type { RuleContext } from "./cel.ts";
import type { Policy } from "./compile.ts";
import { effectiveEnvironment } from "./environment.ts";
import { localTime } from "./hours.ts";
import { type Match, matchesOf } from "./match.ts";
import { planRuling, stepMatches, stepRulings } from "./plan.ts";
import { presentAction, presentArtifact, presentQuestion, STAKES } from "./present.ts";
import { mustNameRequester, seatsOf } from "./requirement.ts";
import { silenceWords, unconfirmedWords } from "./silence.ts";
import { reviewOf, withUndo } from "./soft-review.ts";
import type { ActionTypeSource } from "./source.ts";
import { type TermsSource, termsOf } from "./terms.ts";
import { countedAs, type Velocity } from "./velocity.ts";

/**
 * The policy's answer to one request: total, deterministic, and the strictest of all that speak. What the agent claims can only
 * tighten.
 */
export type Facts = {
  request: EscalationRequest;
  agent: { name: string; environment: string | null; owner: string | null };
  now: Date;
  velocity: Velocity;
  /** When acts of this type were last undone in its environment; not there = never, as far as is known. */
  rehearsedAt?: Date | null;
  /** Of each step of a plan, itself and those before it counted in. */
  steps?: readonly Velocity[];
  /** What is known of its session, where that is anything. */
  session?: SessionFacts | undefined;
};

export function judge(policy: Policy, facts: Facts): Ruling {
  const ruling = judgeKind(policy, facts);
  return facts.session === undefined ? ruling : { ...ruling, session: facts.session };
}

function judgeKind(policy: Policy, facts: Facts): Ruling {
  const { request } = facts;
  switch (request.kind) {
    case "action":
      return judgeAction(policy, facts, request, request.plan_step === undefined ? [] : [OWN_STEP]);
    case "plan":
      return judgePlan(policy, facts, request);
    case "question":
      return judgeQuestion(policy, facts, request);
    case "artifact":
      return judgeArtifact(policy, facts, request);
  }
}

/** A step that a plan's approval does not cover is never free to run. */
const OWN_STEP: Match = { reason: { rule: "plan", tier: ASKED_FIRST, detail: say.reasons.ownStep }, wants: {} };

/** `besides`: what speaks beside the risk map and the rules. */
function judgeAction(policy: Policy, facts: Facts, request: ActionRequest, besides: readonly Match[] = []): Ruling {
  const { source } = policy;
  const type = own(source.action_types, request.action.type);
  const environment = effectiveEnvironment(policy, facts.agent.environment, request.action);
  const base = type === undefined ? unknownType(policy, request.action.type) : riskMap(type, environment);
  const context = contextOf(policy, facts, request, environment, type);
  const rules = policy.rules.filter((rule) => rule.appliesTo(request.action.type));
  const matches = withUndo(type, request.action, { now: facts.now, rehearsedAt: facts.rehearsedAt ?? null, environment }, [
    base,
    ...tooOld(type, request.brief, facts.now),
    ...rules.flatMap((rule) => matchesOf(rule, context, request, type)),
    ...besides,
  ]);
  const tier = matches.map((match) => match.reason.tier).reduce(stricterTier);
  // The matches at the winning tier shape the round.
  const strictest = matches.filter((match) => match.reason.tier === tier).map((match) => match.wants);
  const ofType = type === undefined ? [] : [type];
  const terms = termsOf(policy, [...strictest, ...ofType], tier);
  const review = reviewOf(tier, type);
  const silence = review === undefined ? silenceWords("action", terms) : unconfirmedWords(review.unconfirmed);
  return {
    ...terms,
    ...(review === undefined ? {} : { review }),
    impact: type?.impact ?? null,
    batchable: isBatchable(tier, type),
    policyVersion: policy.version,
    tier,
    reasons: strictestFirst(matches),
    environment,
    requirement: {
      seats: seatsOf(
        source,
        type,
        tier,
        strictest.flatMap((wants) => wants.requires ?? type?.requires ?? []),
      ),
      requestedByRequired: mustNameRequester([...ofType, ...matches.map((match) => match.wants)]),
    },
    idempotent: type?.idempotent ?? false,
    ...(type?.sample === undefined ? {} : { sample: type.sample }),
    amountParam: type?.amount ?? null,
    countedAs: countedAs(policy, request.action.type),
    freshUntil: freshUntil(type, request.brief, facts.now),
    presentation: presentAction(canonicalAction(request.action), environment, type, silence),
  };
}

/**
 * Of two that are as strict, the one that names people of its own comes first: where there is room for one alone, it says why
 * these are asked. No reason carries anything that could hide or reorder what stands beside it, wherever its words come from.
 */
const strictestFirst = (matches: readonly Match[]): Reason[] =>
  matches
    .toSorted((a, b) => TIERS.indexOf(b.reason.tier) - TIERS.indexOf(a.reason.tier) || peopleOf(b) - peopleOf(a))
    .map(({ reason }) => ({ ...reason, detail: inertText(reason.detail) }));

const peopleOf = ({ wants }: Match): number => wants.requires?.length ?? 0;

function unknownType(policy: Policy, type: string): Match {
  const { tier, ...wants } = policy.source.unknown;
  const detail = say.reasons.unknownType(type);
  return { reason: { rule: "unknown action type", tier, detail }, wants };
}

/** Risky acts are never answered in a batch: what cannot be undone, what would hurt, what nobody knows. */
function isBatchable(tier: Tier, type: ActionTypeSource | undefined): boolean {
  if (type === undefined || type.reversibility === "irreversible") return false;
  if (TIER_ROWS[tier].doneBy === "person" || actsMeanwhile(tier)) return false;
  return type.impact === "low" || type.impact === "medium";
}

/** What an environment's own tier asks for, in words that a reviewer reads. */
const DEMANDS: Record<Tier, string> = say.reasons.demands;

/** Impact × reversibility; an environment may have its own base tier. */
function riskMap(type: ActionTypeSource, environment: string): Match {
  const set = own(type.environments, environment);
  const tier = set ?? riskTier(type);
  const detail =
    set === undefined ? `${type.impact} impact, ${STAKES[type.reversibility]}` : `in ${environment} this ${DEMANDS[tier]}`;
  return { reason: { rule: "risk map", tier, detail }, wants: {} };
}

export function riskTier(type: Pick<ActionTypeSource, "impact" | "reversibility">): Tier {
  if (type.impact === "high" || type.impact === "critical") return ASKED_FIRST;
  if (type.impact === "medium") return type.reversibility === "irreversible" ? ASKED_FIRST : "notify";
  return type.reversibility === "irreversible" ? "notify" : "autonomous";
}

function contextOf(
  policy: Policy,
  facts: Facts,
  request: ActionRequest,
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
    evidence: { oldest_age: oldestEvidenceAge(request.brief, facts.now) },
    provenance: { age: ageOf(request.provenance?.produced_at, facts.now) },
    labels: request.labels,
    after_hours: afterHours,
    hour,
    weekday,
    session: { taints: facts.session?.taints.map(({ kind }) => kind) ?? [] },
    velocity: { agent: counts(facts.velocity.agent), target: counts(facts.velocity.target) },
  };
}

/** Every step as if it was asked for by itself, and then the plan. */
function judgePlan(policy: Policy, facts: Facts, { plan, ...request }: PlanRequest): Ruling {
  const asAction = (action: ActionRequest["action"]): ActionRequest => ({ ...request, kind: "action", action });
  const judged = plan.steps.map(({ title, action }, i) =>
    judgeAction(policy, { ...facts, velocity: facts.steps?.[i] ?? facts.velocity }, asAction({ ...action, title })),
  );
  const steps = stepRulings(policy, plan, judged);
  const whole = judgeAction(policy, facts, asAction(request.action), stepMatches(steps));
  return planRuling(policy, request.action.type, whole, judged, steps);
}

function judgeQuestion(policy: Policy, facts: Facts, request: Extract<EscalationRequest, { kind: "question" }>): Ruling {
  const { questions } = policy.source;
  const { terms, ...said } = judgeBySection(policy, facts, { ...questions, tier: ASKED_FIRST });
  return {
    ...terms,
    ...said,
    batchable: true,
    reasons: [{ rule: "questions", tier: ASKED_FIRST, detail: say.reasons.question }],
    presentation: presentQuestion(request.question, silenceWords("question", terms)),
  };
}

/** What a text says is for people to judge: who wrote it is all that the policy looks at. */
function judgeArtifact(policy: Policy, facts: Facts, request: Extract<EscalationRequest, { kind: "artifact" }>): Ruling {
  const { artifacts } = policy.source;
  const { terms, ...said } = judgeBySection(policy, facts, artifacts);
  return {
    ...terms,
    ...said,
    batchable: false,
    reasons: [{ rule: "artifacts", tier: artifacts.tier, detail: say.reasons.artifact[artifacts.tier] }],
    presentation: presentArtifact(request.artifact, artifacts, silenceWords("artifact", terms)),
  };
}

/** Where one section of the policy says all there is to say, whatever is asked. */
function judgeBySection(
  policy: Policy,
  facts: Facts,
  { queues, ...said }: TermsSource & { tier: Tier; queues: Record<string, string>; requires: string[] },
) {
  const { source } = policy;
  return {
    terms: termsOf(policy, [{ ...said, queue: own(queues, facts.agent.name) }], said.tier),
    impact: null,
    policyVersion: policy.version,
    tier: said.tier,
    environment: facts.agent.environment ?? source.environments.at(-1) ?? "production",
    requirement: {
      seats: seatsOf(source, undefined, said.tier, said.requires),
      requestedByRequired: mustNameRequester([said]),
    },
    idempotent: false,
    amountParam: null,
    countedAs: null,
    freshUntil: null,
  };
}

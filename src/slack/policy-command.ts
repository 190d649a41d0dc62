import { own } from "../domain/own.ts";
import type { CompiledRule, Policy } from "../domain/policy/compile.ts";
import { globMatcher } from "../domain/policy/glob.ts";
import { riskTier } from "../domain/policy/judge.ts";
import { STAKES, silenceWords } from "../domain/policy/present.ts";
import { requirementOf } from "../domain/policy/requirement.ts";
import { hopsOf, silenceOf } from "../domain/policy/silence.ts";
import type { ActionTypeSource, PolicySource, RuleSource } from "../domain/policy/source.ts";
import { seatWords } from "../domain/refusal.ts";
import { isHardTier, type Tier } from "../domain/vocabulary.ts";
import { type Asked, ownQueues } from "./asker.ts";
import type { SlackParts } from "./clicks.ts";
import { code, tierWords } from "./command-words.ts";
import { duration, escapeMrkdwn, joinAnd } from "./text.ts";

/** `/countersign policy [TYPE]`: the action types and rules of the asker's queues, or all that counts for one type. */
export async function showPolicy(parts: SlackParts, asked: Asked, [word]: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const policy = parts.engine.parts.policies.current();
  if (word === undefined) return overview(policy, queues);
  // What looks like a host comes as a link.
  const name = word.replace(/^<https?:\/\/[^|>]*\|([^>]+)>$/, "$1").replaceAll("`", "");
  const type = own(policy.source.action_types, name);
  if (type === undefined) return unknownType(policy, name, queues);
  const places = [queueOf(policy.source, type), ...rulesOf(policy, name).flatMap(({ source }) => source.queue ?? [])];
  if (!places.some((queue) => queues.includes(queue)))
    return `${code(name, 100)} is not asked in your queues (${queues.join(", ")}). Next: \`/countersign policy\``;
  return oneType(policy, name, type);
}

/** Slack shows about 4,000 characters of an answer well. */
const CHARACTERS_MAX = 3500;
const TYPES_MAX = 15;

function overview(policy: Policy, queues: readonly string[]): string {
  const { source } = policy;
  const types = Object.entries(source.action_types).filter(([, type]) => queues.includes(queueOf(source, type)));
  const rules = policy.rules.filter((rule) => speaksIn(rule, types, queues));
  const head = [
    `*Policy* \`${policy.version.slice(7, 19)}\` · an unknown action type: ${tierWords(source.unknown.tier)}`,
    `*Action types* in ${queues.map(escapeMrkdwn).join(", ")}`,
    ...types.slice(0, TYPES_MAX).map(typeLine),
    ...(types.length > TYPES_MAX ? [`… and ${types.length - TYPES_MAX} more`] : []),
    "*Rules* – every one that applies speaks, and the strictest wins",
  ];
  const next = `Next: \`/countersign policy ${types[0]?.[0] ?? "TYPE"}\``;
  return fitted(head, rules.length === 0 ? ["• none"] : rules.map((rule) => `• ${ruleLine(rule.source)}`), next);
}

/** As many of the lines as there is room for. */
function fitted(head: string[], lines: string[], next: string): string {
  let room = CHARACTERS_MAX - [...head, next].join("\n").length - 80;
  const shown = lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
  const left = lines.length - shown.length;
  const more = left === 0 ? [] : [`… and ${left} more: name an action type to see all that speak of it`];
  return [...head, ...shown, ...more, next].join("\n");
}

const queueOf = (source: PolicySource, type: ActionTypeSource): string => type.queue ?? source.defaults.queue;
const rulesOf = (policy: Policy, type: string): CompiledRule[] => policy.rules.filter((rule) => rule.appliesTo(type));

/** What the asker may review: a rule about one of their types, one that asks in their queue, and one about everything. */
function speaksIn({ source, appliesTo }: CompiledRule, types: readonly [string, unknown][], queues: readonly string[]): boolean {
  if (source.for === undefined || types.some(([name]) => appliesTo(name))) return true;
  return source.queue !== undefined && queues.includes(source.queue);
}

function typeLine([name, type]: [string, ActionTypeSource]): string {
  const owner = type.owner === undefined ? "" : ` · owner <@${type.owner}>`;
  const basis = type.basis === undefined ? "" : ` · ${escapeMrkdwn(type.basis)}`;
  return `• \`${name}\` ${type.impact}, ${type.reversibility}${basis}${owner}`;
}

function ruleLine(rule: RuleSource, withTypes = true): string {
  const types = !withTypes
    ? ""
    : rule.for === undefined
      ? " · every type"
      : ` · ${rule.for.map((one) => code(one, 60)).join(", ")}`;
  return `${escapeMrkdwn(rule.name)}: *${tierWords(rule.tier)}*${types} · ${conditionOf(rule)}`;
}

function conditionOf(rule: RuleSource): string {
  if ("when" in rule) return `when ${code(rule.when, 200)}`;
  if ("below" in rule) return `when ${rule.signal} is below ${rule.below}, or not given`;
  if ("above" in rule) return `when ${rule.signal} is above ${rule.above}, or not given`;
  return `when an error would cost more than ${rule.review_cost}: ${code(rule.error_cost, 200)} × (1 − confidence)`;
}

const TIERS: Record<Tier, string> = {
  autonomous: "runs alone",
  notify: "runs, and people are told",
  soft_review: "runs, and people confirm it",
  hard_approval: "waits for an approval",
  hard_stop: "stops; people do it themselves or reject it",
};

function oneType(policy: Policy, name: string, type: ActionTypeSource): string {
  const { source } = policy;
  const rules = rulesOf(policy, name);
  const facts = [
    type.basis === undefined ? null : escapeMrkdwn(type.basis),
    type.owner === undefined ? null : `owner <@${type.owner}>`,
    `policy \`${policy.version.slice(7, 19)}\``,
  ].filter((fact) => fact !== null);
  const head = [
    `*${code(name, 100)}* · queue ${escapeMrkdwn(queueOf(source, type))} · ${facts.join(" · ")}`,
    `Impact: ${type.impact} · ${type.reversibility} (${STAKES[type.reversibility]})`,
    `Before the rules: ${tiersOf(source, type)}`,
    ...askedLines(source, type),
    "*Rules that can speak* – the strictest wins",
  ];
  const lines = rules.map((rule) => `• ${ruleLine(rule.source, false)}${changes(source, type, rule.source)}`);
  return fitted(head, lines.length === 0 ? ["• none"] : lines, "Next: `/countersign policy`");
}

/** "sandbox, dev: autonomous (runs alone) · production: …". */
function tiersOf(source: PolicySource, type: ActionTypeSource): string {
  const byTier = new Map<Tier, string[]>();
  for (const environment of source.environments) {
    const tier = own(type.environments, environment) ?? riskTier(type);
    byTier.set(tier, [...(byTier.get(tier) ?? []), environment]);
  }
  const said = (tier: Tier) => `${tierWords(tier)} (${TIERS[tier]})`;
  const [only] = byTier.keys();
  if (byTier.size === 1 && only !== undefined) return `${said(only)} in every environment`;
  return [...byTier].map(([tier, environments]) => `${environments.map(escapeMrkdwn).join(", ")}: ${said(tier)}`).join(" · ");
}

type Asking = Pick<RuleSource, "requires" | "sla" | "deadline" | "fallback" | "transfer_to" | "queue">;

/** Who is asked when it comes to wait, by when, and what silence does. */
function askedLines(
  source: PolicySource,
  type: ActionTypeSource | undefined,
  asking: Asking = type ?? {},
  tier: Tier = "hard_approval",
) {
  const deadlineS = asking.deadline ?? source.defaults.deadline;
  const slaS = Math.min(deadlineS, asking.sla ?? source.defaults.sla);
  return [
    `When it waits, it asks for: ${seatsOf(source, type, tier, asking.requires)}`,
    `First answer within ${duration(slaS * 1000)} · deadline after ${duration(deadlineS * 1000)} · silence: ${silence(source, asking)}`,
  ];
}

const seatsOf = (source: PolicySource, type: ActionTypeSource | undefined, tier: Tier, requires: string[] | undefined): string =>
  escapeMrkdwn(seatWords(requirementOf(source, type, tier, [{ requires }]).seats));

function silence(source: PolicySource, ...asking: Asking[]): string {
  const said = silenceOf(source, ...asking);
  const hops = hopsOf(said);
  const fallback = said.fallback === undefined || said.fallback === "transfer" ? "reject" : said.fallback;
  if (hops.length === 0) return silenceWords("action", { fallback, transferTo: [] });
  return `handed on to ${joinAnd(hops.map(escapeMrkdwn))}, in the end rejected`;
}

/** What a rule asks for beside the tier, where it differs from what the type asks. */
function changes(source: PolicySource, type: ActionTypeSource, rule: RuleSource): string {
  const said = [
    rule.requires === undefined || !isHardTier(rule.tier) ? null : `asks for ${seatsOf(source, type, rule.tier, rule.requires)}`,
    rule.queue === undefined ? null : `in the queue ${escapeMrkdwn(rule.queue)}`,
    rule.sla === undefined ? null : `first answer within ${duration(rule.sla * 1000)}`,
    rule.deadline === undefined ? null : `deadline after ${duration(rule.deadline * 1000)}`,
    rule.fallback === undefined ? null : `silence: ${silence(source, rule, type)}`,
  ].filter((part) => part !== null);
  return said.length === 0 ? "" : ` · ${said.join(" · ")}`;
}

/** A type that is not in the risk map: what that means, and which of the known ones look like it. */
function unknownType(policy: Policy, name: string, queues: readonly string[]): string {
  const { source } = policy;
  const { unknown, defaults } = source;
  const strictest = unknown.tier === "hard_stop";
  const [section] = name.split(".");
  const alike = Object.entries(source.action_types)
    .filter(([known, type]) => queues.includes(queueOf(source, type)) && globMatcher([`${section}.**`])(known))
    .map(([known]) => `\`${known}\``);
  return [
    `${code(name, 100)} is not in the risk map, so ${strictest ? "it counts as the strictest there is" : "the rule for unknown types applies"}: *${tierWords(unknown.tier)}* – ${TIERS[unknown.tier]}.`,
    ...(isHardTier(unknown.tier) ? askedLines(source, undefined, { requires: unknown.requires }, unknown.tier) : []),
    `Queue: ${escapeMrkdwn(unknown.queue ?? defaults.queue)} · never answered in a batch${strictest ? "" : " · rules can make it stricter"}`,
    ...(alike.length === 0 ? [] : [`Known ones like it: ${alike.slice(0, 5).join(", ")}`]),
    "Next: `/countersign policy`",
  ].join("\n");
}

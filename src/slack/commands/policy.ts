import { own } from "../../domain/base/own.ts";
import type { CompiledRule, Policy } from "../../domain/policy/compile.ts";
import { globMatcher } from "../../domain/policy/glob.ts";
import { riskTier } from "../../domain/policy/judge.ts";
import { STAKES } from "../../domain/policy/present.ts";
import { seatsOf } from "../../domain/policy/requirement.ts";
import { silenceWords, unconfirmedWords } from "../../domain/policy/silence.ts";
import type { ActionTypeSource, PolicySource, RuleSource } from "../../domain/policy/source.ts";
import { type TermsSource, termsOf } from "../../domain/policy/terms.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import type { Tier } from "../../domain/shapes/vocabulary.ts";
import { ASKED_FIRST, isHardTier, TIER_ROWS } from "../../domain/tiers.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";

import { code, tierWords } from "../telling/states.ts";
import { duration, escapeMrkdwn, joinAnd } from "../text.ts";
import { type Asked, ownQueues } from "./asker.ts";
import { tryPolicy } from "./policy-try.ts";

const words = say.commands.policy;

/** `/countersign policy [TYPE]`: the action types and rules of the asker's queues, or all that counts for one type. */
export async function showPolicy(parts: SlackParts, asked: Asked, [word, ...more]: string[]): Promise<string> {
  if (word === "try") return tryPolicy(parts, asked, more);
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const policy = parts.engine.policy();
  if (word === undefined) return overview(policy, queues);
  // What looks like a host comes as a link.
  const name = word.replace(/^<https?:\/\/[^|>]*\|([^>]+)>$/, "$1").replaceAll("`", "");
  const type = own(policy.source.action_types, name);
  if (type === undefined) return unknownType(policy, name, queues);
  const places = [queueOf(policy.source, type), ...rulesOf(policy, name).flatMap(({ source }) => source.queue ?? [])];
  if (!places.some((queue) => queues.includes(queue)))
    return `${words.notInYours(code(name, 100), queues.join(", "))} ${say.commands.next("policy")}`;
  return oneType(policy, name, type);
}

/** An answer has at most fifteen lines, and Slack shows about 4,000 characters of one well. */
const LINES_MAX = 15;
const CHARACTERS_MAX = 3500;
/** What the types take of the overview when there are more rules than lines. */
const TYPE_LINES = 6;
const TYPE_CHARACTERS = 1500;
const NAMES_CHARACTERS = 500;

function overview(policy: Policy, queues: readonly string[]): string {
  const { source } = policy;
  const types = Object.entries(source.action_types).filter(([, type]) => queues.includes(queueOf(source, type)));
  const rules = policy.rules.filter((rule) => appliesIn(rule, types, queues)).map((rule) => `• ${ruleLine(rule.source)}`);
  const head = words.head(policy.version.slice(7, 19), queues.map(escapeMrkdwn).join(", "), tierWords(source.unknown.tier));
  const heading = words.rules;
  const next = say.commands.next(`policy ${types[0]?.[0] ?? "TYPE"}`);
  const room = LINES_MAX - [head, heading, next].length;
  const typeLines = fitLines(
    types.map(typeLine),
    { lines: Math.max(TYPE_LINES, room - Math.max(1, rules.length)), characters: TYPE_CHARACTERS },
    (shown) => listed(types.slice(shown).map(([name]) => `\`${name}\``)),
  );
  const left = CHARACTERS_MAX - [head, ...typeLines, heading, next].join("\n").length;
  const ruleLines = fitLines(
    rules.length === 0 ? [`• ${words.none}`] : rules,
    { lines: room - typeLines.length, characters: left - 80 },
    () => words.nameType,
  );
  return [head, ...typeLines, heading, ...ruleLines, next].join("\n");
}

/** As many of the lines as there is room for, and what to know of the others. */
function fitLines(lines: string[], room: { lines: number; characters: number }, rest: (shown: number) => string): string[] {
  const shown = Math.min(countWithin(lines, room.characters), lines.length <= room.lines ? lines.length : room.lines - 1);
  if (shown === lines.length) return lines;
  return [...lines.slice(0, shown), words.more(lines.length - shown, rest(shown))];
}

/** How many of them, from the first on, have room in so many characters. */
function countWithin(items: readonly string[], characters: number): number {
  let left = characters;
  const over = items.findIndex((item) => {
    left -= item.length + 2;
    return left < 0;
  });
  return over === -1 ? items.length : over;
}

/** Names in a row, each whole. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, countWithin(names, NAMES_CHARACTERS));
  return [...shown, ...(shown.length < names.length ? ["…"] : [])].join(", ");
}

const queueOf = (source: PolicySource, type: ActionTypeSource): string => type.queue ?? source.defaults.queue;
const rulesOf = (policy: Policy, type: string): CompiledRule[] => policy.rules.filter((rule) => rule.appliesTo(type));

/** What the asker may review: a rule about one of their types, one that asks in their queue, and one about everything. */
function appliesIn({ source, appliesTo }: CompiledRule, types: readonly [string, unknown][], queues: readonly string[]): boolean {
  if (source.for === undefined || types.some(([name]) => appliesTo(name))) return true;
  return source.queue !== undefined && queues.includes(source.queue);
}

function typeLine([name, type]: [string, ActionTypeSource]): string {
  const owner = type.owner === undefined ? "" : ` · ${words.owner(`<@${type.owner}>`)}`;
  const basis = type.basis === undefined ? "" : ` · ${escapeMrkdwn(type.basis)}`;
  return `• \`${name}\` ${type.impact}, ${type.reversibility}${basis}${owner}`;
}

function ruleLine(rule: RuleSource, withTypes = true): string {
  const types = !withTypes
    ? ""
    : rule.for === undefined
      ? ` · ${words.everyType}`
      : ` · ${rule.for.map((one) => code(one, 60)).join(", ")}`;
  return `${escapeMrkdwn(rule.name)}: *${tierWords(rule.tier)}*${types} · ${conditionOf(rule)}`;
}

function conditionOf(rule: RuleSource): string {
  if ("when" in rule) return words.when(code(rule.when, 200));
  if ("below" in rule) return words.below(rule.signal, rule.below);
  if ("above" in rule) return words.above(rule.signal, rule.above);
  return words.errorCost(rule.review_cost, code(rule.error_cost, 200));
}

const TIERS: Record<Tier, string> = words.tiers;

function oneType(policy: Policy, name: string, type: ActionTypeSource): string {
  const { source } = policy;
  const rules = rulesOf(policy, name);
  const facts = [
    type.basis === undefined ? null : escapeMrkdwn(type.basis),
    type.owner === undefined ? null : words.owner(`<@${type.owner}>`),
    `policy \`${policy.version.slice(7, 19)}\``,
  ].filter((fact) => fact !== null);
  const head = [
    `*${code(name, 100)}* · queue ${escapeMrkdwn(queueOf(source, type))} · ${facts.join(" · ")}`,
    words.impact(type.impact, type.reversibility, STAKES[type.reversibility], tierEverywhere(source, type)),
    askedLine(policy, type),
    ...(type.undo === undefined ? [] : [undoLine(type, type.undo)]),
    words.rulesOf,
  ];
  const next = say.commands.next("policy");
  const said = rules.map(({ source: rule }): SaidRule => {
    const asked = changes(policy, type, rule);
    return {
      line: `• ${ruleLine(rule, false)}${asked}`,
      short: `${escapeMrkdwn(rule.name)} (${tierWords(rule.tier)})`,
      asks: asked !== "",
    };
  });
  const room = { lines: LINES_MAX - head.length - 1, characters: CHARACTERS_MAX - [...head, next].join("\n").length };
  return [...head, ...(said.length === 0 ? [`• ${words.none}`] : allRules(said, room)), next].join("\n");
}

/** What may be done at once, and looked at afterwards. */
function undoLine({ unconfirmed = "rollback", undo_rehearsed: withinS }: ActionTypeSource, undo: string): string {
  const within = withinS === undefined ? null : duration(withinS * 1000);
  return words.undo(escapeMrkdwn(undo), unconfirmedWords(unconfirmed), within);
}

type SaidRule = { line: string; short: string; asks: boolean };

/**
 * All of them are named: several share a line before any is left out, and what changes who is asked or by when is told before
 * what does not.
 */
function allRules(rules: readonly SaidRule[], room: { lines: number; characters: number }): string[] {
  const lines = rules.map((rule) => rule.line);
  if (countWithin(lines, room.characters) === lines.length) return packed(lines, room.lines);
  const ordered = [...rules.filter((rule) => rule.asks), ...rules.filter((rule) => !rule.asks)];
  const shown = countWithin(
    ordered.map((rule) => rule.line),
    room.characters - NAMES_CHARACTERS - 100,
  );
  const rest = ordered.slice(shown).map((rule) => rule.short);
  const told = ordered.slice(0, shown).map((rule) => rule.line);
  return [...packed(told, room.lines - 1), words.more(rest.length, listed(rest))];
}

function packed(lines: readonly string[], linesMax: number): string[] {
  const each = Math.max(1, Math.ceil(lines.length / linesMax));
  return lines.flatMap((_line, i) => (i % each === 0 ? [lines.slice(i, i + each).join("  ")] : []));
}

const baseTier = (type: ActionTypeSource, environment: string): Tier => own(type.environments, environment) ?? riskTier(type);

/** "sandbox, dev: autonomous (runs alone) · production: …". */
function tierEverywhere(source: PolicySource, type: ActionTypeSource): string {
  const byTier = new Map<Tier, string[]>();
  for (const environment of source.environments) {
    const tier = baseTier(type, environment);
    byTier.set(tier, [...(byTier.get(tier) ?? []), environment]);
  }
  const said = (tier: Tier) => `${tierWords(tier)} (${TIERS[tier]})`;
  const [only] = byTier.keys();
  if (byTier.size === 1 && only !== undefined) return words.everywhere(said(only));
  return [...byTier].map(([tier, environments]) => `${environments.map(escapeMrkdwn).join(", ")}: ${said(tier)}`).join(" · ");
}

/** Who is asked when it comes to wait, by when, and what silence does. */
function askedLine(
  policy: Policy,
  type: ActionTypeSource | undefined,
  wants: TermsSource = type ?? {},
  tier: Tier = ASKED_FIRST,
): string {
  const terms = saidTerms(policy, wants);
  return words.asks(seatsAsked(policy.source, type, tier, wants.requires), terms.sla, terms.deadline, terms.silence);
}

const seatsAsked = (
  source: PolicySource,
  type: ActionTypeSource | undefined,
  tier: Tier,
  requires: string[] | undefined,
): string => escapeMrkdwn(seatWords(seatsOf(source, type, tier, requires ?? [])));

type Said = { queue: string; sla: string; deadline: string; silence: string };

/** What would really hold when all of these speak, not each one's own words. */
function saidTerms(policy: Policy, ...wants: TermsSource[]): Said {
  const terms = termsOf(policy, wants, ASKED_FIRST);
  const hops = terms.transferTo.map(({ queue }) => escapeMrkdwn(queue));
  return {
    queue: terms.queue,
    sla: duration(terms.slaS * 1000),
    deadline: duration(terms.deadlineS * 1000),
    silence: hops.length > 0 ? words.handedOn(joinAnd(hops)) : silenceWords("action", terms),
  };
}

/**
 * What a rule changes beside the tier: who is asked, and where the times, the queue or the silence would be others than without
 * it.
 */
function changes(policy: Policy, type: ActionTypeSource, rule: RuleSource): string {
  const { source } = policy;
  const [without, withIt] = [saidTerms(policy, type), saidTerms(policy, rule, type)];
  const other = (name: keyof Said, said: string) => (without[name] === withIt[name] ? null : `${said} ${withIt[name]}`);
  // Where the risk map is as strict as the rule, both ask; where it depends on the environment, only the rule's own people are
  // told.
  const bothAsk = source.environments.every((environment) => baseTier(type, environment) === rule.tier);
  const besides = bothAsk ? (type.requires ?? []) : [];
  const waiting = [
    rule.requires === undefined ? null : words.asksFor(seatsAsked(source, type, rule.tier, [...besides, ...rule.requires])),
    other("sla", words.sla),
    other("deadline", words.deadline),
    other("silence", words.silence),
  ];
  const where = without.queue === withIt.queue ? null : words.inQueue(escapeMrkdwn(withIt.queue));
  // Nobody waits for an answer to what runs alone.
  const said = [where, ...(isHardTier(rule.tier) ? waiting : [])].filter((part) => part !== null);
  return said.length === 0 ? "" : ` · ${said.join(" · ")}`;
}

/** A type that is not in the risk map: what that means, and which of the known ones look like it. */
function unknownType(policy: Policy, name: string, queues: readonly string[]): string {
  const { source } = policy;
  const { unknown, defaults } = source;
  const strictest = TIER_ROWS[unknown.tier].doneBy === "person";
  const [section] = name.split(".");
  const alike = Object.entries(source.action_types)
    .filter(([known, type]) => queues.includes(queueOf(source, type)) && globMatcher([`${section}.**`])(known))
    .map(([known]) => `\`${known}\``);
  return [
    words.unknownType(code(name, 100), strictest, tierWords(unknown.tier), TIERS[unknown.tier]),
    ...(isHardTier(unknown.tier) ? [askedLine(policy, undefined, unknown, unknown.tier)] : []),
    words.unknownQueue(escapeMrkdwn(unknown.queue ?? defaults.queue), strictest),
    ...(alike.length === 0 ? [] : [words.alike(alike.slice(0, 5).join(", "))]),
    say.commands.next("policy"),
  ].join("\n");
}

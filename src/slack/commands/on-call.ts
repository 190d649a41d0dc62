import { refuseAccount } from "../../domain/people/authority.ts";
import { queuesOf } from "../../domain/people/directory.ts";
import { chainOf } from "../../domain/policy/chain.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";

import { onCallLine, sourceWord } from "../telling/paging.ts";
import { code, notYourQueue } from "../telling/states.ts";
import { escapeMrkdwn, mentions, when } from "../text.ts";
import type { Asked } from "./asker.ts";

/**
 * `/countersign oncall`: who is paged now, who follows, and the whole chain of each queue; overrides, set and ended by admins.
 */
const OVERRIDE_S_MAX = 14 * 86_400;
const words = say.commands.onCall;
const USAGE = words.usage;

export async function showOnCall(parts: SlackParts, asked: Asked, typed: string[]): Promise<string> {
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const own = queuesOf(parts.directory(), asked.userId);
  const isAdmin = parts.directory().admins.has(asked.userId);
  const queues = isAdmin ? [...parts.directory().queues.keys()] : own;
  const refusal = refuseAccount(parts.directory(), person);
  if (refusal !== null) return refusal.detail;
  if (queues.length === 0) return say.commands.notReviewer;
  const [word, ...rest] = typed;
  if (word === "override" || word === "clear") {
    if (!isAdmin) return words.adminsOnly;
    return word === "override" ? override(parts, asked, rest) : clear(parts, asked, rest);
  }
  if (word !== undefined && !queues.includes(word)) return notYourQueue(word, queues);
  return chains(parts, word === undefined ? queues : [word]);
}

/** With the last line an answer has at most fifteen. */
const LINES_MAX = 14;

async function chains(parts: SlackParts, queues: readonly string[]): Promise<string> {
  const now = await parts.engine.now();
  const paging = parts.engine.policy().source.paging;
  const queueLines = queues.map((queue) => {
    const plan = paging[queue];
    if (plan === undefined) return [words.pagesNobody(escapeMrkdwn(queue))];
    const steps = chainOf(plan).map(({ source, label, waitS }, i, all) =>
      onCallLine(parts, { label, who: source, waitS: i === all.length - 1 ? null : waitS, queue }, now),
    );
    return [`*${escapeMrkdwn(queue)}*`, ...steps];
  });
  return [...withinLines(queueLines), `${words.noAuthority} ${say.commands.next("queue")}`].join("\n");
}

/** As many queues as there is room for, each with its whole chain; only a chain that is longer than an answer is cut. */
function withinLines(queueLines: readonly string[][]): string[] {
  const all = queueLines.flat();
  if (all.length <= LINES_MAX) return all;
  const fitting = queueLines.findIndex((_one, i) => queueLines.slice(0, i + 1).flat().length > LINES_MAX - 1);
  const shown = queueLines.slice(0, Math.max(1, fitting)).flat();
  return [...shown.slice(0, LINES_MAX - 1), words.askForOne];
}

/** "@ben 4h cloud-on-call": from now on. A name typed without Slack's help may have several words; the span of time ends it. */
async function override(parts: SlackParts, asked: Asked, typed: string[]): Promise<string> {
  const mentioned = typed[0]?.startsWith("<@") ?? false;
  const ends = mentioned ? 1 : typed.findIndex((word, i) => i > 0 && /^\d/.test(word));
  const who = typed.slice(0, ends === -1 ? typed.length : ends).join(" ");
  const [span, wanted] = ends === -1 ? [] : typed.slice(ends);
  if (who === "") return `${words.sayWho} ${USAGE}`;
  const person = personOf(parts, who);
  if ("refused" in person) return `${person.refused} ${USAGE}`;
  if (span === undefined) return `${words.sayHowLong(`<@${person.userId}>`)} ${USAGE}`;
  const seconds = secondsOf(span);
  if (typeof seconds !== "number") return `${seconds.refused} ${USAGE}`;
  const source = sourceFor(parts, person.userId, wanted);
  if (typeof source !== "string") return source.refused;
  const set = await parts.engine.setOverride(source, person.userId, seconds, asked.userId);
  const until = when(set.until, "{date_short_pretty} {time}");
  const said = words.set(`<@${person.userId}>`, source, sourceWord(parts, source), until, `<@${asked.userId}>`);
  return `${said} ${words.noAuthority} ${say.commands.next("oncall")}`;
}

async function clear(parts: SlackParts, asked: Asked, [source]: string[]): Promise<string> {
  if (source === undefined) return words.sayWhich(sourcesOf(parts));
  if (!parts.directory().onCall.has(source)) return unknownSource(parts, source);
  const ended = await parts.engine.clearOverrides(source, asked.userId);
  return `${ended === 0 ? words.noOverride(source) : words.ended(ended, source)} ${say.commands.next("oncall")}`;
}

const sourcesOf = (parts: SlackParts): string =>
  [...parts.directory().onCall.keys()].map(escapeMrkdwn).join(", ") || words.noSource;
const unknownSource = (parts: SlackParts, name: string): string => words.unknownSource(code(name), sourcesOf(parts));

/** The one named; without a name the only first step of the person's queues, if it is only one. */
function sourceFor(parts: SlackParts, userId: string, wanted: string | undefined): string | { refused: string } {
  if (wanted !== undefined) return parts.directory().onCall.has(wanted) ? wanted : { refused: unknownSource(parts, wanted) };
  const paging = parts.engine.policy().source.paging;
  const queues = queuesOf(parts.directory(), userId);
  const firsts = new Set(queues.flatMap((queue) => paging[queue]?.chain[0]?.who ?? []));
  const [only] = firsts;
  if (firsts.size === 1 && only !== undefined) return only;
  return { refused: `${words.sayForWhich(sourcesOf(parts))} ${USAGE}` };
}

/**
 * Slack sends people as `<@U…|name>`, where it knows them; a plain name, or one word of it, is understood where only one reviewer
 * has it.
 */
function personOf(parts: SlackParts, typed: string): { userId: string } | { refused: string } {
  const { reviewers } = parts.directory();
  const [, id] = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(typed) ?? [];
  if (id !== undefined) return reviewers.has(id) ? { userId: id } : { refused: words.notReviewer(`<@${id}>`) };
  if (reviewers.has(typed)) return { userId: typed };
  const name = typed.replace(/^@/, "").toLowerCase();
  const all = [...reviewers.values()];
  const whole = all.filter((one) => one.name.toLowerCase() === name);
  const named = whole.length > 0 ? whole : all.filter((one) => one.name.toLowerCase().split(/\s+/).includes(name));
  const [only] = named;
  if (only === undefined) return { refused: words.notReviewer(code(typed)) };
  if (named.length === 1) return { userId: only.userId };
  return { refused: words.ambiguous(code(typed), mentions(named.map((one) => one.userId))) };
}

function secondsOf(span: string): number | { refused: string } {
  const [, count, unit] = /^(\d{1,9})(m|h|d)$/.exec(span) ?? [];
  if (count === undefined) return { refused: words.noSpan(code(span, 20)) };
  const seconds = Number(count) * { m: 60, h: 3600, d: 86_400 }[unit as "m" | "h" | "d"];
  if (seconds === 0) return { refused: words.noTime(code(span, 20)) };
  return seconds <= OVERRIDE_S_MAX ? seconds : { refused: words.tooLong(code(span, 20)) };
}

import { refuseAccount } from "../domain/authority.ts";
import { clearOverrides, setOverride } from "../engine/on-call.ts";
import type { Asked } from "./asker.ts";
import type { SlackParts } from "./clicks.ts";
import { queuesOf } from "./digests.ts";
import { onCallLine, sourceWord } from "./paging-words.ts";
import { escapeMrkdwn, when } from "./text.ts";

/** `/countersign oncall`: who is called now, who follows, and the whole chain of each queue; overrides, set and ended by admins. */
const OVERRIDE_S_MAX = 14 * 86_400;
const USAGE =
  "Use `/countersign oncall override @person 4h [SOURCE]` (m, h or d; at most 14d), or `/countersign oncall clear SOURCE`.";

export async function showOnCall(parts: SlackParts, asked: Asked, words: string[]): Promise<string> {
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const own = queuesOf(parts.directory(), asked.userId);
  const isAdmin = parts.directory().admins.has(asked.userId);
  const queues = isAdmin ? [...parts.directory().queues.keys()] : own;
  const refusal = refuseAccount(parts.directory(), person);
  if (refusal !== null) return refusal.detail;
  if (queues.length === 0) return "You aren't a reviewer of any queue, so there is nothing to show you. An admin can add you.";
  const [word, ...rest] = words;
  if (word === "override" || word === "clear") {
    if (!isAdmin) return "Only admins can change who is on call. They stand in the configuration under `admins`.";
    return word === "override" ? override(parts, asked, rest) : clear(parts, asked, rest);
  }
  if (word !== undefined && !queues.includes(word))
    return `You don't review a queue named \`${escapeMrkdwn(word.slice(0, 40))}\`. Yours: ${queues.join(", ")}.`;
  return chains(parts, word === undefined ? queues : [word]);
}

const LINES_MAX = 13;

async function chains(parts: SlackParts, queues: readonly string[]): Promise<string> {
  const now = await parts.engine.now();
  const paging = parts.engine.parts.policies.current().source.paging;
  const lines = queues.flatMap((queue) => {
    const plan = paging[queue];
    if (plan === undefined) return [`*${escapeMrkdwn(queue)}*  pages nobody: its cards stand in the channel`];
    const steps = plan.chain.map(({ who, label, wait }, i) => {
      const waitS = i === plan.chain.length - 1 ? null : (wait ?? 600);
      return onCallLine(parts.engine.parts, { label: label ?? who.replaceAll(/[-_]/g, " "), who, waitS }, now);
    });
    return [`*${escapeMrkdwn(queue)}*`, ...steps];
  });
  const shown =
    lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX - 1), "… ask for one queue: `/countersign oncall NAME`"] : lines;
  return [...shown, "Being paged gives nobody the right to decide. Next: `/countersign queue`"].join("\n");
}

/** "@ben 4h cloud-on-call": from now on. */
async function override(parts: SlackParts, asked: Asked, [who = "", span = "", wanted]: string[]): Promise<string> {
  const userId = personOf(parts, who);
  if (userId === null) return `${escapeMrkdwn(who.slice(0, 40)) || "Nobody"} is not among the reviewers. ${USAGE}`;
  const seconds = secondsOf(span);
  if (seconds === null) return `\`${escapeMrkdwn(span.slice(0, 20))}\` is no span of time. ${USAGE}`;
  const source = sourceFor(parts, userId, wanted);
  if (typeof source !== "string") return source.refused;
  const set = await setOverride(parts.engine.parts, source, userId, seconds, asked.userId);
  const until = when(set.until, "{date_short_pretty} {time}");
  return `<@${userId}> is on call for \`${source}\` (${sourceWord(parts.engine.parts, source)}) until ${until}, by <@${asked.userId}>. Being paged gives nobody the right to decide. Next: \`/countersign oncall\``;
}

async function clear(parts: SlackParts, asked: Asked, [source = ""]: string[]): Promise<string> {
  if (!parts.directory().onCall.has(source)) return unknownSource(parts, source);
  const ended = await clearOverrides(parts.engine.parts, source, asked.userId);
  return ended === 0
    ? `No override of \`${source}\` is in force. Next: \`/countersign oncall\``
    : `${ended === 1 ? "The override" : `${ended} overrides`} of \`${source}\` ended. Next: \`/countersign oncall\``;
}

const unknownSource = (parts: SlackParts, name: string): string =>
  `There is no on-call source \`${escapeMrkdwn(name.slice(0, 40))}\`. There are: ${[...parts.directory().onCall.keys()].join(", ") || "none"}.`;

/** The one named; without a name the only first step of the person's queues, if it is only one. */
function sourceFor(parts: SlackParts, userId: string, wanted: string | undefined): string | { refused: string } {
  if (wanted !== undefined) return parts.directory().onCall.has(wanted) ? wanted : { refused: unknownSource(parts, wanted) };
  const paging = parts.engine.parts.policies.current().source.paging;
  const queues = queuesOf(parts.directory(), userId);
  const firsts = new Set(queues.flatMap((queue) => paging[queue]?.chain[0]?.who ?? []));
  const [only] = firsts;
  if (firsts.size === 1 && only !== undefined) return only;
  return { refused: `Say for which: ${[...parts.directory().onCall.keys()].join(", ") || "no source is configured"}. ${USAGE}` };
}

/** Slack sends people as `<@U…|name>`; a plain name is understood where only one reviewer has it. */
function personOf(parts: SlackParts, word: string): string | null {
  const [, id] = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word) ?? [];
  const reviewers = [...parts.directory().reviewers.values()];
  if (id !== undefined) return parts.directory().reviewers.has(id) ? id : null;
  const named = reviewers.filter((one) => one.name.toLowerCase() === word.replace(/^@/, "").toLowerCase());
  return named.length === 1 ? (named[0]?.userId ?? null) : null;
}

function secondsOf(span: string): number | null {
  const [, count, unit] = /^(\d{1,4})(m|h|d)$/.exec(span) ?? [];
  if (count === undefined) return null;
  const seconds = Number(count) * { m: 60, h: 3600, d: 86_400 }[unit as "m" | "h" | "d"];
  return seconds >= 60 && seconds <= OVERRIDE_S_MAX ? seconds : null;
}

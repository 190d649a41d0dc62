import type { ResponseTimes } from "../../engine/watching/stats.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";

import { code, notYourQueue } from "../telling/states.ts";
import { duration, escapeMrkdwn } from "../text.ts";
import { type Asked, ownQueues } from "./asker.ts";

const words = say.commands.stats;

/** `/countersign stats [7d] [QUEUE]`: what was decided, how fast, and whether in time. */
export async function showStats(parts: SlackParts, asked: Asked, typed: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const wanted = typed.find((word) => queues.includes(word));
  const span = typed.find((word) => word !== wanted && /^\d+[a-z]*$/i.test(word));
  const other = typed.find((word) => word !== wanted && word !== span);
  if (other !== undefined) return notYourQueue(other, queues);
  const days = daysOf(span ?? "7d");
  if (days === null) return words.badSpan(code(span ?? ""), DAYS_MAX);
  const shown = wanted === undefined ? queues : [wanted];
  const { decisions: d, queues: depths, outbox, responses, newestOnly } = await parts.engine.stats(days, shown);
  const isAdmin = parts.directory().admins.has(asked.userId);
  return [
    words.head(days, wanted ?? queues.join(", ")),
    ...(newestOnly === null ? [] : [words.newestOnly(newestOnly)]),
    words.decided(d.human, sharesOf(d)),
    words.nobodyAnswered(d.timeout),
    words.first,
    ...responseLines(responses),
    words.waiting(depths.map((q) => `${q.queue} ${q.open}${q.overdueSla > 0 ? words.late(q.overdueSla) : ""}`).join(" · ")),
    // They are of the whole house, not of the asker's queues.
    ...(isAdmin ? [words.deliveries(outbox.owed, outbox.delayed, outbox.uncertain, outbox.dead)] : []),
    say.commands.next("queue"),
  ].join("\n");
}

type Decided = { human: number; approved: number; modified: number; rejected: number };

/** "approved 58 %, changed 8 %, …": what is nothing stands there too, except the rest. */
function sharesOf({ human, approved, modified, rejected }: Decided): string {
  if (human === 0) return "";
  const { shares } = words;
  const counts: [string, number][] = [
    [shares.approved, approved],
    [shares.changed, modified],
    [shares.rejected, rejected],
  ];
  const other = human - approved - modified - rejected;
  if (other > 0) counts.push([shares.other, other]);
  const percents = percentsOf(counts.map(([, count]) => count));
  return counts.map(([what], i) => words.share(what, percents[i] ?? 0)).join(" · ");
}

/** Whole percents of these counts, which add up to 100: the largest remainders are rounded up. */
export function percentsOf(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return counts.map(() => 0);
  const exact = counts.map((count) => (100 * count) / all);
  const missing = 100 - exact.reduce((sum, one) => sum + Math.floor(one), 0);
  const up = exact
    .map((one, i) => ({ i, rest: one - Math.floor(one) }))
    .sort((a, b) => b.rest - a.rest)
    .slice(0, missing);
  return exact.map((one, i) => Math.floor(one) + (up.some((each) => each.i === i) ? 1 : 0));
}

const DAYS_MAX = 999;

function daysOf(span: string): number | null {
  const days = Number(/^(\d{1,4})d$/.exec(span)?.[1] ?? 0);
  return days >= 1 && days <= DAYS_MAX ? days : null;
}

const LINES_MAX = 7;

/** By priority and queue; what nobody has answered yet counts as missed once its time is over. */
function responseLines(responses: readonly ResponseTimes[]): string[] {
  if (responses.length === 0) return [`• ${words.nothingAsked}`];
  const took = (s: number | null) => (s === null ? "–" : duration(s * 1000));
  const lines = responses.map((one) => {
    const due = one.inTime + one.late;
    const kept = due === 0 ? "–" : words.kept(Math.round((100 * one.inTime) / due), due);
    return `• ${escapeMrkdwn(one.queue)}, ${one.priority}: ${took(one.medianS)} · ${took(one.p95S)} · ${kept}`;
  });
  return lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), `• ${words.nameQueue}`] : lines;
}

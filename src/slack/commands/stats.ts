import type { ResponseTimes } from "../../engine/watching/stats.ts";
import type { SlackParts } from "../listening/target.ts";
import { code, notYourQueue } from "../telling/states.ts";
import { duration, escapeMrkdwn } from "../text.ts";
import { type Asked, ownQueues } from "./asker.ts";

/** `/countersign stats [7d] [QUEUE]`: what was decided, how fast, and whether in time. */
export async function showStats(parts: SlackParts, asked: Asked, words: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const wanted = words.find((word) => queues.includes(word));
  const span = words.find((word) => word !== wanted && /^\d+[a-z]*$/i.test(word));
  const other = words.find((word) => word !== wanted && word !== span);
  if (other !== undefined) return notYourQueue(other, queues);
  const days = daysOf(span ?? "7d");
  if (days === null)
    return `${code(span ?? "")} is no span that stats knows: whole days, from 1d to ${DAYS_MAX}d, such as \`/countersign stats 7d\`.`;
  const shown = wanted === undefined ? queues : [wanted];
  const { decisions: d, queues: depths, outbox, responses } = await parts.engine.stats(days, shown);
  const share = (n: number) => (d.human === 0 ? "–" : `${Math.round((100 * n) / d.human)} %`);
  return [
    `*Last ${days === 1 ? "day" : `${days} days`}* in ${wanted ?? queues.join(", ")}`,
    `Decided by people: ${d.human} · approved ${share(d.approved)} · changed ${share(d.modified)} · rejected ${share(d.rejected)}`,
    `Nobody answered: ${d.timeout}`,
    "First answer (median · 95 % within · in time):",
    ...responseLines(responses),
    `Waiting now: ${depths.map((q) => `${q.queue} ${q.open}${q.overdueSla > 0 ? ` (${q.overdueSla} late)` : ""}`).join(" · ") || "nothing"}`,
    `Deliveries: ${outbox.owed} owed (${outbox.delayed} delayed) · ${outbox.uncertain} uncertain · ${outbox.dead} dead`,
    "Next: `/countersign queue`",
  ].join("\n");
}

const DAYS_MAX = 999;

function daysOf(span: string): number | null {
  const days = Number(/^(\d{1,4})d$/.exec(span)?.[1] ?? 0);
  return days >= 1 && days <= DAYS_MAX ? days : null;
}

const LINES_MAX = 7;

/** By priority and queue; what nobody has answered yet counts as missed once its time is over. */
function responseLines(responses: readonly ResponseTimes[]): string[] {
  if (responses.length === 0) return ["• nothing was asked"];
  const took = (s: number | null) => (s === null ? "–" : duration(s * 1000));
  const lines = responses.map((one) => {
    const due = one.inTime + one.late;
    const kept = due === 0 ? "–" : `${Math.round((100 * one.inTime) / due)} % of ${due}`;
    return `• ${escapeMrkdwn(one.queue)}, ${one.priority}: ${took(one.medianS)} · ${took(one.p95S)} · ${kept}`;
  });
  return lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), "• … name a queue to see all of it"] : lines;
}

import { inPriorityOrder } from "../../domain/paging/priority.ts";
import type { SlackParts } from "../listening/target.ts";
import { waitingFor } from "../lists/waiting-for.ts";
import { code, notYourQueue, oneLine } from "../telling/states.ts";
import { type Asked, ownQueues } from "./asker.ts";
import { showOnCall } from "./on-call.ts";
import { showPolicy } from "./policy.ts";
import { showOne } from "./show.ts";
import { showStats } from "./stats.ts";

/**
 * `/countersign …`: short ephemeral answers, ending with the next useful command. What reads shows only what the asker may
 * review.
 */

const COMMANDS: Record<string, (parts: SlackParts, asked: Asked, words: string[]) => Promise<string>> = {
  help: async () => HELP,
  queue: showQueue,
  mine: showMine,
  show: showOne,
  stats: showStats,
  oncall: showOnCall,
  policy: showPolicy,
};

const HELP = [
  "*Countersign* – agents ask, people decide.",
  "`/countersign queue [NAME]`  what waits, most pressing first, and who was paged",
  "`/countersign mine`  what waits for you",
  "`/countersign show ID`  one escalation with its history; the end of the id is enough, such as `NQkE`",
  "`/countersign oncall [NAME]`  who is called now, next, and after that",
  "`/countersign oncall override @person 4h [SOURCE]`, `oncall clear SOURCE`  for admins",
  "`/countersign stats [7d] [QUEUE]`  decisions, waiting times, deliveries",
  "`/countersign policy [TYPE]`  the action types and rules in force, or all that counts for one type",
  "Next: `/countersign mine`",
].join("\n");

export async function onCommand(parts: SlackParts, asked: Asked): Promise<string> {
  const [name = "help", ...words] = asked.text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  if (command === undefined) return `There is no ${code(name)}. ${nearest(name)}Try \`/countersign help\`.`;
  return command(parts, asked, words);
}

function nearest(name: string): string {
  const close = Object.keys(COMMANDS).find((known) => known.startsWith(name.slice(0, 2).toLowerCase()));
  return close === undefined ? "" : `Did you mean \`${close}\`? `;
}

/** Of a longer queue the most pressing of those with the nearest deadlines are shown. */
const LOOKED_AT_MAX = 1000;

async function showQueue(parts: SlackParts, asked: Asked, [wanted]: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  if (wanted !== undefined && !queues.includes(wanted)) return notYourQueue(wanted, queues);
  const shown = wanted === undefined ? queues : [wanted];
  const now = await parts.engine.now();
  const waiting = inPriorityOrder(await parts.engine.waitingIn(shown, LOOKED_AT_MAX), now);
  if (waiting.length === 0) return `Nothing waits in ${shown.join(", ")}. Next: \`/countersign stats 7d\``;
  const more = waiting.length > 10 ? ["… and more"] : [];
  return [
    `*Waiting in ${shown.join(", ")}*, most pressing first`,
    ...waiting.slice(0, 10).map((one) => oneLine(one, now)),
    ...more,
    `Next: \`/countersign show ${waiting[0]?.id}\``,
  ].join("\n");
}

async function showMine(parts: SlackParts, asked: Asked): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const now = await parts.engine.now();
  const { found: mine, mayBeMore } = await waitingFor(parts, asked.userId, 11);
  if (mine.length === 0 && mayBeMore)
    return "Nothing for you among the next few thousand deadlines of your queues; more may wait behind them. Next: `/countersign queue`";
  if (mine.length === 0) return "Nothing waits for you. Next: `/countersign queue`";
  return [
    "*Waiting for you*, nearest deadline first",
    ...mine.slice(0, 10).map((one) => oneLine(one, now)),
    ...(mine.length > 10 || mayBeMore ? ["… and more"] : []),
    `Next: \`/countersign show ${mine[0]?.id}\``,
  ].join("\n");
}

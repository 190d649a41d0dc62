import { say } from "../../words/en.ts";
import { waitingFor } from "../lists/waiting-for.ts";
import type { SlackParts } from "../parts.ts";
import { code, notYourQueue, oneLine } from "../telling/states.ts";
import { type Asked, ownQueues } from "./asker.ts";
import { showOnCall } from "./on-call.ts";
import { showPolicy } from "./policy.ts";
import { sessionCommands } from "./sessions.ts";
import { showOne } from "./show.ts";
import { showStats } from "./stats.ts";

/**
 * `/countersign …`: short ephemeral answers, ending with the next useful command. What reads shows only what the asker may
 * review.
 */

const words = say.commands;

const COMMANDS: Record<string, (parts: SlackParts, asked: Asked, words: string[]) => Promise<string>> = {
  help: async () => words.help,
  queue: showQueue,
  mine: showMine,
  show: showOne,
  stats: showStats,
  oncall: showOnCall,
  policy: showPolicy,
  ...sessionCommands,
};

export async function onCommand(parts: SlackParts, asked: Asked): Promise<string> {
  const [name = "help", ...rest] = asked.text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  if (command === undefined) return words.unknown(code(name), nearest(name));
  return command(parts, asked, rest);
}

function nearest(name: string): string {
  return Object.keys(COMMANDS).find((known) => known.startsWith(name.slice(0, 2).toLowerCase())) ?? "";
}

async function showQueue(parts: SlackParts, asked: Asked, [wanted]: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  if (wanted !== undefined && !queues.includes(wanted)) return notYourQueue(wanted, queues);
  const shown = wanted === undefined ? queues : [wanted];
  const now = await parts.engine.now();
  const waiting = await parts.engine.pressingIn(shown, now, 11);
  if (waiting.length === 0) return `${words.nothingWaitsIn(shown.join(", "))} ${words.next("stats 7d")}`;
  const more = waiting.length > 10 ? [words.andMore] : [];
  return [
    words.waitingIn(shown.join(", ")),
    ...waiting.slice(0, 10).map((one) => oneLine(one, now)),
    ...more,
    words.next(`show ${waiting[0]?.id}`),
  ].join("\n");
}

async function showMine(parts: SlackParts, asked: Asked): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const now = await parts.engine.now();
  const { found: mine, mayBeMore } = await waitingFor(parts, asked.userId, 11);
  if (mine.length === 0 && mayBeMore) return `${words.nothingFound} ${words.next("queue")}`;
  if (mine.length === 0) return `${words.nothingForYou} ${words.next("queue")}`;
  return [
    words.waitingForYou,
    ...mine.slice(0, 10).map((one) => oneLine(one, now)),
    ...(mine.length > 10 || mayBeMore ? [words.andMore] : []),
    words.next(`show ${mine[0]?.id}`),
  ].join("\n");
}

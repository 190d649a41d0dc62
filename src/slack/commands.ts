import { authoriseMember } from "../domain/authority.ts";
import type { Escalation } from "../domain/escalation.ts";
import { inPriorityOrder, priorityOf } from "../domain/paging/priority.ts";
import { isRefusal, seatWords } from "../domain/refusal.ts";
import { auditOf } from "../engine/audit.ts";
import { type Asked, ownQueues } from "./asker.ts";
import { pagedPeople } from "./cards/paging.ts";
import type { SlackParts } from "./clicks.ts";
import { showOnCall } from "./on-call-command.ts";
import { showStats } from "./stats-command.ts";
import { duration, escapeMrkdwn, literal, when } from "./text.ts";
import { timelineOf } from "./timeline.ts";
import { waitingFor } from "./waiting-for.ts";

/** `/countersign …`: short ephemeral answers, at most 15 lines, ending with the next useful command. What reads shows only what the asker may review. */

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
  "`/countersign show ID`  one escalation with its history",
  "`/countersign oncall [NAME]`  who is called now, next, and after that",
  "`/countersign oncall override @person 4h [SOURCE]`, `oncall clear SOURCE`  for admins",
  "`/countersign stats [7d] [QUEUE]`  decisions, waiting times, deliveries",
  "`/countersign policy`  the rules in force",
  "Next: `/countersign mine`",
].join("\n");

export async function onCommand(parts: SlackParts, asked: Asked): Promise<string> {
  const [name = "help", ...words] = asked.text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  if (command === undefined)
    return `There is no \`${escapeMrkdwn(name.slice(0, 40))}\`. ${nearest(name)}Try \`/countersign help\`.`;
  return command(parts, asked, words);
}

function nearest(name: string): string {
  const close = Object.keys(COMMANDS).find((known) => known.startsWith(name.slice(0, 2).toLowerCase()));
  return close === undefined ? "" : `Did you mean \`${close}\`? `;
}

const oneLine = (e: Escalation, now: Date): string => {
  const by = e.deadline === null ? "" : ` · by ${when(e.deadline)}`;
  const { claim } = e.paging;
  const paged = claim === null ? pagedPeople(e) : `<@${claim.userId}> is on it`;
  const called = paged === null ? "" : claim === null ? ` · paged ${paged}` : ` · ${paged}`;
  const age = duration(now.getTime() - e.createdAt.getTime());
  return `• ${literal(e.ruling.presentation.title, 70)} – ${priorityOf(e, now).class}, ${age} old${by}${called} · \`${e.id}\``;
};

/** Of a longer queue the most pressing of those with the oldest deadlines are shown. */
const LOOKED_AT_MAX = 1000;

async function showQueue(parts: SlackParts, asked: Asked, [wanted]: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  if (wanted !== undefined && !queues.includes(wanted))
    return `You don't review a queue named \`${escapeMrkdwn(wanted.slice(0, 40))}\`. Yours: ${queues.join(", ")}.`;
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
  const mine = await waitingFor(parts, asked.userId, 11);
  if (mine.length === 0) return "Nothing waits for you. Next: `/countersign queue`";
  return [
    "*Waiting for you*, oldest deadline first",
    ...mine.slice(0, 10).map((one) => oneLine(one, now)),
    ...(mine.length > 10 ? ["… and more"] : []),
    `Next: \`/countersign show ${mine[0]?.id}\``,
  ].join("\n");
}

async function showOne(parts: SlackParts, asked: Asked, [id = ""]: string[]): Promise<string> {
  const loaded = /^esc_[0-9A-Za-z]+$/.test(id) ? await parts.engine.load(id) : null;
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const member = loaded === null ? null : authoriseMember(parts.directory(), loaded.escalation.ruling.queue, person);
  if (loaded === null || member === null || isRefusal(member))
    return "There is no such escalation in your queues. Next: `/countersign queue`";
  const { escalation: e, now } = loaded;
  const reasons = e.ruling.reasons
    .slice(0, 3)
    .map((r) => `${escapeMrkdwn(r.detail)} (${escapeMrkdwn(r.rule)})`)
    .join(" · ");
  const timeline = timelineOf(await auditOf(parts.engine.parts.pool, e.id))
    .slice(-5)
    .map((t) => `• ${when(t.at)} ${t.words}`);
  return [
    `*${literal(e.ruling.presentation.title)}*  \`${e.id}\``,
    `${(e.endedReason ?? e.state).replaceAll("_", " ")} · ${e.ruling.tier.replaceAll("_", " ")} · queue ${e.ruling.queue} · ${escapeMrkdwn(e.agentName)} · round ${e.round}`,
    `Why: ${reasons}`,
    `Needs: ${escapeMrkdwn(seatWords(e.ruling.requirement.seats)) || "nobody"} · policy ${e.ruling.policyVersion.slice(7, 15)}`,
    ...(e.state === "paused_pending_human" ? [pressing(e, now)] : []),
    ...timeline,
    "Next: `/countersign queue`",
  ].join("\n");
}

/** Why it stands where it stands in the queue. */
function pressing(e: Escalation, now: Date): string {
  const priority = priorityOf(e, now);
  const parts = priority.parts.map((part) => `${part.name} ${part.points} (${part.why})`).join(" · ");
  const paged = pagedPeople(e);
  return `Priority: *${priority.class}* – ${parts}${paged === null ? "" : `\nPaged: ${paged}`}`;
}

async function showPolicy(parts: SlackParts, asked: Asked): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const policy = parts.engine.parts.policies.current();
  const types = Object.entries(policy.source.action_types).filter(([, type]) =>
    queues.includes(type.queue ?? policy.source.defaults.queue),
  );
  const lines = types.slice(0, 9).map(([name, type]) => {
    const owner = type.owner === undefined ? "" : ` · owner <@${type.owner}>`;
    return `• \`${name}\` ${type.impact}, ${type.reversibility}${type.basis === undefined ? "" : ` · ${escapeMrkdwn(type.basis)}`}${owner}`;
  });
  const more = types.length > 9 ? [`… and ${types.length - 9} more`] : [];
  return [
    `*Policy* \`${policy.version.slice(7, 19)}\` · ${policy.rules.length} rules · an unknown action type: ${policy.source.unknown.tier.replaceAll("_", " ")}`,
    ...lines,
    ...more,
    "Next: `/countersign queue`",
  ].join("\n");
}

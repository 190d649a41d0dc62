import { authoriseMember, mayDecide } from "../domain/authority.ts";
import type { Escalation } from "../domain/escalation.ts";
import { clip } from "../domain/inert.ts";
import { isRefusal, seatWords } from "../domain/refusal.ts";
import { auditOf } from "../engine/audit.ts";
import { readStats } from "../engine/stats.ts";
import type { SlackParts } from "./clicks.ts";
import { duration, escapeMrkdwn, when } from "./text.ts";
import { timelineOf } from "./timeline.ts";

/** `/countersign …`: short ephemeral answers, at most 15 lines, ending with the next useful command. What reads shows only what the asker may review. */
export type Asked = { text: string; userId: string; teamId: string };

const COMMANDS: Record<string, (parts: SlackParts, asked: Asked, words: string[]) => Promise<string>> = {
  help: async () => HELP,
  queue: showQueue,
  mine: showMine,
  show: showOne,
  stats: showStats,
  policy: showPolicy,
};

const HELP = [
  "*Countersign* – agents ask, people decide.",
  "`/countersign queue [NAME]`  what waits, oldest deadline first",
  "`/countersign mine`  what waits for you",
  "`/countersign show ID`  one escalation with its history",
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

/** The queues whose members the asker belongs to; a refusal sentence for everybody else. */
async function ownQueues(parts: SlackParts, asked: Asked): Promise<string[] | string> {
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const queues = [...parts.directory().queues.values()]
    .filter((queue) => queue.members.includes(asked.userId))
    .map((queue) => queue.name);
  const first = queues[0];
  if (first === undefined) return "You aren't a reviewer of any queue, so there is nothing to show you. An admin can add you.";
  const member = authoriseMember(parts.directory(), first, person);
  return isRefusal(member) ? member.detail : queues;
}

const oneLine = (e: Escalation): string =>
  `• ${escapeMrkdwn(clip(e.ruling.presentation.title, 80))} – ${e.deadline === null ? "" : `by ${when(e.deadline)} · `}${escapeMrkdwn(e.agentName)} · \`${e.id}\``;

async function showQueue(parts: SlackParts, asked: Asked, [wanted]: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  if (wanted !== undefined && !queues.includes(wanted))
    return `You don't review a queue named \`${escapeMrkdwn(wanted.slice(0, 40))}\`. Yours: ${queues.join(", ")}.`;
  const shown = wanted === undefined ? queues : [wanted];
  const waiting = await parts.engine.waitingIn(shown, 11);
  if (waiting.length === 0) return `Nothing waits in ${shown.join(", ")}. Next: \`/countersign stats 7d\``;
  const more = waiting.length > 10 ? ["… and more"] : [];
  return [
    `*Waiting in ${shown.join(", ")}*, oldest deadline first`,
    ...waiting.slice(0, 10).map(oneLine),
    ...more,
    `Next: \`/countersign show ${waiting[0]?.id}\``,
  ].join("\n");
}

async function showMine(parts: SlackParts, asked: Asked): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const mine = (await waitingFor(parts, asked.userId, 200)).slice(0, 11);
  if (mine.length === 0) return "Nothing waits for you. Next: `/countersign queue`";
  return [
    "*Waiting for you*, oldest deadline first",
    ...mine.slice(0, 10).map(oneLine),
    ...(mine.length > 10 ? ["… and more"] : []),
    `Next: \`/countersign show ${mine[0]?.id}\``,
  ].join("\n");
}

/** What this person may still decide. */
export async function waitingFor(parts: SlackParts, userId: string, limit: number): Promise<Escalation[]> {
  const queues = [...parts.directory().queues.values()]
    .filter((queue) => queue.members.includes(userId))
    .map((queue) => queue.name);
  const waiting = await parts.engine.waitingIn(queues, limit);
  return waiting.filter(
    (e) => mayDecide(parts.directory(), e).some((r) => r.userId === userId) && !e.votes.some((v) => v.userId === userId),
  );
}

async function showOne(parts: SlackParts, asked: Asked, [id = ""]: string[]): Promise<string> {
  const loaded = /^esc_[0-9A-Za-z]+$/.test(id) ? await parts.engine.load(id) : null;
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const member = loaded === null ? null : authoriseMember(parts.directory(), loaded.escalation.ruling.queue, person);
  if (loaded === null || member === null || isRefusal(member))
    return "There is no such escalation in your queues. Next: `/countersign queue`";
  const { escalation: e } = loaded;
  const reasons = e.ruling.reasons
    .slice(0, 3)
    .map((r) => `${escapeMrkdwn(r.detail)} (${escapeMrkdwn(r.rule)})`)
    .join(" · ");
  const timeline = timelineOf(await auditOf(parts.engine.parts.pool, e.id))
    .slice(-6)
    .map((t) => `• ${when(t.at)} ${t.words}`);
  return [
    `*${escapeMrkdwn(e.ruling.presentation.title)}*  \`${e.id}\``,
    `${(e.endedReason ?? e.state).replaceAll("_", " ")} · ${e.ruling.tier.replaceAll("_", " ")} · queue ${e.ruling.queue} · ${escapeMrkdwn(e.agentName)} · round ${e.round}`,
    `Why: ${reasons}`,
    `Needs: ${escapeMrkdwn(seatWords(e.ruling.requirement.seats)) || "nobody"} · policy ${e.ruling.policyVersion.slice(7, 15)}`,
    ...timeline,
    "Next: `/countersign queue`",
  ].join("\n");
}

async function showStats(parts: SlackParts, asked: Asked, words: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const days = Number(/^(\d{1,3})d$/.exec(words.find((word) => /^\d+d$/.test(word)) ?? "7d")?.[1] ?? 7);
  const wanted = words.find((word) => !/^\d+d$/.test(word));
  if (wanted !== undefined && !queues.includes(wanted))
    return `You don't review a queue named \`${escapeMrkdwn(wanted.slice(0, 40))}\`. Yours: ${queues.join(", ")}.`;
  const {
    decisions: d,
    queues: depths,
    outbox,
  } = await readStats(parts.engine.parts.pool, days, wanted === undefined ? queues : [wanted]);
  const share = (n: number) => (d.human === 0 ? "–" : `${Math.round((100 * n) / d.human)} %`);
  const took = (s: number | null) => (s === null ? "–" : duration(s * 1000));
  return [
    `*Last ${days} days* in ${wanted ?? queues.join(", ")}`,
    `Decided by people: ${d.human} · approved ${share(d.approved)} · changed ${share(d.modified)} · rejected ${share(d.rejected)}`,
    `Nobody answered: ${d.timeout}`,
    `First answer: median ${took(d.medianS)} · 95 % within ${took(d.p95S)}`,
    `Waiting now: ${depths.map((q) => `${q.queue} ${q.open}${q.overdueSla > 0 ? ` (${q.overdueSla} late)` : ""}`).join(" · ") || "nothing"}`,
    `Deliveries: ${outbox.owed} owed (${outbox.delayed} delayed) · ${outbox.uncertain} uncertain · ${outbox.dead} dead`,
    "Next: `/countersign queue`",
  ].join("\n");
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

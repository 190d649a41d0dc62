import { authoriseMember, refuseAccount } from "../../domain/people/authority.ts";
import { queuesOf } from "../../domain/people/directory.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import type { Directive } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { openLiteral } from "../cards/notification.ts";
import { linkedTitle } from "../cards/where.ts";
import type { SlackParts } from "../parts.ts";
import { code, stateWords } from "../telling/states.ts";
import { escapeMrkdwn, literal, when } from "../text.ts";
import type { Asked } from "./asker.ts";

/**
 * `/countersign pause|resume|replan|terminate|note agent:NAME|session:AGENT/ID why`, and `/countersign session AGENT/ID`: people
 * stop an agent that runs, or one of its runs, let it go on, or say something to it on its way.
 */
const words = say.commands.sessions;
/** Who may tell an agent what to do: somebody with more than the first level in a queue that it asks, or an admin. */
const LEVEL_MIN = 2;
const REASON_MAX = 500;

type Found = { agent: { id: string; name: string; queues: string[] }; sessionId: string; rest: string };

/** "agent:NAME why", "session:AGENT/ID why", or "AGENT/ID"; an id with blanks in it stands in quotes. */
const TARGET = /^(?:agent:([^/\s]+)|(?:session:)?([^/\s:]+)\/("[^"]+"|\S+))(?:\s+([\s\S]*))?$/;

async function find(parts: SlackParts, typed: string): Promise<Found | string> {
  const [, agentAlone, agentOf, quoted = "", rest = ""] = TARGET.exec(typed.replaceAll(/[“”]/g, '"').replaceAll("`", "")) ?? [];
  const name = agentAlone ?? agentOf;
  if (name === undefined) return `${words.which} ${words.usage}`;
  const agent = await parts.engine.agentNamed(name);
  if (agent === null) return words.noAgent(code(name));
  return { agent, sessionId: quoted.replaceAll('"', ""), rest: rest.trim() };
}

/** The queues of the agent to which the asker belongs, with at least this level; an admin goes with none. */
async function authorise(
  parts: SlackParts,
  asked: Asked,
  { agent }: Found,
  levelMin: number,
): Promise<{ queues: string[] } | string> {
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const directory = parts.directory();
  const refusal = refuseAccount(directory, person);
  if (refusal !== null) return refusal.detail;
  const own = queuesOf(directory, asked.userId).filter((queue) => agent.queues.includes(queue));
  const queues = own.filter((queue) => {
    const member = authoriseMember(directory, queue, person);
    return !isRefusal(member) && member.level >= levelMin;
  });
  if (queues.length > 0 || directory.admins.has(asked.userId)) return { queues };
  return own.length === 0 ? words.notYours(code(agent.name)) : words.levelMissing(levelMin);
}

const typedAfter = (asked: Asked, name: string): string => asked.text.trim().slice(name.length).trim();

const direct =
  (name: string, directive: Directive) =>
  async (parts: SlackParts, asked: Asked): Promise<string> => {
    const found = await find(parts, typedAfter(asked, name));
    if (typeof found === "string") return found;
    const may = await authorise(parts, asked, found, LEVEL_MIN);
    if (typeof may === "string") return may;
    const { agent, sessionId, rest } = found;
    if (rest === "") return `${words.why} ${words.usage}`;
    if (rest.length > REASON_MAX) return words.tooLong(REASON_MAX);
    // A word on the way is none that lets go on what others have stopped.
    if (name === "note" && (await parts.engine.session(agent.id, sessionId)).isStopped) return words.isStopped;
    const told = await parts.engine.directSession(
      { agentId: agent.id, id: sessionId },
      { directive, reason: rest, by: asked.userId },
    );
    if (isRefusal(told)) return told.detail;
    const target = targetWords(agent.name, sessionId);
    const next = sessionId === "" ? "queue" : `session ${shortest(agent.name, sessionId)}`;
    return `${words.done[name as keyof typeof words.done](target)} ${say.commands.next(next)}`;
  };

const targetWords = (agent: string, sessionId: string): string =>
  sessionId === "" ? words.agent(escapeMrkdwn(agent)) : words.session(code(sessionId, 60), escapeMrkdwn(agent));
const shortest = (agent: string, sessionId: string): string =>
  `${agent}/${/\s/.test(sessionId) ? `"${sessionId}"` : sessionId}`.replaceAll("`", "ˋ");

/** What a session has asked, oldest first, with what became of each. */
const SHOWN_MAX = 12;
async function showSession(parts: SlackParts, asked: Asked): Promise<string> {
  if (/^session\s+clear-taint\b/i.test(asked.text.trim())) return clearTaint(parts, asked);
  const found = await find(parts, typedAfter(asked, "session"));
  if (typeof found === "string") return found;
  const { agent, sessionId } = found;
  if (sessionId === "") return `${words.which} ${words.usage}`;
  const may = await authorise(parts, asked, found, 1);
  if (typeof may === "string") return may;
  const { told, isStopped, taints } = await parts.engine.session(agent.id, sessionId);
  const filter = { state: null, sessionId, actionType: null, queue: null, idempotencyKey: null, after: null, limit: 100 };
  const { items, next } = await parts.engine.list(agent.id, filter);
  const seen = items.filter((one) => one.reviewOf === null).toReversed();
  const lines = seen.slice(-SHOWN_MAX).map((one) => {
    // What waits elsewhere is for those who decide there.
    const isOpen = !may.queues.includes(one.ruling.queue) || isGuarded(one.request);
    return `• ${when(one.createdAt)} ${isOpen ? openLiteral(one) : linkedTitle(one, 60)} – ${stateWords(one)} · \`${one.id}\``;
  });
  const left = seen.length - lines.length;
  const said =
    told === null || told.reason === null
      ? []
      : [
          words.told(told.directive, told.by === null ? null : `<@${told.by}>`, literal(told.reason, 300)) +
            (told.acknowledgedAt === null ? "" : ` ${words.acknowledged(when(told.acknowledgedAt))}`),
        ];
  return [
    `*${targetWords(agent.name, sessionId)}*${isStopped ? ` ${words.stopped}` : ""}`,
    ...said,
    ...(taints.length === 0
      ? []
      : [
          words.read(
            taints
              .map(({ kind, source }) => `${say.cards.taints[kind]} (${literal(source, 60)})`)
              .slice(0, 5)
              .join(", "),
          ),
        ]),
    ...(left > 0 || next !== null ? [words.earlier(left)] : []),
    ...(lines.length === 0 ? [words.nothing] : lines),
    say.commands.next(`pause session:${shortest(agent.name, sessionId)} …`),
  ].join("\n");
}

/** Takes away what a session has read, for admins alone. */
async function clearTaint(parts: SlackParts, asked: Asked): Promise<string> {
  const found = await find(parts, typedAfter(asked, "session").slice("clear-taint".length).trim());
  if (typeof found === "string") return found;
  const may = await authorise(parts, asked, found, LEVEL_MIN);
  if (typeof may === "string") return may;
  if (!parts.directory().admins.has(asked.userId)) return words.adminsOnly;
  const { agent, sessionId, rest } = found;
  if (sessionId === "" || rest === "") return words.clearUsage;
  if (rest.length > REASON_MAX) return words.tooLong(REASON_MAX);
  const had = await parts.engine.clearTaints({ agentId: agent.id, id: sessionId }, { reason: rest, by: asked.userId });
  return (had ? words.cleared : words.nothingRead)(targetWords(agent.name, sessionId));
}

export const sessionCommands = {
  pause: direct("pause", "pause"),
  resume: direct("resume", "continue"),
  replan: direct("replan", "replan"),
  terminate: direct("terminate", "terminate"),
  note: direct("note", "continue"),
  session: showSession,
};

import { priorityOf } from "../../domain/paging/priority.ts";
import { authoriseMember, owns, refuseAccount } from "../../domain/people/authority.ts";
import { queuesOf } from "../../domain/people/directory.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal, seatWords } from "../../domain/shapes/refusal.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { openLiteral } from "../cards/notification.ts";
import { pagedNow } from "../cards/paging.ts";
import { linkedTitle } from "../cards/where.ts";
import type { SlackParts } from "../parts.ts";

import { code, stateWords, tierWords } from "../telling/states.ts";
import { timelineOf } from "../telling/timeline.ts";
import { escapeMrkdwn, when } from "../text.ts";
import type { Asked } from "./asker.ts";

/** `/countersign show ID`: one escalation with its history, by its whole id or by the end of it that stands on its card. */
const words = say.commands.show;
const NONE = `${words.none} ${say.commands.next("queue")}`;
const CANDIDATES_MAX = 5;

export async function showOne(parts: SlackParts, asked: Asked, [word]: string[]): Promise<string> {
  if (word === undefined) return `${words.which} ${words.usage}`;
  const typed = word.replaceAll("`", "");
  const [, ending] = /^(?:esc_)?(?:…|\.{2,3})?([0-9A-Za-z]{1,60})$/.exec(typed) ?? [];
  if (ending === undefined) return `${words.noId(code(word))} ${words.usage}`;
  const whole = /^esc_[0-9A-Za-z]+$/.test(typed) ? await loadOwn(parts, asked, typed) : null;
  if (whole !== null) return describe(parts, whole);
  if (ending.length < 4) return `${words.tooShort(code(word))} ${words.usage}`;
  const directory = parts.directory();
  const agents = [...directory.agents.values()].filter(({ owner }) => owner === asked.userId).map(({ name }) => name);
  const within = { queues: queuesOf(directory, asked.userId), owner: asked.userId, agents };
  const ids = await parts.engine.idsEndingIn(within, ending, CANDIDATES_MAX + 1);
  const found = (await Promise.all(ids.map((id) => loadOwn(parts, asked, id)))).filter((one) => one !== null);
  const [only] = found;
  if (only === undefined) return NONE;
  return found.length === 1 ? describe(parts, only) : candidates(ending, found);
}

/** `asOwner`: somebody looks at what their agent asks, who may not look by belonging to the queue. */
type Loaded = { escalation: Escalation; now: Date; asOwner: boolean };

/** null also for what the asker may not see: both are told alike. */
async function loadOwn(parts: SlackParts, asked: Asked, id: string): Promise<Loaded | null> {
  const loaded = await parts.engine.load(id);
  if (loaded === null) return null;
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const member = authoriseMember(parts.directory(), loaded.escalation.ruling.queue, person);
  if (!isRefusal(member)) return { ...loaded, asOwner: false };
  const asOwner = refuseAccount(parts.directory(), person) === null && owns(parts.directory(), loaded.escalation, asked.userId);
  return asOwner ? { ...loaded, asOwner } : null;
}

const candidate = ({ escalation: e }: Loaded): string =>
  `• ${isGuarded(e.request) ? openLiteral(e) : linkedTitle(e, 70)} – ${stateWords(e)} · \`${e.id}\``;

function candidates(ending: string, found: readonly Loaded[]): string {
  const lines = found.slice(0, CANDIDATES_MAX).map(candidate);
  const more = found.length > CANDIDATES_MAX ? [say.commands.andMore] : [];
  const next = say.commands.next(`show ${found[0]?.escalation.id}`);
  return [words.several(ending), ...lines, ...more, next].join("\n");
}

async function describe(parts: SlackParts, { escalation: e, now, asOwner }: Loaded): Promise<string> {
  // What is restricted is for those who decide.
  const isHidden = asOwner && isGuarded(e.request);
  const reasons = (isHidden ? [] : e.ruling.reasons)
    .slice(0, 3)
    .map((r) => `${escapeMrkdwn(r.detail)} (${escapeMrkdwn(r.rule)})`)
    .join(" · ");
  const timeline = timelineOf(await parts.engine.audit(e.id))
    .slice(-5)
    .map((t) => `• ${when(t.at)} ${t.words}`);
  return [
    `*${isHidden ? openLiteral(e) : linkedTitle(e)}*  \`${e.id}\``,
    factsOf(e),
    ...(asOwner ? [words.asOwner(escapeMrkdwn(e.agentName))] : []),
    ...(reasons === "" ? [] : [words.why(reasons)]),
    words.needs(escapeMrkdwn(seatWords(e.ruling.requirement.seats)) || say.thread.nobody, e.ruling.policyVersion.slice(7, 15)),
    ...(e.state === "paused_pending_human" ? [pressing(e, now)] : []),
    ...timeline,
    say.commands.next("queue"),
  ].join("\n");
}

function factsOf({ ruling, agentName, round, request, ...e }: Escalation): string {
  return [
    stateWords(e),
    tierWords(ruling.tier),
    words.queue(ruling.queue),
    escapeMrkdwn(agentName),
    ...(request.requested_by === undefined ? [] : [words.askedForBy(`<@${request.requested_by}>`)]),
    words.round(round),
  ].join(" · ");
}

/** Why it stands where it stands in the queue. */
function pressing(e: Escalation, now: Date): string {
  const priority = priorityOf(e, now);
  const parts = priority.parts.map((part) => `${part.name} ${part.points} (${part.why})`).join(" · ");
  const paged = pagedNow(e);
  return [words.priority(priority.class, parts), ...(paged === null ? [] : [words.paged(paged)])].join("\n");
}

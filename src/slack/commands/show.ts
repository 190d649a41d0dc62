import { priorityOf } from "../../domain/paging/priority.ts";
import { authoriseMember } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal, seatWords } from "../../domain/shapes/refusal.ts";
import { pagedNow } from "../cards/paging.ts";
import type { SlackParts } from "../listening/target.ts";
import { queuesOf } from "../lists/digests.ts";
import { code, stateWords, tierWords } from "../telling/states.ts";
import { timelineOf } from "../telling/timeline.ts";
import { escapeMrkdwn, literal, when } from "../text.ts";
import type { Asked } from "./asker.ts";

/** `/countersign show ID`: one escalation with its history, by its whole id or by the end of it that stands on its card. */
const USAGE =
  "Use `/countersign show ID`: the whole id, or the end of it as it stands on the card, such as `NQkE` (at least 4 characters).";
const NONE = "There is no such escalation in your queues. Next: `/countersign queue`";
const CANDIDATES_MAX = 5;

export async function showOne(parts: SlackParts, asked: Asked, [word]: string[]): Promise<string> {
  if (word === undefined) return `Which one? ${USAGE}`;
  const typed = word.replaceAll("`", "");
  const [, ending] = /^(?:esc_)?(?:…|\.{2,3})?([0-9A-Za-z]{1,60})$/.exec(typed) ?? [];
  if (ending === undefined) return `${code(word)} is no id of an escalation. ${USAGE}`;
  const whole = /^esc_[0-9A-Za-z]+$/.test(typed) ? await loadOwn(parts, asked, typed) : null;
  if (whole !== null) return describe(parts, whole);
  if (ending.length < 4) return `${code(word)} is too short to find one. ${USAGE}`;
  const queues = queuesOf(parts.directory(), asked.userId);
  const ids = await parts.engine.idsEndingIn(queues, ending, CANDIDATES_MAX + 1);
  const found = (await Promise.all(ids.map((id) => loadOwn(parts, asked, id)))).filter((one) => one !== null);
  const [only] = found;
  if (only === undefined) return NONE;
  return found.length === 1 ? describe(parts, only) : candidates(ending, found);
}

type Loaded = { escalation: Escalation; now: Date };

/** null also for what the asker may not see: both are told alike. */
async function loadOwn(parts: SlackParts, asked: Asked, id: string): Promise<Loaded | null> {
  const loaded = await parts.engine.load(id);
  if (loaded === null) return null;
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const member = authoriseMember(parts.directory(), loaded.escalation.ruling.queue, person);
  return isRefusal(member) ? null : loaded;
}

function candidates(ending: string, found: readonly Loaded[]): string {
  const lines = found
    .slice(0, CANDIDATES_MAX)
    .map(({ escalation: e }) => `• ${literal(e.ruling.presentation.title, 70)} – ${stateWords(e)} · \`${e.id}\``);
  const more = found.length > CANDIDATES_MAX ? ["… and more"] : [];
  const next = `Next: \`/countersign show ${found[0]?.escalation.id}\``;
  return [`Several of yours end in \`${ending}\`; name one by its whole id:`, ...lines, ...more, next].join("\n");
}

async function describe(parts: SlackParts, { escalation: e, now }: Loaded): Promise<string> {
  const reasons = e.ruling.reasons
    .slice(0, 3)
    .map((r) => `${escapeMrkdwn(r.detail)} (${escapeMrkdwn(r.rule)})`)
    .join(" · ");
  const timeline = timelineOf(await parts.engine.audit(e.id))
    .slice(-5)
    .map((t) => `• ${when(t.at)} ${t.words}`);
  return [
    `*${literal(e.ruling.presentation.title)}*  \`${e.id}\``,
    `${stateWords(e)} · ${tierWords(e.ruling.tier)} · queue ${e.ruling.queue} · ${escapeMrkdwn(e.agentName)} · round ${e.round}`,
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
  const paged = pagedNow(e);
  return `Priority: *${priority.class}* – ${parts}${paged === null ? "" : `\nPaged: ${paged}`}`;
}

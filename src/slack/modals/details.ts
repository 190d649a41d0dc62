import type { KnownBlock, ModalView } from "@slack/types";
import { editOf, isChanged } from "../../domain/life/change.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { say } from "../../words/en.ts";
import { changeLines } from "../cards/change.ts";
import { consequences } from "../cards/consequences.ts";
import { askedFor } from "../cards/decision.ts";
import { quorum } from "../cards/notices.ts";
import type { CardView } from "../cards/view.ts";
import {
  asSeen,
  bold,
  context,
  escapeMrkdwn,
  foreign,
  line,
  literal,
  mentions,
  richText,
  section,
  when,
  words,
} from "../text.ts";
import { labelled, type Room, technicalDetails, whatItSays, whatItStandsOn } from "./brief.ts";
import { diffBlocks } from "./diff.ts";
import { bytesOf, modal, VIEW_BYTES_MAX } from "./frame.ts";
import { fullParameters, wholeText } from "./in-full.ts";
import { offers } from "./offers.ts";

/** The full brief: everything the card had no room for, and how it came to this. */
export type TimelineLine = { at: Date; words: string };

const TIMELINE_SHOWN = 20;
/** A section holds 3,000 characters; the oldest lines give way, never the newest. */
const TIMELINE_CHARS = 2800;

function whatHappened(timeline: readonly TimelineLine[]): string {
  const lines = timeline.map((t) => `${when(t.at, "{date_short_pretty} {time}")}  ${t.words}`);
  let shown = lines.slice(-TIMELINE_SHOWN);
  while (shown.length > 1 && shown.join("\n").length > TIMELINE_CHARS) shown = shown.slice(1);
  const note = shown.length < lines.length ? ` (${say.modals.lastOf(shown.length, lines.length)})` : "";
  return `*${say.modals.whatHappened}*${note}\n${shown.join("\n")}`;
}

const EXCERPT_MAX = 2000;
const ROOMS: readonly Room[] = [
  { excerpt: EXCERPT_MAX, links: true, diffChars: 24_000 },
  { excerpt: 1000, links: true, diffChars: 12_000 },
  { excerpt: 400, links: true, diffChars: 6000 },
];
/** Twenty addresses of 2,000 characters outside ASCII fill half a view by themselves. */
const LEAST_ROOM: Room = { excerpt: 400, links: false, diffChars: 0 };

/**
 * Always a view that Slack takes. The messages give way first, the oldest before the newer, because the thread has them; when not
 * even the newest has room, the excerpts get shorter.
 */
export function detailsModal(view: CardView, timeline: readonly TimelineLine[], readerId: string | null = null): ModalView {
  const lines = messageLines(view.escalation);
  const newest = lines.slice(-1);
  const draw = (room: Room, shown: readonly Line[]) =>
    drawModal(view, timeline, room, messageBlocks(shown, lines.length), readerId);
  const room = ROOMS.find((one) => bytesOf(draw(one, newest)) <= VIEW_BYTES_MAX) ?? LEAST_ROOM;
  const left = VIEW_BYTES_MAX - bytesOf(draw(room, []));
  return draw(room, lastWithin(lines, left));
}

/** What is to be decided and why first; how it looks inside last. */
function drawModal(
  view: CardView,
  timeline: readonly TimelineLine[],
  room: Room,
  messages: readonly KnownBlock[],
  readerId: string | null,
): ModalView {
  const { escalation } = view;
  const { presentation, environment, impact } = escalation.ruling;
  const isWaiting = escalation.state === "paused_pending_human";
  const facts = [
    escapeMrkdwn(escalation.agentName),
    escapeMrkdwn(environment),
    ...(impact === null ? [] : [say.cards.impact(impact)]),
    presentation.stakes,
  ];
  const asked = askedFor(escalation, view.directory);
  if (asked !== null) facts.push(asked);
  const reader = readerId === null ? null : { userId: readerId, directory: view.directory };
  const offered = offers(escalation, reader);
  const blocks: KnownBlock[] = [
    section(`*${literal(presentation.title)}*\n${facts.join(" · ")}`),
    ...(isWaiting ? quorum(view) : []),
    ...(isChanged(escalation) ? [section(`✎ *${say.modals.changed}* ${changeLines(escalation).join(" · ")}`)] : []),
    richText(...labelled(say.cards.decide, escalation.request.brief.decision_required)),
    ...(offered === null ? [] : [offered]),
    ...(isWaiting ? [context(consequences(escalation, true, reader))] : []),
    section(`*${say.cards.whyItAsks}*\n${reasonLines(escalation, true)}`),
    ...whatItStandsOn(escalation, room),
    ...edited(escalation),
    ...(fullParameters(escalation) ?? [section(`⚠ ${say.modals.notInFullAnywhere}`)]),
    ...whatItSays(escalation),
    ...messages,
    section(whatHappened(timeline)),
    ...whoDecides(view),
    section(`*${say.modals.allRules}*\n${reasonLines(escalation, false)}`),
    technicalDetails(escalation),
  ];
  return modal("details_modal", say.modals.fullBrief, null, escalation, blocks);
}

/** What people made of a text of the agent, and that text itself; what they approve follows. */
function edited(escalation: CardView["escalation"]): KnownBlock[] {
  const edit = editOf(escalation);
  if (edit === null) return [];
  return [
    section(`*${say.modals.howEdited}*`),
    ...diffBlocks(edit.before, edit.after),
    section(`*${say.modals.asWritten}*`),
    ...wholeText(asSeen(edit.before)),
  ];
}

/** The winning ones, or all that matched with the name of their rule; the strictest first. */
function reasonLines({ ruling }: CardView["escalation"], winning: boolean): string {
  const lines = ruling.reasons
    .filter((one) => !winning || one.tier === ruling.tier)
    .slice(0, 12)
    .map(({ tier, detail, rule }) =>
      winning
        ? `• ${escapeMrkdwn(detail)}`
        : `• *${tier.replaceAll("_", " ")}* – ${escapeMrkdwn(detail)} _(${escapeMrkdwn(rule)})_`,
    );
  return lines.length === 0 ? "–" : lines.join("\n");
}

function whoDecides({ escalation, deciders }: CardView): KnownBlock[] {
  const { requirement, queue, presentation } = escalation.ruling;
  const people = deciders.length === 0 ? "" : ` · ${mentions(deciders.map((one) => one.userId))}`;
  const seats = escapeMrkdwn(seatWords(requirement.seats)) || say.modals.nobodyHasTo;
  const rules = [
    presentation.basis === null ? "" : say.modals.basis(escapeMrkdwn(presentation.basis)),
    presentation.playbookUrl === null ? "" : `<${presentation.playbookUrl}|${say.modals.playbook}>`,
  ].filter((part) => part !== "");
  return [
    section(`*${say.modals.whoDecides}*  ${seats} · ${say.modals.queue(escapeMrkdwn(queue))}${people}`),
    ...(rules.length === 0 ? [] : [context(rules.join(" · "))]),
  ];
}

type Line = ReturnType<typeof line>;

function messageLines({ messages, agentName }: CardView["escalation"]): Line[] {
  return messages.map((m) => {
    const asker = m.userId === null ? [] : [{ type: "user" as const, user_id: m.userId }];
    const who = m.from === "agent" ? [bold(`${agentName} answers  `)] : [...asker, bold(" asks  ")];
    return line(...who, words(foreign(m.text, 3000)));
  });
}

/** As many of the newest as have room, never a part of one. */
function lastWithin(lines: readonly Line[], bytes: number): Line[] {
  let left = bytes;
  const cut = lines.findLastIndex((one) => {
    left -= bytesOf(one) + 1;
    return left < 0;
  });
  return lines.slice(cut + 1);
}

function messageBlocks(shown: readonly Line[], all: number): KnownBlock[] {
  const earlier = all - shown.length;
  const note = earlier === 0 ? [] : [line(words(say.modals.earlierMessages(earlier)))];
  return all === 0 ? [] : [richText(...note, ...shown)];
}

import type { KnownBlock, ModalView, RichTextBlock } from "@slack/types";
import { worldOf } from "../../domain/shapes/escalation.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { evidenceElements, suggestionLine } from "../cards/agent-says.ts";
import { changeLines } from "../cards/change.ts";
import { consequences } from "../cards/consequences.ts";
import type { CardView } from "../cards/view.ts";
import {
  bold,
  bullets,
  context,
  escapeMrkdwn,
  foreign,
  italic,
  line,
  literal,
  mentions,
  richText,
  section,
  when,
  words,
} from "../text.ts";
import { bytesOf, modal, VIEW_BYTES_MAX } from "./frame.ts";
import { fullParameters } from "./in-full.ts";

/** The full brief: everything the card had no room for, and how it came to this. */
export type TimelineLine = { at: Date; words: string };

const TIMELINE_SHOWN = 20;
/** A section holds 3,000 characters; the oldest lines give way, never the newest. */
const TIMELINE_CHARS = 2800;

function whatHappened(timeline: readonly TimelineLine[]): string {
  const lines = timeline.map((t) => `${when(t.at, "{date_short_pretty} {time}")}  ${t.words}`);
  let shown = lines.slice(-TIMELINE_SHOWN);
  while (shown.length > 1 && shown.join("\n").length > TIMELINE_CHARS) shown = shown.slice(1);
  const note = shown.length < lines.length ? ` (the last ${shown.length} of ${lines.length}; all of it is in the thread)` : "";
  return `*What happened*${note}\n${shown.join("\n")}`;
}

/** How much of the evidence is shown. What it shortens it says; the parameters and the agent's own words are always whole. */
type Room = { excerpt: number; links: boolean };
const EXCERPT_MAX = 2000;
const ROOMS: readonly Room[] = [
  { excerpt: EXCERPT_MAX, links: true },
  { excerpt: 1000, links: true },
  { excerpt: 400, links: true },
];
/** Twenty addresses of 2,000 characters outside ASCII fill half a view by themselves. */
const LEAST_ROOM: Room = { excerpt: 400, links: false };

/**
 * Always a view that Slack takes. The messages give way first, the oldest before the newer, because the thread has them; when not even the newest has room,
 * the excerpts get shorter.
 */
export function detailsModal(view: CardView, timeline: readonly TimelineLine[]): ModalView {
  const lines = messageLines(view.escalation);
  const newest = lines.slice(-1);
  const draw = (room: Room, shown: readonly Line[]) => drawn(view, timeline, room, messageBlocks(shown, lines.length));
  const room = ROOMS.find((one) => bytesOf(draw(one, newest)) <= VIEW_BYTES_MAX) ?? LEAST_ROOM;
  const left = VIEW_BYTES_MAX - bytesOf(draw(room, []));
  return draw(room, lastWithin(lines, left));
}

function drawn(view: CardView, timeline: readonly TimelineLine[], room: Room, messages: readonly KnownBlock[]): ModalView {
  const { escalation } = view;
  const { presentation, policyVersion, reasons, requirement, queue } = escalation.ruling;
  const why = reasons
    .slice(0, 12)
    .map((r) => `• *${r.tier.replaceAll("_", " ")}* – ${escapeMrkdwn(r.detail)} _(${escapeMrkdwn(r.rule)})_`);
  const who = `*Who decides*  ${escapeMrkdwn(seatWords(requirement.seats)) || "nobody has to"} · queue ${escapeMrkdwn(queue)}${view.deciders.length > 0 ? ` · ${mentions(view.deciders.map((d) => d.userId))}` : ""}`;
  const rules = [
    presentation.basis === null ? "" : `Basis: ${escapeMrkdwn(presentation.basis)}`,
    presentation.playbookUrl === null ? "" : `<${presentation.playbookUrl}|Playbook>`,
  ];
  const blocks: KnownBlock[] = [
    section(
      `*${literal(presentation.title)}*\n${presentation.stakes} · ${escapeMrkdwn(escalation.ruling.environment)} · ${escapeMrkdwn(escalation.agentName)}`,
    ),
    ...(escalation.state === "paused_pending_human" ? [context(consequences(escalation))] : []),
    ...(escalation.modification.length > 0 ? [section(`✎ Changed: ${changeLines(escalation).join(" · ")}`)] : []),
    ...(fullParameters(escalation) ?? [
      section("⚠ The parameters are too long to be shown in full anywhere in Slack, so this cannot be approved."),
    ]),
    section(`*Why it asks*\n${why.join("\n")}`),
    section(who),
    brief(view, room),
    ...messages,
    section(whatHappened(timeline)),
    context(
      [`${escalation.id}`, `policy ${policyVersion.slice(7, 19)}`, `digest ${escalation.actionDigest.slice(7, 19)}`, ...rules]
        .filter((part) => part !== "")
        .join(" · "),
    ),
  ];
  return modal("details_modal", "Full brief", null, escalation, blocks);
}

/** All of the agent's brief, literal. */
function brief({ escalation }: CardView, room: Room): RichTextBlock {
  const { brief } = escalation.request;
  return richText(
    line(bold(`${escalation.agentName} says`)),
    ...labelled("Decision needed", brief.decision_required),
    ...labelled("Asked to do", brief.request),
    ...(brief.accomplished.length === 0
      ? []
      : [line(bold("Done so far")), bullets(brief.accomplished.map((one) => foreign(one, 300)))]),
    ...labelled(`Why it asks (${brief.trigger.kind.replaceAll("_", " ")})`, brief.trigger.detail),
    ...evidenceParts(brief.evidence, room),
    ...[suggestionLine(escalation, true)].filter((one) => one !== null),
    ...labelled("If approved", brief.on_approve),
    ...labelled("If rejected", brief.on_reject),
    ...labelled("If changed", brief.on_modify),
    ...labelled("How to undo", brief.undo),
    ...around(escalation),
  );
}

function evidenceParts(evidence: CardView["escalation"]["request"]["brief"]["evidence"], room: Room): Parts {
  const isCut = evidence.some(({ excerpt }) => (excerpt ?? "").length > room.excerpt);
  const isBare = !room.links && evidence.some(({ url }) => url !== undefined);
  const notes = [
    ...(isCut
      ? [`Longer excerpts are cut to ${room.excerpt.toLocaleString("en-US")} characters: all of them have no room in one view.`]
      : []),
    ...(isBare ? ["The addresses of the evidence have no room in one view and are left out."] : []),
  ];
  return [
    ...notes.map((note) => line(italic(note))),
    ...evidence.flatMap((one) => {
      const seen = one.observed_at === undefined ? "" : ` · seen ${one.observed_at}`;
      const linked = room.links ? one : { title: one.title };
      return [
        line(bold("Evidence  "), ...evidenceElements(linked, 150), ...(seen === "" ? [] : [words(seen)])),
        ...(one.excerpt ? [line(words(`“${foreign(one.excerpt, room.excerpt)}”`))] : []),
      ];
    }),
  ];
}

type Parts = RichTextBlock["elements"];
const labelled = (label: string, text: string | undefined): Parts =>
  text === undefined || text === "" ? [] : [line(bold(`${label}  `), words(foreign(text, 3000, true)))];

/** What the brief stands on: how sure the agent is, for whom it asks, what must still hold, where it comes from and how fresh that is. */
function around(escalation: CardView["escalation"]): Parts {
  const { request } = escalation;
  const { signals, provenance, labels } = request;
  const given = [
    ...(["confidence", "risk", "ood"] as const).flatMap((name) =>
      signals[name] === undefined ? [] : [`${name} ${signals[name]}`],
    ),
    ...signals.flags,
  ];
  const source = [provenance?.source, provenance?.produced_at, ...(provenance?.transformations ?? [])].filter(
    (one) => one !== undefined,
  );
  return [
    ...labelled("Signals", given.join(" · ")),
    ...(request.requested_by === undefined
      ? []
      : [line(bold("Asked for by  "), { type: "user" as const, user_id: request.requested_by })]),
    ...labelled("Valid until", request.valid_until),
    ...labelled(
      "Must still hold",
      worldOf(escalation)
        .map(({ name, value }) => `${name} = ${value}`)
        .join(" · "),
    ),
    ...labelled("Source", source.join(" · ")),
    ...labelled("Data", request.classification),
    ...labelled("Session", [request.session_id, request.step_id].filter((one) => one !== undefined).join(" · ")),
    ...labelled(
      "Labels",
      Object.entries(labels)
        .map(([name, value]) => `${name}: ${value}`)
        .join(" · "),
    ),
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
  const note =
    earlier === 0
      ? []
      : [line(words(`${earlier} earlier ${earlier === 1 ? "message stands" : "messages stand"} in the thread.`))];
  return all === 0 ? [] : [richText(...note, ...shown)];
}

import type { KnownBlock, ModalView, RichTextBlock } from "@slack/types";
import { worldOf } from "../../domain/escalation.ts";
import { seatWords } from "../../domain/refusal.ts";
import { evidenceElements, suggestionLine } from "../cards/agent-says.ts";
import { changeLines } from "../cards/change.ts";
import { consequences } from "../cards/consequences.ts";
import {
  bold,
  bullets,
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
import type { CardView } from "../view.ts";
import { modal } from "./frame.ts";
import { fitsModal, fullParameters } from "./in-full.ts";

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

export function detailsModal(view: CardView, timeline: readonly TimelineLine[]): ModalView {
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
    ...(fitsModal(escalation)
      ? fullParameters(escalation)
      : [section("⚠ The parameters are too long to be shown in full anywhere in Slack, so this cannot be approved.")]),
    section(`*Why it asks*\n${why.join("\n")}`),
    section(who),
    ...brief(view),
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
function brief({ escalation }: CardView): KnownBlock[] {
  const { brief } = escalation.request;
  const parts: Parts = [
    line(bold(`${escalation.agentName} says`)),
    ...labelled("Decision needed", brief.decision_required),
    ...labelled("Asked to do", brief.request),
    ...(brief.accomplished.length === 0
      ? []
      : [line(bold("Done so far")), bullets(brief.accomplished.map((one) => foreign(one, 300)))]),
    ...labelled(`Why it asks (${brief.trigger.kind.replaceAll("_", " ")})`, brief.trigger.detail),
    ...brief.evidence.flatMap((one) => {
      const seen = one.observed_at === undefined ? "" : ` · seen ${one.observed_at}`;
      return [
        line(bold("Evidence  "), ...evidenceElements(one, 150), ...(seen === "" ? [] : [words(seen)])),
        ...(one.excerpt ? [line(words(`“${foreign(one.excerpt, 2000)}”`))] : []),
      ];
    }),
    ...[suggestionLine(escalation, true)].filter((one) => one !== null),
    ...labelled("If approved", brief.on_approve),
    ...labelled("If rejected", brief.on_reject),
    ...labelled("If changed", brief.on_modify),
    ...labelled("How to undo", brief.undo),
    ...around(escalation),
  ];
  return [richText(...parts), ...messages(escalation.messages, escalation.agentName)];
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

/** A view holds 250 KB; the oldest messages give way, never a part of one. */
const MESSAGES_BYTES = 60_000;

function messages(list: CardView["escalation"]["messages"], agentName: string): KnownBlock[] {
  if (list.length === 0) return [];
  const lines = list.map((m) => {
    const asker = m.userId === null ? [] : [{ type: "user" as const, user_id: m.userId }];
    const who = m.from === "agent" ? [bold(`${agentName} answers  `)] : [...asker, bold(" asks  ")];
    return line(...who, words(foreign(m.text, 3000)));
  });
  let shown = lines;
  while (shown.length > 1 && Buffer.byteLength(JSON.stringify(shown)) > MESSAGES_BYTES) shown = shown.slice(1);
  const earlier = lines.length - shown.length;
  return [richText(...(earlier > 0 ? [line(words(`${earlier} earlier messages stand in the thread.`))] : []), ...shown)];
}

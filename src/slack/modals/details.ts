import type { KnownBlock, ModalView, RichTextBlock } from "@slack/types";
import { seatWords } from "../../domain/refusal.ts";
import { evidenceElements, suggestionLine } from "../cards/agent-says.ts";
import { changeLines } from "../cards/change.ts";
import { bold, bullets, context, escapeMrkdwn, foreign, line, mentions, richText, section, when, words } from "../text.ts";
import type { CardView } from "../view.ts";
import { modal } from "./frame.ts";
import { fitsModal, fullParameters } from "./in-full.ts";

/** The full brief: everything the card had no room for, and how it came to this. */
export type TimelineLine = { at: Date; words: string };

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
      `*${escapeMrkdwn(presentation.title)}*\n${presentation.stakes} · ${escapeMrkdwn(escalation.ruling.environment)} · ${escapeMrkdwn(escalation.agentName)}`,
    ),
    ...(escalation.modification.length > 0 ? [section(`✎ Changed: ${changeLines(escalation).join(" · ")}`)] : []),
    ...(fitsModal(escalation)
      ? fullParameters(escalation)
      : [section("⚠ The parameters are too long to be shown in full anywhere in Slack, so this cannot be approved.")]),
    section(`*Why it asks*\n${why.join("\n")}`),
    section(who),
    ...brief(view),
    section(
      `*What happened*\n${timeline
        .slice(-12)
        .map((t) => `${when(t.at, "{date_short_pretty} {time}")}  ${t.words}`)
        .join("\n")}`,
    ),
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
  const { brief, provenance, classification } = escalation.request;
  const labelled = (label: string, text: string | undefined) =>
    text === undefined || text === "" ? [] : [line(bold(`${label}  `), words(foreign(text, 1000, true)))];
  const parts: RichTextBlock["elements"] = [
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
        line(bold("Evidence  "), ...evidenceElements(one), ...(seen === "" ? [] : [words(seen)])),
        ...(one.excerpt ? [line(words(`“${foreign(one.excerpt, 400)}”`))] : []),
      ];
    }),
    ...[suggestionLine(escalation)].filter((one) => one !== null),
    ...labelled("If approved", brief.on_approve),
    ...labelled("If rejected", brief.on_reject),
    ...labelled("How to undo", brief.undo),
    ...labelled("Source", provenance?.source),
    ...labelled("Data", classification),
  ];
  return [richText(...parts), ...messages(escalation.messages, escalation.agentName)];
}

function messages(list: CardView["escalation"]["messages"], agentName: string): KnownBlock[] {
  if (list.length === 0) return [];
  return [
    richText(
      ...list.slice(-12).map((m) => line(bold(m.from === "agent" ? `${agentName}: ` : "Asked: "), words(foreign(m.text, 500)))),
    ),
  ];
}

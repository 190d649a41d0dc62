import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import { type Escalation, worldOf } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { evidenceElements, suggestionLine } from "../cards/agent-says.ts";
import { bold, bullets, foreign, italic, line, richText, words } from "../text.ts";
import { diffBlocks } from "./diff.ts";

/** All of the agent's brief, literal. */
type Parts = RichTextBlock["elements"];

/** How much of the evidence is shown. What it shortens it says; the parameters and the agent's own words are always whole. */
export type Room = { excerpt: number; links: boolean; diffChars: number };

export const labelled = (label: string, text: string | undefined): Parts =>
  text === undefined || text === "" ? [] : [line(bold(`${label}  `), words(foreign(text, 3000, true)))];

const isSome = (parts: Parts): KnownBlock[] => (parts.length === 0 ? [] : [richText(...parts)]);

/** What it did, what that stands on, and what it was asked for in the first place. */
export function whatItStandsOn({ request, agentName }: Escalation, room: Room): KnownBlock[] {
  const { brief } = request;
  const trigger = brief.trigger.kind.replaceAll("_", " ");
  return [
    richText(
      line(bold(say.cards.says(agentName))),
      ...(brief.accomplished.length === 0
        ? []
        : [line(bold(say.cards.alreadyDid)), bullets(brief.accomplished.map((one) => foreign(one, 300)))]),
      ...evidenceParts(brief.evidence, room),
      ...labelled(say.modals.originalRequest, brief.request),
      ...labelled(say.modals.whyItStopped(trigger), brief.trigger.detail),
    ),
    ...diffsOf(brief.evidence, room.diffChars),
  ];
}

/** Each under its own name, the first ones first; of what has no room it is said that it is there. */
function diffsOf(evidence: Escalation["request"]["brief"]["evidence"], charsMax: number): KnownBlock[] {
  let left = charsMax;
  return evidence.flatMap(({ title, diff }): KnownBlock[] => {
    if (diff === undefined) return [];
    const blocks = diffBlocks(diff.before, diff.after, left);
    left = Math.max(0, left - diff.before.length - diff.after.length);
    return [richText(line(bold(`${say.modals.whatDiffers}  `), words(foreign(title, 150)))), ...blocks];
  });
}

/** What it suggests, what it expects of each answer, and how sure it is. */
export function whatItSays(escalation: Escalation): KnownBlock[] {
  const { brief, signals } = escalation.request;
  const given = [
    ...(["confidence", "risk", "ood"] as const).flatMap((name) =>
      signals[name] === undefined ? [] : [`${say.modals.signals[name]} ${signals[name]}`],
    ),
    ...signals.flags,
  ];
  const suggestion = suggestionLine(escalation, true);
  return isSome([
    ...(suggestion === null ? [] : [suggestion]),
    ...labelled(say.modals.ifApproved, brief.on_approve),
    ...labelled(say.modals.ifRejected, brief.on_reject),
    ...labelled(say.modals.ifChanged, brief.on_modify),
    ...labelled(say.modals.howToUndo, brief.undo),
    ...labelled(say.modals.signals.label, given.join(" · ")),
  ]);
}

function evidenceParts(evidence: Escalation["request"]["brief"]["evidence"], room: Room): Parts {
  const isCut = evidence.some(({ excerpt }) => (excerpt ?? "").length > room.excerpt);
  const isBare = !room.links && evidence.some(({ url }) => url !== undefined);
  const notes = [
    ...(isCut ? [say.modals.excerptsCut(room.excerpt.toLocaleString("en-US"))] : []),
    ...(isBare ? [say.modals.addressesLeftOut] : []),
  ];
  return [
    ...notes.map((note) => line(italic(note))),
    ...evidence.flatMap((one) => {
      const seen = one.observed_at === undefined ? [] : [words(` · ${say.modals.seen} `), moment(one.observed_at)];
      const { url: _url, ...bare } = one;
      const linked = room.links ? one : bare;
      return [
        line(bold(`${say.cards.evidence}  `), ...evidenceElements(linked, 150), ...seen),
        ...(one.excerpt ? [line(words(`“${foreign(one.excerpt, room.excerpt)}”`))] : []),
      ];
    }),
  ];
}

/** A time in the reader's own zone. */
const moment = (iso: string): RichTextElement => ({
  type: "date",
  timestamp: Math.floor(Date.parse(iso) / 1000),
  format: "{date_short_pretty} {time}",
  fallback: iso,
});

const timed = (label: string, iso: string | undefined): Parts =>
  iso === undefined ? [] : [line(bold(`${label}  `), moment(iso))];

/** What nobody needs to decide, and somebody who looks for it must find: in one place, and nowhere else. */
export function technicalDetails(escalation: Escalation): RichTextBlock {
  const { request, ruling } = escalation;
  const { provenance, labels } = request;
  const source = [provenance?.source, ...(provenance?.transformations ?? [])].filter((one) => one !== undefined);
  const world = worldOf(escalation).map(({ name, value }) => `${name} = ${value}`);
  const own = Object.entries(labels).map(([name, value]) => `${name}: ${value}`);
  return richText(
    line(bold(say.modals.technicalDetails)),
    ...timed(say.modals.validUntil, request.valid_until),
    ...labelled(say.modals.mustStillHold, world.join(" · ")),
    ...labelled(say.modals.source, source.join(" · ")),
    ...timed(say.modals.producedAt, provenance?.produced_at),
    ...labelled(say.modals.classification, request.classification),
    ...labelled(say.modals.session, [request.session_id, request.step_id].filter((one) => one !== undefined).join(" · ")),
    ...labelled(
      say.modals.worksFor,
      [request.parent?.agent, request.parent?.session_id].filter((one) => one !== undefined).join(" · "),
    ),
    ...labelled(
      say.modals.hasRead,
      (ruling.session?.taints ?? []).map(({ kind, source }) => `${say.cards.taints[kind]}: ${source}`).join(" · "),
    ),
    ...labelled(say.modals.labels, own.join(" · ")),
    ...labelled(say.modals.escalation, `${escalation.id} · ${say.modals.round(escalation.round)}`),
    ...labelled(say.modals.policy, ruling.policyVersion.slice(0, 19)),
    ...labelled(say.modals.digest, escalation.actionDigest.slice(0, 19)),
  );
}

import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { bold, bullets, foreign, hostOf, italic, line, richText, words } from "../text.ts";

/** Everything the agent says, under its name and apart from ours. rich_text elements are literal: nothing in them can come alive. */
const ACCOMPLISHED_MAX = 3;
const EVIDENCE_MAX = 3;
type Part = RichTextBlock["elements"][number];

/**
 * In at most `room` lines: what it suggests comes first, then its evidence, what it has done, and its own title; what has no room is counted and stands in
 * the full brief.
 */
export function agentSays(escalation: Escalation, room = 8): KnownBlock[] {
  const { brief } = escalation.request;
  const suggestion = suggestionLine(escalation);
  const title = escalation.request.kind === "action" ? foreign(escalation.request.action.title, 140) : null;
  let left = room - 1 - (suggestion === null ? 0 : suggestionLines(suggestion));
  if (left < 0) return onlyCounted(escalation, room);
  const withEvidence = brief.evidence.length > 0 && left >= 1;
  if (withEvidence) left -= 1;
  const done = doneWithin(brief.accomplished, left);
  left -= done.lines;
  const evidence = withEvidence ? fittingEvidence(brief.evidence) : [];
  const hidden = brief.evidence.length - evidence.length + brief.accomplished.length - done.shown;
  const parts: Part[] = [
    ...(title !== null && title !== escalation.ruling.presentation.title && left >= 2 ? [line(words(title))] : []),
    ...done.parts,
    ...(evidence.length > 0 ? [evidenceLine(evidence)] : []),
    ...(suggestion === null ? [] : [suggestion]),
  ];
  const more = hidden === 0 ? "" : ` · ${hidden} more ${hidden === 1 ? "point" : "points"} in the full brief`;
  const head = line(bold(`${escalation.agentName} says`), ...(more === "" ? [] : [words(more)]));
  return parts.length === 0 && more === "" ? [] : [richText(head, ...parts)];
}

/** No room for what it says: how much of it there is, at least. */
function onlyCounted({ agentName, request: { brief } }: Escalation, room: number): KnownBlock[] {
  const points = brief.evidence.length + brief.accomplished.length;
  const told = [
    ...(points === 0 ? [] : [`${points} ${points === 1 ? "point" : "points"}`]),
    ...(brief.recommendation === undefined ? [] : [`an AI suggestion to ${foreign(brief.recommendation.decision, 30)}`]),
  ];
  if (room < 1 || told.length === 0) return [];
  return [richText(line(bold(`${agentName} says  `), words(`${told.join(" and ")}, in the full brief`)))];
}

const suggestionLines = (suggestion: Part): number =>
  Math.ceil(
    suggestion.elements.reduce((sum, one) => sum + ("text" in one && typeof one.text === "string" ? one.text.length : 0), 0) /
      LINE_CHARS,
  );

/** What the agent has done: a bullet each where there is room, else as much as one line holds. */
function doneWithin(accomplished: readonly string[], left: number): { parts: Part[]; lines: number; shown: number } {
  const points = accomplished.map((one) => foreign(one, DONE_CHARS));
  if (points.length === 0 || left < 1) return { parts: [], lines: 0, shown: 0 };
  const few = points.slice(0, ACCOMPLISHED_MAX);
  if (few.length <= left) return { parts: [bullets(few)], lines: few.length, shown: few.length };
  const fitting = points.filter((_one, i) => i === 0 || points.slice(0, i + 1).join(" · ").length <= DONE_CHARS);
  return { parts: [line(words(`• ${fitting.join(" · ")}`))], lines: 1, shown: fitting.length };
}

/** One line of a card. */
const LINE_CHARS = 90;
const DONE_CHARS = 85;

/** As many as one line holds, and at least one: a host is never cut, because it says where a link leads. */
function fittingEvidence(evidence: Escalation["request"]["brief"]["evidence"]): typeof evidence {
  let chars = 0;
  return evidence.slice(0, EVIDENCE_MAX).filter((one, i) => {
    chars += Math.min(24, one.title.length) + (one.url === undefined ? 0 : (hostOf(one.url) ?? "").length) + 6;
    return i === 0 || chars <= 90;
  });
}

function evidenceLine(evidence: Escalation["request"]["brief"]["evidence"]): Part {
  const each = evidence.flatMap((one, i): RichTextElement[] => [
    ...(i === 0 ? [] : [words(" · ")]),
    ...evidenceElements(one, 24),
  ]);
  return line(words("Evidence: "), ...each);
}

/** A title, linked only where it is http(s), with the host beside it. */
export function evidenceElements(one: { title: string; url?: string | undefined }, max = 80): RichTextElement[] {
  const title = foreign(one.title, max);
  const host = one.url === undefined ? null : hostOf(one.url);
  return one.url === undefined || host === null
    ? [words(title)]
    : [{ type: "link", url: one.url, text: title }, words(` (${host})`)];
}

export function suggestionLine(escalation: Escalation, full = false): RichTextBlock["elements"][number] | null {
  const { recommendation } = escalation.request.brief;
  if (recommendation === undefined) return null;
  const why = recommendation.rationale === undefined ? "" : `: “${foreign(recommendation.rationale, full ? 600 : 100)}”`;
  return line(
    words(`✦ Suggests to ${foreign(recommendation.decision, full ? 60 : 30)}${why}`),
    italic(" — an AI suggestion, it may be wrong"),
  );
}

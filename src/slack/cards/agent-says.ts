import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import type { Escalation } from "../../domain/escalation.ts";
import { bold, bullets, foreign, hostOf, italic, line, richText, words } from "../text.ts";

/** Everything the agent says, under its name and apart from ours. rich_text elements are literal: nothing in them can come alive. */
const ACCOMPLISHED_MAX = 3;
const EVIDENCE_MAX = 3;

export function agentSays(escalation: Escalation): KnownBlock[] {
  const { brief } = escalation.request;
  const parts: RichTextBlock["elements"] = [line(bold(`${escalation.agentName} says`))];
  const title = escalation.request.kind === "action" ? foreign(escalation.request.action.title, 140) : null;
  if (title !== null && title !== escalation.ruling.presentation.title) parts.push(line(words(title)));
  const done = brief.accomplished.slice(0, ACCOMPLISHED_MAX).map((one) => foreign(one, 160));
  if (done.length > 0) parts.push(bullets(done));
  const evidence = evidenceLine(escalation);
  if (evidence !== null) parts.push(evidence);
  const suggestion = suggestionLine(escalation);
  if (suggestion !== null) parts.push(suggestion);
  return parts.length === 1 ? [] : [richText(...parts)];
}

function evidenceLine(escalation: Escalation): RichTextBlock["elements"][number] | null {
  const { evidence, accomplished } = escalation.request.brief;
  const shown = evidence
    .slice(0, EVIDENCE_MAX)
    .flatMap((one, i): RichTextElement[] => [...(i === 0 ? [] : [words(" · ")]), ...evidenceElements(one)]);
  const hidden = evidence.length - EVIDENCE_MAX + Math.max(0, accomplished.length - ACCOMPLISHED_MAX);
  if (shown.length === 0) return null;
  return line(words("Evidence: "), ...shown, ...(hidden > 0 ? [words(` · ${hidden} more in the full brief`)] : []));
}

/** A title, linked only where it is http(s), with the host beside it. */
export function evidenceElements(one: { title: string; url?: string | undefined }): RichTextElement[] {
  const title = foreign(one.title, 80);
  const host = one.url === undefined ? null : hostOf(one.url);
  return one.url === undefined || host === null
    ? [words(title)]
    : [{ type: "link", url: one.url, text: title }, words(` (${host})`)];
}

export function suggestionLine(escalation: Escalation): RichTextBlock["elements"][number] | null {
  const { recommendation } = escalation.request.brief;
  if (recommendation === undefined) return null;
  const why = recommendation.rationale === undefined ? "" : `: “${foreign(recommendation.rationale, 200)}”`;
  return line(
    words(`✦ Suggests to ${foreign(recommendation.decision, 60)}${why}`),
    italic(" — an AI suggestion, it may be wrong"),
  );
}

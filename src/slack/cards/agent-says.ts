import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { submittedAction } from "../../domain/shapes/request.ts";
import { tierOf } from "../../domain/tiers.ts";
import { say } from "../../words/en.ts";
import { bold, bullets, foreign, italic, line, linkOf, richText, words } from "../text.ts";
import { PLENTY, type Room } from "./room.ts";

/**
 * Everything the agent says, under its name and apart from ours. rich_text elements are literal: nothing in them is rendered as
 * markup.
 */
const LISTED_MAX = 3;
const POINT_CHARS = 85;
const EVIDENCE_MAX = 3;
const TITLE_CHARS = 24;
type Part = RichTextBlock["elements"][number];
type Evidence = Escalation["request"]["brief"]["evidence"];

/** What it did and what it stands on never leave; its own title and what it suggests do when there is no room. */
export function agentSays(escalation: Escalation, room: Room = PLENTY): KnownBlock[] {
  const { brief } = escalation.request;
  const suggestion = room.suggestion ? suggestionLine(escalation) : null;
  const title = room.ownTitle ? ownTitle(escalation) : null;
  const evidence = fittingEvidence(brief.evidence, room.isJoined ? 1 : EVIDENCE_MAX);
  const who = bold(`${say.cards.says(escalation.agentName)}  `);
  const told = evidence.length === 0 ? [] : evidenceElementsOf(evidence, brief.evidence.length - evidence.length);
  const shown = Math.min(brief.accomplished.length, LISTED_MAX);
  if (room.isListed && brief.accomplished.length > 1) {
    const more = brief.accomplished.length - shown;
    return [
      richText(
        line(who, ...(title === null ? [] : [words(title)])),
        bullets(brief.accomplished.slice(0, shown).map((one) => foreign(one, POINT_CHARS))),
        ...(told.length === 0 && more === 0 ? [] : [line(...told, ...moreOf(more, told.length > 0))]),
        ...(suggestion === null ? [] : [suggestion]),
      ),
    ];
  }
  const done = doneWithin(brief.accomplished, room.isJoined ? JOINED_CHARS : room.chars >= 170 ? 2 * POINT_CHARS : POINT_CHARS);
  const parts: Part[] = [
    ...(title === null ? [] : [line(words(title))]),
    ...(done === null ? [] : [line(words(done), ...(room.isJoined && told.length > 0 ? [words(" · "), ...told] : []))]),
    ...(told.length === 0 || (room.isJoined && done !== null) ? [] : [line(...told)]),
    ...(suggestion === null ? [] : [suggestion]),
  ];
  const [first, ...rest] = parts;
  if (first === undefined) return [];
  return [richText(line(who, ...(first.elements as RichTextElement[])), ...rest)];
}

/** Of what it did, where its evidence stands in the same line. */
const JOINED_CHARS = 40;

const moreOf = (count: number, isAfter: boolean): RichTextElement[] =>
  count === 0 ? [] : [words(`${isAfter ? " · " : ""}${say.cards.inBrief(count)}`)];

function ownTitle({ request, ruling }: Escalation): string | null {
  const action = submittedAction(request);
  const title = action === null ? null : foreign(action.title, 140);
  return title === null || bare(title) === bare(ruling.presentation.title) ? null : title;
}

/** Ours and the agent's title often differ in a slash or a full stop, and then only one of them is worth a line. */
const bare = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** As many points as have room in one text, at least the first; how many more there are is said. */
export function doneWithin(accomplished: readonly string[], chars: number): string | null {
  if (accomplished.length === 0) return null;
  const points = accomplished.map((one) => foreign(one, chars));
  const fitting = points.filter((_one, i) => i === 0 || points.slice(0, i + 1).join(" · ").length <= chars);
  const more = points.length - fitting.length;
  return [...fitting, ...(more === 0 ? [] : [say.cards.more(more)])].join(" · ");
}

/** As many as one line holds, and at least one: a host is never cut, because it says where a link leads. */
function fittingEvidence(evidence: Evidence, max: number): Evidence {
  let chars = 0;
  return evidence.slice(0, max).filter((one, i) => {
    chars +=
      Math.min(TITLE_CHARS, one.title.length) +
      (one.url === undefined ? 0 : (linkOf(one.url)?.host ?? "").length) +
      besideOf(one).join("").length +
      6;
    return i === 0 || chars <= 75;
  });
}

function evidenceElementsOf(evidence: Evidence, more: number): RichTextElement[] {
  const each = evidence.flatMap((one, i) => [...(i === 0 ? [] : [words(" · ")]), ...evidenceElements(one, TITLE_CHARS)]);
  return [words(`${say.cards.evidence}: `), ...each, ...(more === 0 ? [] : [words(` · ${say.cards.more(more)}`)])];
}

/** A title, linked only where it is http(s), with the host beside it. */
export function evidenceElements(one: Pick<Evidence[number], "title" | "url" | "media" | "diff">, max = 80): RichTextElement[] {
  const title = foreign(one.title, max);
  const link = one.url === undefined ? null : linkOf(one.url);
  const beside = besideOf(one).map((what) => words(` (${what})`));
  if (link === null) return [words(title), ...beside];
  return [{ type: "link", url: link.url, text: title }, words(` (${link.host})`), ...beside];
}

/** What there is to look at elsewhere. */
function besideOf({ media, diff }: Pick<Evidence[number], "media" | "diff">): string[] {
  const { picture, file, diff: ofDiff } = say.cards.inThread;
  return [
    ...(media === undefined ? [] : [media.type.startsWith("image/") ? picture : file]),
    ...(diff === undefined ? [] : [ofDiff]),
  ];
}

export function suggestionLine(escalation: Escalation, full = false): RichTextBlock["elements"][number] | null {
  const { recommendation } = escalation.request.brief;
  if (recommendation === undefined) return null;
  const why = recommendation.rationale === undefined ? "" : `: “${foreign(recommendation.rationale, full ? 600 : 100)}”`;
  const isStopped = tierOf(escalation).doneBy === "person";
  return line(words(`✦ ${suggested(recommendation.decision, isStopped, full)}${why}`), italic(` — ${say.cards.mayBeWrong}`));
}

/** What is stopped nobody approves: a person does it. */
function suggested(decision: string, isStopped: boolean, full: boolean): string {
  if (/^approve$/i.test(decision)) return isStopped ? say.cards.suggestsDoing : say.cards.suggestsApproving;
  if (/^reject$/i.test(decision)) return say.cards.suggestsRejecting;
  return say.cards.suggests(foreign(decision, full ? 60 : 30));
}

import type { SectionBlock } from "@slack/types";

/**
 * Words of ours in Slack's markup, already escaped. They always go out as blocks with `verbatim`: of a bare `text` Slack makes
 * links out of whatever looks like a host, and the agent chose what stands in it.
 */

/** What must not be cut in two: a mention, a date or a link, an entity, a character. */
const TOKENS = /<[^<>\n]*>|&(?:amp|lt|gt);|[\s\S]/gu;

/** Pieces of at most `max` UTF-16 units that together are the whole text; cut at the end of a line where one is near. */
export function mrkdwnPieces(mrkdwn: string, max: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const [token] of mrkdwn.matchAll(TOKENS)) {
    if (piece.length + token.length > max) {
      const end = piece.lastIndexOf("\n") + 1;
      const keep = end > max / 2 ? end : piece.length;
      pieces.push(piece.slice(0, keep));
      piece = piece.slice(keep);
    }
    piece += token;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

export function clipMrkdwn(mrkdwn: string, max: number): string {
  if (mrkdwn.length <= max) return mrkdwn;
  return `${mrkdwnPieces(mrkdwn, max - 1)[0] ?? ""}…`;
}

/** What people see of it: times filled in, people by a name of usual length, links by their words, no marks of bold. */
export const seenMrkdwn = (mrkdwn: string): string =>
  mrkdwn
    .replaceAll(/<!date[^|>]*\|[^>]*>/g, "14:00 today")
    .replaceAll(/<[@#][^>]*>/g, "@someone")
    .replaceAll(/<[^|>\n]*\|([^>\n]*)>/g, "$1")
    .replaceAll(/&(?:amp|lt|gt);/g, "&")
    .replaceAll("*", "");

/** At most so many characters as they are seen, in one line; nothing is cut in two, no bold or isolate left open. */
export function cutMrkdwn(mrkdwn: string, seen: number): string {
  if (seenMrkdwn(mrkdwn).length <= seen) return mrkdwn;
  let [kept, length] = ["", 0];
  for (const [token] of mrkdwn.replaceAll("\n", " ").matchAll(TOKENS)) {
    length += seenMrkdwn(token).length;
    if (length >= seen) break;
    kept += token;
  }
  const isBold = kept.split("*").length % 2 === 0;
  const isIsolated = kept.lastIndexOf("\u2068") > kept.lastIndexOf("\u2069");
  return `${kept}…${isIsolated ? "\u2069" : ""}${isBold ? "*" : ""}`;
}

const SECTION_MAX = 3000;
/** Slack refuses a message whose blocks are larger than about 13,200 characters as a whole. */
const SPOKEN_MAX = 12_000;

/** A message of words only. `text` is what a notification shows; Slack parses nothing in it. */
export type Spoken = { text: string; blocks: SectionBlock[]; parse: "none" };

export function spoken(mrkdwn: string): Spoken {
  const pieces = mrkdwnPieces(mrkdwn.trim() === "" ? "–" : mrkdwn, SECTION_MAX);
  const fits = pieces.findLastIndex((_piece, i) => JSON.stringify(pieces.slice(0, i + 1)).length <= SPOKEN_MAX);
  const said = pieces.slice(0, fits + 1);
  if (said.length < pieces.length) said.push("…");
  const blocks = said.map((text): SectionBlock => ({ type: "section", text: { type: "mrkdwn", text, verbatim: true } }));
  return { text: clipMrkdwn(mrkdwn, 4000), blocks, parse: "none" };
}

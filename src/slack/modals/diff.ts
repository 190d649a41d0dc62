import type { KnownBlock, RichTextBlock } from "@slack/types";
import { type DiffLine, diffOf } from "../../domain/base/diff.ts";
import { clip, piecesOf, withoutEntities } from "../../domain/base/inert.ts";
import { say } from "../../words/en.ts";
import { asSeen, context } from "../text.ts";

/** How a text changed, line by line, set apart from everything of ours; as much of it as there is room for. */
const BLOCK_CHARS = 2900;
const CHARS_MAX = 11_600;
/** Less than this says nothing. */
const LEAST_CHARS = 200;
/** Unchanged lines that stand around each place. */
const AROUND = 2;

const MARKS: Record<DiffLine["op"], string> = { same: "  ", removed: "- ", added: "+ " };

export function diffBlocks(before: string, after: string, charsMax = CHARS_MAX): KnownBlock[] {
  const whole = shownLines(diffOf(asSeen(before), asSeen(after))).join("\n");
  const shown = clip(whole, Math.min(charsMax, CHARS_MAX));
  const pieces = charsMax < LEAST_CHARS ? [] : piecesOf(shown, BLOCK_CHARS);
  return [
    ...pieces.map((piece): RichTextBlock => {
      return {
        type: "rich_text",
        elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: withoutEntities(piece) }] }],
      };
    }),
    ...(pieces.length === 0 || shown !== whole ? [context(say.modals.diffCut)] : []),
  ];
}

function shownLines(lines: readonly DiffLine[]): string[] {
  const isNear = (index: number) => lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ op }) => op !== "same");
  const near = lines.map((_line, i) => isNear(i));
  return lines.flatMap(({ op, text }, i) => {
    if (near[i]) return [`${MARKS[op]}${text}`];
    return near[i - 1] === true || (i === 0 && lines.length > 1) ? ["…"] : [];
  });
}

import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import { cutMrkdwn, seenMrkdwn } from "../mrkdwn.ts";
import { words } from "../text.ts";

/** How many lines blocks take in a conversation of ordinary width, people, times and links counted as they are seen. */
const LINE_CHARS = 90;
/** The title is set larger, the line under it smaller. */
const HEADER_CHARS = 75;
const CONTEXT_CHARS = 115;

export const linesOf = (blocks: readonly KnownBlock[]): number => blocks.reduce((sum, block) => sum + linesOfBlock(block), 0);

function linesOfBlock(block: KnownBlock): number {
  switch (block.type) {
    case "header":
      return wrapped(block.text.text, HEADER_CHARS);
    case "section":
      return wrapped(seenMrkdwn(block.text?.text ?? ""), LINE_CHARS);
    case "context":
      return wrapped(seenMrkdwn(block.elements.map((one) => ("text" in one ? one.text : "")).join(" ")), CONTEXT_CHARS);
    case "rich_text":
      return block.elements.reduce((sum, part) => sum + linesOfPart(part), 0);
    default:
      return 1;
  }
}

type Part = RichTextBlock["elements"][number];
const linesOfPart = (part: Part): number =>
  part.type === "rich_text_list"
    ? part.elements.reduce((sum, one) => sum + wrapped(seenIn(one.elements), LINE_CHARS), 0)
    : wrapped(seenIn(part.elements), LINE_CHARS);

const seenIn = (elements: readonly RichTextElement[]): string =>
  elements.map((one) => ("text" in one && typeof one.text === "string" ? one.text : "@someone")).join("");

const wrapped = (text: string, chars: number): number =>
  text.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / chars)), 0);

/**
 * The same blocks in at most `max` lines: as long as they take more, the longest of them (of several the last) loses its last
 * line and shows that it did. One line of each block always stays.
 */
export function cutToLines(blocks: readonly KnownBlock[], max: number): KnownBlock[] {
  const cut = [...blocks];
  for (let left = linesOf(cut) - max; left > 0; left--) {
    const lengths = cut.map(linesOfBlock);
    const longest = lengths.lastIndexOf(Math.max(...lengths));
    const block = cut[longest];
    if (block === undefined || (lengths[longest] ?? 1) < 2) break;
    cut[longest] = cutBlock(block, (lengths[longest] ?? 2) - 1);
  }
  return cut;
}

function cutBlock(block: KnownBlock, lines: number): KnownBlock {
  switch (block.type) {
    case "header":
      return { ...block, text: { ...block.text, text: clip(block.text.text, lines * HEADER_CHARS) } };
    case "section":
      return block.text === undefined
        ? block
        : { ...block, text: { ...block.text, text: cutMrkdwn(block.text.text, lines * LINE_CHARS) } };
    case "context": {
      const [first] = block.elements;
      return first === undefined || !("text" in first)
        ? block
        : { ...block, elements: [{ ...first, text: cutMrkdwn(first.text, lines * CONTEXT_CHARS) }] };
    }
    case "rich_text":
      return { ...block, elements: cutParts(block.elements, lines) };
    default:
      return block;
  }
}

/** Of several lines as many as there is room for; the last of them ends where the room does. */
function cutParts(parts: readonly Part[], lines: number): Part[] {
  const kept: Part[] = [];
  let room = lines;
  for (const part of parts) {
    if (room < 1) break;
    if (part.type === "rich_text_list") kept.push({ ...part, elements: part.elements.slice(0, room) });
    else kept.push({ ...part, elements: cutElements(part.elements as RichTextElement[], room * LINE_CHARS) } as Part);
    room -= linesOfPart(part);
  }
  return kept;
}

function cutElements(elements: readonly RichTextElement[], chars: number): RichTextElement[] {
  if (seenIn(elements).length <= chars) return [...elements];
  const kept: RichTextElement[] = [];
  let room = chars - 1;
  for (const one of elements) {
    const { length } = seenIn([one]);
    if (length > room) {
      const rest =
        "text" in one && typeof one.text === "string" && room > 0 ? { ...one, text: clip(one.text, room + 1) } : words("…");
      return [...kept, rest as RichTextElement];
    }
    kept.push(one);
    room -= length;
  }
  return kept;
}

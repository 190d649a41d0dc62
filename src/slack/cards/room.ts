import type { KnownBlock } from "@slack/types";

/**
 * A card has twelve lines above its buttons. Whatever the brief, two things of it never leave for words of ours: what the agent
 * did and what it stands on. The rest gives way in this order, as far as it has to.
 */
export type Room = {
  /** What the agent did as a list, else in one line. */
  isListed: boolean;
  reasons: number;
  ownTitle: boolean;
  suggestion: boolean;
  messages: number;
  /** Of each text that a person or an agent has written. */
  chars: number;
  /** What the agent did and its evidence in one line. */
  isJoined: boolean;
  notices: number;
  /** The question and the parameters whole; a card on which they are not cannot be approved from. */
  isInFull: boolean;
};

export const PLENTY: Room = {
  isListed: true,
  reasons: 3,
  ownTitle: true,
  suggestion: true,
  messages: 2,
  chars: 300,
  isJoined: false,
  notices: 9,
  isInFull: true,
};
const GIVING_WAY: readonly Partial<Room>[] = [
  { isListed: false },
  { reasons: 1 },
  { ownTitle: false },
  { suggestion: false },
  { messages: 1 },
  { chars: 170 },
  { messages: 0 },
  { chars: 85 },
  { isJoined: true },
  { notices: 2 },
  { notices: 1 },
  { isInFull: false },
];

const LINES_MAX = 12;
const LINE_CHARS = 90;
/** The title is set larger, the line under it smaller. */
const HEADER_CHARS = 75;
const CONTEXT_CHARS = 115;

/** What `draw` makes of the most room in which it stays within the lines of a card; of the least, where nothing does. */
export function withinLines(draw: (room: Room) => KnownBlock[]): { blocks: KnownBlock[]; room: Room } {
  let room = PLENTY;
  let blocks = draw(room);
  for (const step of GIVING_WAY) {
    if (linesOf(blocks) <= LINES_MAX) break;
    room = { ...room, ...step };
    blocks = draw(room);
  }
  return { blocks, room };
}

/** About how many lines these blocks take in a conversation, people and times counted as they are seen. */
function linesOf(blocks: readonly KnownBlock[]): number {
  return blocks.reduce((sum, block) => sum + linesOfBlock(block), 0);
}

function linesOfBlock(block: KnownBlock): number {
  if (block.type === "header") return wrapped(block.text.text, HEADER_CHARS);
  if (block.type === "section") return wrapped(block.text?.text ?? "", LINE_CHARS);
  if (block.type === "context")
    return wrapped(block.elements.map((one) => ("text" in one ? one.text : "")).join(" "), CONTEXT_CHARS);
  if (block.type !== "rich_text") return 1;
  const lines = block.elements.flatMap((part) => (part.type === "rich_text_list" ? part.elements : [part]));
  const texts = lines.map((one) => one.elements.map((e) => ("text" in e && typeof e.text === "string" ? e.text : "")).join(""));
  return texts.reduce((sum, text) => sum + wrapped(text, LINE_CHARS), 0);
}

function wrapped(text: string, chars: number): number {
  const seen = text
    .replaceAll(/<!date[^|>]*\|[^>]*>/g, "14:00 today")
    .replaceAll(/<@[^>]*>/g, "@someone")
    .replaceAll(/[*_]/g, "");
  return seen.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / chars)), 0);
}

import type { KnownBlock } from "@slack/types";
import { cutToLines, linesOf } from "./lines.ts";

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

/**
 * What `draw` makes of the most room in which it stays within the lines of a card. Where even the least is too much, its longest
 * parts are cut: with that room nothing can be approved from the card.
 */
export function withinLines(draw: (room: Room) => KnownBlock[]): { blocks: KnownBlock[]; room: Room } {
  let room = PLENTY;
  let blocks = draw(room);
  for (const step of GIVING_WAY) {
    if (linesOf(blocks) <= LINES_MAX) return { blocks, room };
    room = { ...room, ...step };
    blocks = draw(room);
  }
  return { blocks: cutToLines(blocks, LINES_MAX), room };
}

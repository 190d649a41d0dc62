import type { KnownBlock } from "@slack/types";
import { inertText, piecesOf } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Presentation } from "../../domain/shapes/ruling.ts";
import { fieldsOf, LABEL_MAX, pairs } from "../cards/parameters.ts";
import { bold, line, plain, richText, words } from "../text.ts";

/**
 * Everything that would be done, without a cut: what has no room on a card is approved here or nowhere. One function draws it or
 * says that it cannot be drawn, so that no surface can show a part and take an approval for the whole.
 */
type Fields = Presentation["fields"];

/** Of the hundred blocks of a modal; the rest is for what stands around them. */
const BLOCKS_MAX = 85;
/** Slack takes 2,000 characters beside a label and 3,000 in a block. */
const BESIDE_MAX = 1900;
const PIECE_MAX = 2900;
const NAME_MAX = 1000;

/** All parameters; null where they cannot be shown in full, and then nothing of it can be approved. */
export const fullParameters = (escalation: Escalation): KnownBlock[] | null => inFull(fieldsOf(escalation), BLOCKS_MAX);

/** Long values are cut into several blocks, never shortened; null where not all of it has room in so many blocks. */
export function inFull(fields: Fields, blocksMax: number): KnownBlock[] | null {
  if (fields.some((field) => inertText(field.label).length > NAME_MAX)) return null;
  const isShort = ({ label, value }: Fields[number]) => value.length <= BESIDE_MAX && inertText(label).length <= LABEL_MAX;
  const blocks = [
    ...pairs(fields.filter(isShort)),
    ...fields
      .filter((field) => !isShort(field))
      .flatMap((field): KnownBlock[] => [richText(line(bold(inertText(field.label)), words(" "))), ...wholeText(field.value)]),
  ];
  return blocks.length <= blocksMax ? blocks : null;
}

/** A text of any length, to its end. */
export const wholeText = (text: string): KnownBlock[] =>
  piecesOf(text, PIECE_MAX).map((piece) => ({ type: "section", text: plain(piece) }));

/** For forms that are opened only where it fits. */
export function shown(blocks: KnownBlock[] | null): KnownBlock[] {
  if (blocks === null) throw new Error("an action that cannot be shown in full must not be approved or changed");
  return blocks;
}

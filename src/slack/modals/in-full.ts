import type { KnownBlock } from "@slack/types";
import { inertText, piecesOf } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Presentation } from "../../domain/shapes/ruling.ts";
import { apart, LABEL_MAX, pairs } from "../cards/parameters.ts";
import { bold, line, plain, richText, words } from "../text.ts";

/** Everything that would be done, without a cut: what has no room on a card is approved here or nowhere. */
type Fields = Presentation["fields"];

/** Of the hundred blocks of a modal; the rest is for what stands around them. */
const BLOCKS_MAX = 85;
/** Slack takes 2,000 characters beside a label and 3,000 in a block. */
const BESIDE_MAX = 1900;
const PIECE_MAX = 2900;
const NAME_MAX = 1000;

export const fullParameters = (escalation: Escalation): KnownBlock[] => inFull(apart(escalation.ruling.presentation.fields));

/** Whether all of it has room in a modal; what has not cannot be approved at all. */
export const fitsModal = (escalation: Escalation): boolean =>
  fitsInFull(apart(escalation.ruling.presentation.fields), BLOCKS_MAX);

/** Whether these fields have room in so many blocks. */
export function fitsInFull(fields: Fields, blocksMax: number): boolean {
  return inFull(fields).length <= blocksMax && fields.every((field) => inertText(field.label).length <= NAME_MAX);
}

/** Long values are cut into several blocks, never shortened. */
export function inFull(fields: Fields): KnownBlock[] {
  const isShort = ({ label, value }: Fields[number]) => value.length <= BESIDE_MAX && inertText(label).length <= LABEL_MAX;
  return [
    ...pairs(fields.filter(isShort)),
    ...fields
      .filter((field) => !isShort(field))
      .flatMap((field): KnownBlock[] => [
        richText(line(bold(inertText(field.label).slice(0, NAME_MAX)), words(" "))),
        ...piecesOf(field.value, PIECE_MAX).map((piece): KnownBlock => ({ type: "section", text: plain(piece) })),
      ]),
  ];
}

import type { KnownBlock, ModalView } from "@slack/types";
import { editableText } from "../../domain/base/inert.ts";
import { artifactOf } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { hiddenIn, literal, section } from "../text.ts";
import { modal, TITLE_MAX, textInput } from "./frame.ts";
import { fullParameters, shown } from "./in-full.ts";
import type { StateValues } from "./inputs.ts";

/** The form in which a text is edited: as many inputs as it takes, and nothing of what was written in it is ever lost. */

/** What an input takes, and what it begins with at most: the rest is for what is added. */
const INPUT_MAX = 3000;
const PIECE_MAX = 2400;
/** From here on there is one more input below, for what the others have no room for. */
const LONG_CHARS = 1500;
const NEWLINES_MAX = 9;

/**
 * A text in pieces for the inputs, and what stands between two of them, a character each: so many line breaks, a space or
 * nothing. No piece begins or ends in blanks of ours that an input might lose.
 */
export function inPieces(text: string): { pieces: string[]; between: string } {
  const pieces: string[] = [];
  let [rest, between] = [text, ""];
  while (rest.length > PIECE_MAX) {
    const { at, length, mark } = cutOf(rest);
    pieces.push(rest.slice(0, at));
    between += mark;
    rest = rest.slice(at + length);
  }
  pieces.push(rest);
  return text.length > LONG_CHARS ? { pieces: [...pieces, ""], between: `${between}1` } : { pieces, between };
}

function cutOf(text: string): { at: number; length: number; mark: string } {
  const start = text.slice(0, PIECE_MAX);
  const lines = [...start.matchAll(/(?<=[^\n])\n{1,9}(?=[^\n])/gu)].at(-1);
  if (lines !== undefined && lines.index > PIECE_MAX / 2)
    return { at: lines.index, length: lines[0].length, mark: String(lines[0].length) };
  const space = start.lastIndexOf(" ");
  if (space > PIECE_MAX / 2) return { at: space, length: 1, mark: "s" };
  const isHalf = /[\uD800-\uDBFF]$/.test(start);
  return { at: isHalf ? PIECE_MAX - 1 : PIECE_MAX, length: 0, mark: "0" };
}

export function joined(pieces: readonly string[], between: string): string {
  const last = pieces.at(-1) === "" ? pieces.slice(0, -1) : pieces;
  return last.map((piece, i) => (i === 0 ? "" : blankOf(between[i - 1] ?? "0")) + piece).join("");
}

function blankOf(mark: string): string {
  const newlines = Number(mark);
  return Number.isInteger(newlines) ? "\n".repeat(Math.min(newlines, NEWLINES_MAX)) : " ";
}

const inputId = (index: number): string => (index === 0 ? "content" : `content:${index + 1}`);

function inputsFor(text: string): { blocks: KnownBlock[]; between: string } {
  const { pieces, between } = inPieces(text);
  const blocks = pieces.map((piece, i) =>
    textInput(inputId(i), pieces.length === 1 ? say.cards.text : say.modals.textPart(i + 1, pieces.length), {
      // Emptied, a part of several is taken out.
      optional: pieces.length > 1,
      max_length: INPUT_MAX,
      ...(piece === "" ? {} : { initial_value: piece }),
    }),
  );
  return { blocks, between };
}

/** `between`: as the form was given it; what is not a mark of ours joins by nothing. */
export const readText = (values: StateValues, between: string): string =>
  joined(
    [...`${between}.`].map((_mark, i) => values[inputId(i)]?.[inputId(i)]?.value ?? ""),
    between,
  );

const contentOf = (escalation: Escalation): string => {
  const artifact = artifactOf(escalation);
  if (artifact === null) throw new Error("only a text is edited");
  return artifact.content;
};

export function editModal(escalation: Escalation): ModalView {
  const content = contentOf(escalation);
  const hidden = hiddenIn(content);
  const { blocks, between } = inputsFor(editableText(content));
  return drawn(escalation, between, [
    ...intro(escalation),
    ...(hidden === 0 ? [] : [section(`⚠ ${say.modals.hiddenLeftOut(hidden)}`)]),
    ...blocks,
  ]);
}

/** For whoever wrote while somebody else did: their own text to go on with, and the one that stands now. */
export function editAgainModal(escalation: Escalation, written: string): ModalView {
  const { blocks, between } = inputsFor(written);
  const { modifiedBy } = escalation;
  return drawn(escalation, between, [
    section(`⚠ *${say.modals.changedMeanwhile(modifiedBy === null ? null : `<@${modifiedBy}>`)}*`),
    ...intro(escalation),
    ...blocks,
    section(`*${say.modals.textNow}*`),
    ...shown(fullParameters(escalation)),
  ]);
}

const intro = ({ ruling }: Escalation): KnownBlock[] => [
  section(`*${say.modals.approveText}:* ${say.modals.editEffect(ruling.presentation.effects.modify, placesOf(ruling))}`),
  section(`*${literal(ruling.presentation.title)}*`),
];

const placesOf = ({ requirement }: Escalation["ruling"]): number => requirement.seats.reduce((sum, seat) => sum + seat.count, 0);

function drawn(escalation: Escalation, between: string, blocks: KnownBlock[]): ModalView {
  const title = escalation.ruling.presentation.buttons.modify.replace(/…$/, "");
  const named = title.length <= TITLE_MAX ? title : say.modals.editText;
  const reason = textInput("reason", say.modals.whyChange, { optional: true, hint: say.modals.agentReadsIt });
  return modal("edit_modal", named, say.modals.approveText, escalation, [...blocks, reason], between);
}

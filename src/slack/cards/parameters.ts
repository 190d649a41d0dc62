import type { KnownBlock, RichTextSection, SectionBlock } from "@slack/types";
import { clip, inertText } from "../../domain/base/inert.ts";
import type { Presentation } from "../../domain/shapes/ruling.ts";
import { bold, context, escapeMrkdwn, foreign, line, plain, richText, words } from "../text.ts";

/** The canonical parameters, all of them or none: labels are ours (left), values are data (right, never parsed). */
type Fields = Presentation["fields"];

const FIELDS_MAX = 10;
/** Of the twelve lines above the buttons. */
const LINES_MAX = 6;
/** What stands beside its label in one line; longer values take the whole width. */
const SHORT = 45;
const WIDE = 90;
/** A longer name than this is cut beside its value, so the action is not shown in full there. */
export const LABEL_MAX = 60;
const PAIRS_PER_SECTION = 5;

/** Label and value that share a line with another pair. */
const HALF = 48;

const fitsHalf = ({ label, value }: Fields[number]): boolean => label.length + value.length <= HALF && !value.includes("\n");
const isShort = ({ value }: Fields[number]): boolean => value.length <= SHORT && !value.includes("\n");
const linesOf = ({ label, value }: Fields[number]): number =>
  value.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil((one.length + label.length + 2) / WIDE)), 0);
const sumLines = (fields: Fields): number => fields.reduce((sum, field) => sum + linesOf(field), 0);

/** One row for each short value where there is room for that, else two in a row. */
function layout(fields: Fields): { rows: "single" | "double"; lines: number } {
  const single = fields.filter(isShort).length + sumLines(fields.filter((field) => !isShort(field)));
  if (single <= LINES_MAX) return { rows: "single", lines: single };
  const halves = fields.filter(fitsHalf).length;
  return { rows: "double", lines: Math.ceil(halves / 2) + sumLines(fields.filter((field) => !fitsHalf(field))) };
}

export function fitsCard(fields: Fields): boolean {
  return (
    fields.length <= FIELDS_MAX &&
    layout(fields).lines <= LINES_MAX &&
    fields.every((field) => inertText(field.label).length <= LABEL_MAX)
  );
}

/** What has to be shown by itself. */
export const apart = (fields: Fields): Fields => fields.filter((field) => field.within !== true);

/** Lines that the parameters take on a card. */
export const parameterLines = (fields: Fields): number => (fitsCard(fields) ? layout(fields).lines : 1);

export function parameterBlocks(fields: Fields): KnownBlock[] {
  if (fields.length === 0) return [];
  if (!fitsCard(fields)) return [context(tooMuch(fields))];
  const isSingle = layout(fields).rows === "single";
  const narrow = fields.filter(isSingle ? isShort : fitsHalf);
  const long = fields.filter((field) => !narrow.includes(field)).map((field) => wide([field]));
  if (isSingle) return [...pairs(narrow), ...(long.length === 0 ? [] : [richText(...long)])];
  const doubled = narrow.flatMap((field, i) => (i % 2 === 0 ? [wide([field, ...narrow.slice(i + 1, i + 2)])] : []));
  return [richText(...doubled, ...long)];
}

function tooMuch(fields: Fields): string {
  const long = fields.filter((field) => !isShort(field)).map((field) => label(field.label));
  const which =
    long.length === 0 ? `${fields.length} parameters` : `${fields.length} parameters, long: ${long.slice(0, 3).join(", ")}`;
  return `⚠ *Can't show this action in full, so it can't be approved from this card* (${which}). Open it in full below.`;
}

/** Label and value one after the other; rich text is literal. */
function wide(fields: Fields): RichTextSection {
  return line(
    ...fields.flatMap(({ label: name, value }, i) => [
      ...(i === 0 ? [] : [words("   ·   ")]),
      bold(`${foreign(name, LABEL_MAX)}  `),
      words(value),
    ]),
  );
}

/** Label and value side by side; used where there is room for everything. */
export function pairs(fields: Fields): SectionBlock[] {
  const sections: SectionBlock[] = [];
  for (let i = 0; i < fields.length; i += PAIRS_PER_SECTION) {
    const some = fields.slice(i, i + PAIRS_PER_SECTION);
    sections.push({
      type: "section",
      fields: some.flatMap((field) => [{ type: "mrkdwn" as const, text: `*${label(field.label)}*` }, plain(field.value, 2000)]),
    });
  }
  return sections;
}

/** A parameter without a label of ours shows its own name, which is the agent's: nothing in it may become markup. */
const label = (text: string) => escapeMrkdwn(clip(inertText(text).replaceAll(/[*_~`:@#]/g, " "), LABEL_MAX));

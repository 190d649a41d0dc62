import type { KnownBlock, RichTextSection, SectionBlock } from "@slack/types";
import { clip, inertText } from "../../domain/base/inert.ts";
import { artifactOf } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Presentation } from "../../domain/shapes/ruling.ts";
import { say } from "../../words/en.ts";
import { asSeen, bold, context, escapeMrkdwn, foreign, line, plain, richText, words } from "../text.ts";

/** The canonical parameters, all of them or none: labels are ours (left), values are data (right, never parsed). */
type Fields = Presentation["fields"];

const FIELDS_MAX = 16;
/** Of the twelve lines above the buttons. */
const LINES_MAX = 4;
/** One line of a card. */
const WIDE = 90;
/** A longer name than this is cut beside its value, so the action is not shown in full there. */
export const LABEL_MAX = 60;
const PAIRS_PER_SECTION = 5;

/** Label and value that share a line with others. */
const SHARED = 48;
const isShort = ({ label, value }: Fields[number]): boolean => label.length + value.length <= SHARED && !value.includes("\n");
const linesOf = ({ label, value }: Fields[number]): number =>
  value.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil((one.length + label.length + 2) / WIDE)), 0);

/** Short ones beside each other, as many as a line holds; each long one by itself. In their order. */
function rowsOf(fields: Fields): Fields[] {
  const rows: Fields[] = [];
  for (const field of fields) {
    const row = rows.at(-1);
    const chars = (row ?? []).reduce((sum, one) => sum + one.label.length + one.value.length + 5, 0);
    const isRoom = chars + field.label.length + field.value.length <= WIDE;
    if (row !== undefined && isRoom && isShort(field) && row.every(isShort)) row.push(field);
    else rows.push([field]);
  }
  return rows;
}

const linesIn = (rows: readonly Fields[]): number =>
  rows.reduce((sum, row) => sum + (row.length === 1 ? row.reduce((lines, one) => lines + linesOf(one), 0) : 1), 0);

export function fitsCard(fields: Fields): boolean {
  return (
    fields.length <= FIELDS_MAX &&
    linesIn(rowsOf(fields)) <= LINES_MAX &&
    fields.every((field) => inertText(field.label).length <= LABEL_MAX)
  );
}

/** What has to be shown by itself of what is decided: the parameters of an action, or a whole text. */
export function fieldsOf(escalation: Pick<Escalation, "ruling" | "subject">): Fields {
  const artifact = artifactOf(escalation);
  if (artifact !== null) return [{ name: "content", label: say.cards.text, value: asSeen(artifact.content) }];
  return escalation.ruling.presentation.fields.filter((field) => field.within !== true);
}

/** All of them in full; where they have no room, those that do, and a line that says that it is not all. */
export function parameterBlocks(fields: Fields, isRoom = true): KnownBlock[] {
  if (fields.length === 0) return [];
  if (isRoom && fitsCard(fields)) return [richText(...rowsOf(fields).map(wide))];
  const rows = rowsOf(fields.filter((one) => isShort(one) && inertText(one.label).length <= LABEL_MAX)).slice(0, isRoom ? 2 : 0);
  const shown = rows.flat().length;
  return [
    ...(rows.length === 0 ? [] : [richText(...rows.map(wide))]),
    context(`⚠ *${say.cards.notInFull}* (${say.cards.parametersShown(fields.length, shown)}).`),
  ];
}

/** Label and value one after the other; rich text is literal. */
function wide(fields: Fields): RichTextSection {
  return line(
    ...fields.flatMap(({ label: name, value }, i) => [
      ...(i === 0 ? [] : [words("  ·  ")]),
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
      fields: some.flatMap((field) => [
        { type: "mrkdwn" as const, text: `*${label(field.label)}*`, verbatim: true },
        plain(field.value, 2000),
      ]),
    });
  }
  return sections;
}

/** A parameter without a label of ours shows its own name, which is the agent's: nothing in it may become markup. */
const label = (text: string) => escapeMrkdwn(clip(inertText(text).replaceAll(/[*_~`:@#]/g, " "), LABEL_MAX));

import type { KnownBlock, SectionBlock } from "@slack/types";
import { clip, inertText } from "../../domain/inert.ts";
import type { Presentation } from "../../domain/ruling.ts";
import { context, escapeMrkdwn, plain } from "../text.ts";

/** The canonical parameters, all of them or none: labels are ours (left), values are data (right, never parsed). */
const FIELDS_MAX = 10;
const VALUE_MAX = 300;
const PAIRS_PER_SECTION = 5;

export function fitsCard(fields: Presentation["fields"]): boolean {
  return fields.length <= FIELDS_MAX && fields.every((field) => field.value.length <= VALUE_MAX);
}

export function parameterBlocks(fields: Presentation["fields"]): KnownBlock[] {
  if (fields.length === 0) return [];
  if (!fitsCard(fields)) {
    const long = fields.filter((field) => field.value.length > VALUE_MAX).map((field) => field.label);
    const why =
      fields.length > FIELDS_MAX
        ? `${fields.length} parameters, at most ${FIELDS_MAX} fit here`
        : `too long for a card: ${long.slice(0, 3).join(", ")}`;
    return [
      context(
        `⚠ *Can't show this action in full, so it can't be approved from this card* (${escapeMrkdwn(why)}). Open it in full below.`,
      ),
    ];
  }
  return pairs(fields);
}

/** Label and value side by side; used where there is room for everything. */
export function pairs(fields: Presentation["fields"]): SectionBlock[] {
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
const label = (text: string) => escapeMrkdwn(clip(inertText(text).replaceAll(/[*_~`:@#]/g, " "), 60));

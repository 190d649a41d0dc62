import type { KnownBlock, RichTextBlock } from "@slack/types";
import { artifactOf } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Artifact } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { asSeen, bold, context, foreign, line, richText, words } from "../text.ts";
import { linesOf } from "./lines.ts";
import type { Room } from "./room.ts";

/** Of the twelve lines above the buttons, its name included. */
const LINES_MAX = 7;
/** Of a text that has no room on a card. */
const BEGINNING_LINES = 3;
const BEGINNING_CHARS = 240;

/** Whether a card has room for the whole text. */
export const fitsText = ({ content }: Artifact): boolean => linesOf([quoted(asSeen(content))]) <= LINES_MAX;

/** A text as it would be used, set apart from everything of ours: whole where a card has room for it, else its beginning. */
export function artifactBlocks(escalation: Escalation, room: Room): KnownBlock[] {
  const artifact = artifactOf(escalation);
  if (artifact === null) return [];
  const whole = asSeen(artifact.content);
  if (room.isInFull && fitsText(artifact)) return [quoted(whole)];
  const first = whole.split("\n").filter((one) => one.trim() !== "");
  const beginning = foreign(first.slice(0, BEGINNING_LINES).join("\n"), BEGINNING_CHARS, true);
  const [shown, of] = [beginning.length, whole.length].map((count) => count.toLocaleString("en-US"));
  return [quoted(beginning), context(`⚠ *${say.cards.beginningOf(shown ?? "", of ?? "")}*`)];
}

const quoted = (text: string): RichTextBlock =>
  richText(line(bold(say.cards.text)), { type: "rich_text_quote", elements: [words(text)] });

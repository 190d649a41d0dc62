/**
 * What has no shape of its own on a screen, or another one than it has in memory: control and format characters, lone surrogates,
 * whatever Unicode lets a renderer ignore (variation selectors, fillers), the blank of braille, and every space but the ordinary
 * one.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/gu;
/** Marks that stand on no letter or digit strike through their neighbour; more than four on one hide it. */
const MARKS_MAX = 4;
const LOOSE_MARKS = /(?<![\p{L}\p{N}\p{M}])\p{M}+/gu;
const PILED_MARKS = new RegExp(`(?<=\\p{M}{${MARKS_MAX}})\\p{M}+`, "gu");
/** An emoji's own choice between its two drawings says nothing. */
const EMOJI_STYLE = /(?<=[\p{Extended_Pictographic}\d#*])[\uFE0E\uFE0F](?![\uFE00-\uFE0F])/gu;

const [FSI, PDI] = ["\u2068", "\u2069"];
const ISOLATED = /(\u2068[^\u2066-\u2069]*\u2069)/u;
/** Letters and digits that are written from right to left, by the blocks that Unicode keeps for them. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * Makes text from outside harmless to look at: what cannot be seen becomes �, so that nothing can hide in it or reorder it.
 * Spaces of every width become the ordinary one, line breaks too unless `lines` is set. Isolates as `isolated` makes them stay.
 */
export function inertText(text: string, options: { lines: boolean } = { lines: false }): string {
  const normal = text
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, "\n");
  const broken = options.lines ? normal : normal.replaceAll(/[\n\t]+/g, " ");
  const parts = broken.replaceAll(EMOJI_STYLE, "").split(ISOLATED);
  return parts
    .map((part, i) => (i % 2 === 1 && RIGHT_TO_LEFT.test(part) ? `${FSI}${visible(part.slice(1, -1))}${PDI}` : visible(part)))
    .join("");
}

const visible = (text: string): string =>
  text
    .replaceAll(/\p{Zs}/gu, " ")
    .replaceAll(HIDDEN, (c) => (c === "\n" ? c : "\uFFFD"))
    .replaceAll(LOOSE_MARKS, "\uFFFD")
    .replaceAll(PILED_MARKS, "\uFFFD");

const JOINED_EMOJI = /(?<=\p{Extended_Pictographic}\p{M}?)\u200D(?=\p{Extended_Pictographic})/u;
const NOT_EDITED = new RegExp(`(?!${JOINED_EMOJI.source})(?!${EMOJI_STYLE.source})${HIDDEN.source}`, "gu");

/**
 * A text as somebody may go on writing it: without what they could not see, its tabs and lines as they were. An emoji stays the
 * one it is.
 */
export const editableText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replaceAll(/\p{Zs}/gu, " ")
    .replaceAll(NOT_EDITED, (c) => (c === "\n" || c === "\t" ? c : ""));

/** Inert text whose right-to-left letters reorder nothing that stands beside it: enclosed in isolates of ours. */
export function isolated(text: string): string {
  const outside = text.split(ISOLATED).filter((_part, i) => i % 2 === 0);
  if (!outside.some((part) => RIGHT_TO_LEFT.test(part))) return text;
  return `${FSI}${text.replaceAll(/[\u2068\u2069]/g, "")}${PDI}`;
}

/**
 * Words of somebody outside within a sentence of ours in which people are mentioned: inert, and no mention whatever they hold.
 */
export const quoted = (text: string, max: number): string =>
  isolated(clip(inertText(text).replaceAll("<", "\u2039").replaceAll(">", "\u203A"), max));

/** The same for where programs make links of whatever looks like an address: "evil[.]example". */
export const defanged = (text: string): string =>
  text.replaceAll("://", "[:]//").replaceAll(/(?<=[\p{L}\p{N}-])\.(?=\p{L}{2})/gu, "[.]");

/** What begins an entity: some programs show `&lt;` as `<`. */
const ENTITY = /&(?=(?:amp|lt|gt);)/gu;
/** Prose in which no program finds an entity: the ampersand that would begin one is its wide twin. */
export const withoutEntities = (text: string): string => text.replaceAll(ENTITY, "\uFF06");

const escaped = (text: string): string =>
  [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");

/** JSON text in which everything that cannot be seen is written as an escape. */
export function visibleJson(json: string): string {
  const seen = [HIDDEN, LOOSE_MARKS, PILED_MARKS, ENTITY].reduce((text, unseen) => text.replaceAll(unseen, escaped), json);
  if (seen === seen.normalize("NFC")) return seen;
  return seen.replaceAll(/\P{M}?\p{M}+|[^\p{M}]/gu, (c) => (c === c.normalize("NFC") ? c : escaped(c)));
}

/**
 * Text as data, to be approved as it is: shown plainly where what is seen is all there is, else in quotes with escapes. Keeps
 * line breaks.
 */
export function exactText(text: string): string {
  const isSeen = text.replaceAll("\n", "").search(HIDDEN) === -1 && text.search(ENTITY) === -1;
  const plain = text !== "" && text === text.trim() && isSeen && text === inertText(text, { lines: true });
  return plain ? text : visibleJson(JSON.stringify(text));
}

/** Pieces of at most `max` UTF-16 units that together are the whole text; no character is cut in half. */
export function piecesOf(text: string, max: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    if (piece.length + character.length > max) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/**
 * At most `max` UTF-16 units, never half a character, with a mark that something was cut (and the end of an isolate that was cut
 * open).
 */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = max - (text.includes(FSI) ? 2 : 1);
  let cut = "";
  for (const character of text) {
    if (cut.length + character.length > room) break;
    cut += character;
  }
  // An isolate that was cut open would take in what follows.
  return cut.lastIndexOf(FSI) > cut.lastIndexOf(PDI) ? `${cut}…${PDI}` : `${cut}…`;
}

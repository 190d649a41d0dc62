/**
 * Makes text from outside harmless to look at: what cannot be seen (control and format characters, bidirectional overrides, zero-width joiners, lone
 * surrogates) becomes �, so that nothing can hide in it or reorder it. Line breaks become spaces unless `lines` is set.
 */
export function inertText(text: string, options: { lines: boolean } = { lines: false }): string {
  const normal = text
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, "\n");
  const broken = options.lines ? normal : normal.replaceAll(/[\n\t]+/g, " ");
  return broken.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u115F\u1160\u3164\uFFA0]/gu, (c) =>
    c === "\n" && options.lines ? c : "\uFFFD",
  );
}

/** What has no shape of its own on a screen, or another one than it has in memory. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u115F\u1160\u3164\uFFA0\u2028\u2029]/gu;
const escaped = (text: string): string =>
  [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");

/** JSON text in which everything that cannot be seen is written as an escape. */
export function visibleJson(json: string): string {
  const seen = json.replaceAll(HIDDEN, escaped);
  if (seen === seen.normalize("NFC")) return seen;
  return seen.replaceAll(/\P{M}?\p{M}+|[^\p{M}]/gu, (c) => (c === c.normalize("NFC") ? c : escaped(c)));
}

/** Text as data, to be approved as it is: shown plainly where what is seen is all there is, else in quotes with escapes. Keeps line breaks. */
export function exactText(text: string): string {
  const plain = text !== "" && text === text.trim() && text === inertText(text, { lines: true });
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

/** At most `max` UTF-16 units, never half a character, with a mark that something was cut. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  let cut = "";
  for (const character of text) {
    if (cut.length + character.length > max - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

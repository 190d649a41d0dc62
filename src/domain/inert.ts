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

import { inertText } from "../base/inert.ts";

/** The configuration's own lists, by name: what we look things up in, instead of asking the agent whether they are there. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/**
 * What two spellings of the same thing have in common: width, capitals and blanks make no other name. Null for what is empty or
 * holds something that nobody can see, because no answer about it would be sure.
 */
export function listKey(text: string): string | null {
  const plain = text.normalize("NFKC");
  if (plain.trim() === "" || inertText(plain) !== plain.normalize("NFC")) return null;
  return plain.toLowerCase().trim().replaceAll(/\s+/g, " ").normalize("NFKC");
}

/** Each entry once, in an order that does not depend on the file's: the same names make the same version of a policy. */
export const listKeys = (entries: readonly string[]): string[] =>
  [...new Set(entries.flatMap((entry) => listKey(entry) ?? []))].sort();

/**
 * The domains of everything in a text, or a list of texts, that looks like an e-mail address: also of one that a mail program
 * might take for a display name. Null when there is none at all.
 */
export function domainsOf(value: unknown): string[] | null {
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || !texts.every((text) => typeof text === "string")) return null;
  const each = texts.map((text) => domainsIn(text));
  return each.every((found) => found !== null) ? [...new Set(each.flat())] : null;
}

function domainsIn(text: string): string[] | null {
  const parts = text.normalize("NFKC").split(/[\s,;:<>()"']+/);
  const found = parts.flatMap((part) => {
    const [, domain, ...more] = part.toLowerCase().split("@");
    if (domain === undefined) return [];
    return more.length > 0 || domain === "" ? ["?"] : [domain.replace(/\.$/, "")];
  });
  return found.length === 0 ? null : found;
}

import { inertText } from "../base/inert.ts";

/** The configuration's own lists, by name: what we look things up in, instead of asking the agent whether they are there. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/**
 * What two spellings of the same thing have in common: width, capitals, blanks, and the kind of dash or apostrophe make no other
 * name. Null for what is empty, holds something that nobody can see, or mixes alphabets whose letters look alike, because no
 * answer about it would be sure.
 */
export function listKey(text: string): string | null {
  const wide = text.normalize("NFKC");
  if (wide.trim() === "" || inertText(wide) !== wide.normalize("NFC")) return null;
  const plain = wide.trim().replaceAll(/\s+/g, " ").replaceAll(DASHES, "-").replaceAll(APOSTROPHES, "'");
  return mixesAlphabets(plain) ? null : plain.toUpperCase().toLowerCase().normalize("NFKC");
}

const DASHES = /[\p{Pd}\u2212]/gu;
const APOSTROPHES = /[\u2018\u2019\u201B\u02BC\u2032\u00B4\u0060]/gu;
/** Alphabets with letters that look like those of another: a word that mixes them is somebody's disguise for another word. */
const ALIKE = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u];

const mixesAlphabets = (text: string): boolean =>
  text.split(/[^\p{L}\p{M}'-]+/u).some((word) => ALIKE.filter((script) => script.test(word)).length > 1);

/** Each entry once, in an order that does not depend on the file's: the same names make the same version of a policy. */
export const listKeys = (entries: readonly string[]): string[] =>
  [...new Set(entries.flatMap((entry) => listKey(entry) ?? []))].sort();

/**
 * The domains of everything in a text, or a list of texts, that looks like an e-mail address: also of one that a mail program
 * might take for a display name. Null when there is none at all, or one that mail programs may read differently.
 */
export function domainsOf(value: unknown): string[] | null {
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || !texts.every((text) => typeof text === "string")) return null;
  const each = texts.map((text) => domainsIn(text));
  return each.every((found) => found !== null) ? [...new Set(each.flat())] : null;
}

/** Which a browser or a mail program takes for the dot between the parts of a domain. */
const FULL_STOPS = /[\u3002\uFF0E\uFF61]/gu;

function domainsIn(text: string): string[] | null {
  const parts = text
    .normalize("NFKC")
    .replaceAll(FULL_STOPS, ".")
    .split(/[\s,;:<>()"']+/);
  const found = parts.flatMap((part) => {
    const [, domain, ...more] = part.split("@");
    if (domain === undefined) return [];
    return more.length > 0 ? [null] : [listKey(domain.replace(/\.$/, ""))];
  });
  return found.length === 0 || found.includes(null) ? null : found.filter((domain) => domain !== null);
}

import { inertText } from "../base/inert.ts";

/** The configuration's own lists, by name: what we look things up in, instead of asking the agent whether they are there. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/**
 * What two spellings of the same thing have in common: width, capitals, blanks, the kind of dash, apostrophe, slash or digit, a
 * slash more, and what is written as %XX make no other name. Null for what is empty, holds something that nobody can see, marks
 * its digits, or mixes alphabets whose letters look alike, because no answer about it would be sure.
 */
export function listKey(text: string): string | null {
  const plain = decoded(text);
  const key = plain === null ? null : wordKey(plain);
  if (key === null || /\p{N}\p{M}/u.test(key)) return null;
  return asPath(key.replaceAll(DIGITS, asciiDigit)) || null;
}

/** The same for what others could own under a spelling of their own, such as a domain: slashes and digits stay as they are. */
function wordKey(text: string): string | null {
  const wide = text.normalize("NFKC");
  if (wide.trim() === "" || inertText(wide) !== wide.normalize("NFC")) return null;
  const plain = wide.trim().replaceAll(/\s+/g, " ").replaceAll(DASHES, "-").replaceAll(APOSTROPHES, "'");
  return mixesAlphabets(plain) ? null : plain.toUpperCase().toLowerCase().normalize("NFKC");
}

const ESCAPED = /%[0-9a-f]{2}/i;
const ESCAPES_MAX = 3;

/** %2F is a slash to whatever takes an address apart; what is written so again and again is a disguise. */
function decoded(text: string): string | null {
  let plain = text;
  for (let i = 0; ESCAPED.test(plain); i++) {
    if (i === ESCAPES_MAX) return null;
    try {
      plain = decodeURIComponent(plain.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
    } catch {
      return null;
    }
  }
  return plain;
}

const DIGITS = /(?![0-9])\p{Nd}/gu;
/** Digits of every script stand in tens, from zero on. */
function asciiDigit(digit: string): string {
  const at = digit.codePointAt(0) ?? 0;
  let zero = at;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((at - zero) % 10);
}

const SLASHES = /[\\\u2044\u2215\u2571\u29F8]/g;
const asPath = (key: string): string =>
  key
    .replaceAll(SLASHES, "/")
    .replaceAll(/ *\/(?: |\/|\.\/)*/g, "/")
    .replace(/\/$/, "");

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

/** Letters, ASCII digits, dots and dashes: of anything else nobody knows where a mail goes. */
const DOMAIN = /^(?:\p{L}|\p{M}|[\d.-])+$/u;

function domainsIn(text: string): string[] | null {
  const parts = text
    .normalize("NFKC")
    .replaceAll(FULL_STOPS, ".")
    .split(/[\s,;:<>()"']+/);
  const found = parts.flatMap((part) => {
    const [, domain, ...more] = part.split("@");
    if (domain === undefined) return [];
    return more.length > 0 || !DOMAIN.test(domain) ? [null] : [wordKey(domain.replace(/\.$/, ""))];
  });
  return found.length === 0 || found.includes(null) ? null : found.filter((domain) => domain !== null);
}

/**
 * JSON without surprises: what JSON.parse would quietly accept is refused, each with its place. JSON.parse does the parsing; one linear scan without
 * recursion finds what it hides (duplicate keys, `__proto__`, integers it would round, depth), before anything is built from the text.
 */
export const BODY_BYTES_MAX = 512 * 1024;
export const DEPTH_MAX = 32;

export type StrictJson =
  | { ok: true; value: unknown }
  | { ok: false; code: "malformed-json" | "payload-too-large" | "invalid-request"; pointer: string; detail: string };

const FORBIDDEN_KEYS = new Set(["__proto__"]);

export function parseStrictJson(bytes: Buffer): StrictJson {
  if (bytes.length > BODY_BYTES_MAX)
    return { ok: false, code: "payload-too-large", pointer: "", detail: "The body may have at most 512 KiB." };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return malformed("The body is not valid UTF-8.");
  }
  const depth = deepest(text);
  if (depth > DEPTH_MAX)
    return { ok: false, code: "invalid-request", pointer: "", detail: `The body is nested deeper than ${DEPTH_MAX} levels.` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(`The body is not JSON: ${error instanceof Error ? error.message : "unreadable"}.`);
  }
  return scan(text) ?? { ok: true, value };
}

const malformed = (detail: string): StrictJson => ({ ok: false, code: "malformed-json", pointer: "", detail });

/** How deep brackets nest, strings left out; cheap, and before anything recursive sees the text. */
function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) i = endOfString(text, i);
    else if (c === 0x7b || c === 0x5b) most = Math.max(most, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return most;
}

/** Index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i;
  }
  return text.length;
}

type Frame = { keys: Set<string> | null; key: string; index: number };

/** Walks well-formed JSON once, keeping the path; null = nothing to object to. */
function scan(text: string): StrictJson | null {
  const frames: Frame[] = [];
  const pointer = () =>
    frames.map((f) => `/${f.keys === null ? f.index : f.key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const invalid = (detail: string): StrictJson => ({ ok: false, code: "invalid-request", pointer: pointer(), detail });
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const top = frames.at(-1);
    if (c === 0x7b || c === 0x5b) {
      frames.push({ keys: c === 0x7b ? new Set() : null, key: "", index: 0 });
      expectKey = c === 0x7b;
    } else if (c === 0x7d || c === 0x5d) {
      frames.pop();
      expectKey = false;
    } else if (c === 0x2c && top !== undefined) {
      top.index++;
      expectKey = top.keys !== null;
    } else if (c === 0x22) {
      const end = endOfString(text, i);
      const string = JSON.parse(text.slice(i, end + 1)) as string;
      if (expectKey && top?.keys) {
        top.key = string;
        if (top.keys.has(string)) return invalid("this key appears twice; send it once");
        if (FORBIDDEN_KEYS.has(string)) return invalid("this key is not allowed");
        top.keys.add(string);
        expectKey = false;
      }
      if (string.includes("\u0000")) return invalid("a NUL character (\\u0000) is not allowed");
      if (!string.isWellFormed()) return invalid("half of a surrogate pair is not allowed; send whole characters");
      i = end;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      const [number = ""] = /^-?\d+(\.\d+)?([eE][+-]?\d+)?/.exec(text.slice(i, i + 400)) ?? [];
      const value = Number(number);
      if (!Number.isFinite(value)) return invalid("this number is too large");
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        return invalid("integers beyond 2^53 lose digits; send it as a string");
      i += number.length - 1;
    }
  }
  return null;
}

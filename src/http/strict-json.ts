import { isUtf8 } from "node:buffer";
import { say } from "../words/en.ts";

/**
 * JSON without surprises: what JSON.parse would quietly accept is refused, each with its place. One linear
 * scan without recursion finds what JSON.parse hides (duplicate keys, keys that reach for prototypes, integers it would round,
 * halves of characters, depth); JSON.parse then says whether the text is JSON at all and builds the value.
 */
export const BODY_BYTES_MAX = 512 * 1024;
/** Where pictures or files stand in it as evidence. */
export const BODY_WITH_MEDIA_BYTES_MAX = 1024 * 1024;
const DEPTH_MAX = 32;
/** A pointer longer than this names the nearest ancestor that is shorter: an answer must not echo half a megabyte of key. */
const POINTER_CHARS_MAX = 512;

export type StrictJson =
  | { ok: true; value: unknown }
  | { ok: false; code: "malformed-json" | "payload-too-large" | "invalid-request"; pointer: string; detail: string };
type JsonLimits = { bytesMax: number; depthMax: number };

/**
 * The value, or what to mend and where (JSON Pointer, "" = the whole body). Never throws; linear in the bytes, whatever they are.
 */
export function parseStrictJson(
  bytes: Buffer,
  { bytesMax = BODY_BYTES_MAX, depthMax = DEPTH_MAX }: Partial<JsonLimits> = {},
): StrictJson {
  if (bytes.length > bytesMax)
    return { ok: false, code: "payload-too-large", pointer: "", detail: say.refusedCalls.json.tooLarge(sizeOf(bytesMax)) };
  if (bytes.length === 0) return malformed(say.refusedCalls.json.empty);
  if (!isUtf8(bytes)) return malformed(say.refusedCalls.json.notUtf8);
  const text = bytes.toString("utf8");
  if (text.startsWith("\uFEFF")) return malformed(say.refusedCalls.json.byteOrderMark);
  const fault = firstFault(text, depthMax);
  // Too deep is too deep, JSON or not; any other fault counts only if the text is JSON.
  if (fault?.tooDeep) return invalid(fault);
  try {
    const value: unknown = JSON.parse(text);
    return fault === null ? { ok: true, value } : invalid(fault);
  } catch (error) {
    return malformed(say.refusedCalls.json.notJson(error instanceof Error ? error.message : "unreadable"));
  }
}

const sizeOf = (bytes: number) => (bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`);
const malformed = (detail: string): StrictJson => ({ ok: false, code: "malformed-json", pointer: "", detail });
const invalid = ({ pointer, detail }: Fault): StrictJson => ({ ok: false, code: "invalid-request", pointer, detail });

type Fault = { pointer: string; detail: string; tooDeep: boolean };
/** An object or array that is open at the scan's position. `keys` is made with the first key, and stays null in arrays. */
type Frame = { object: boolean; keys: Set<string> | null; key: string; index: number };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Walks the text once, keeping the path; text that is not JSON gives some answer or other, but never a throw. */
function firstFault(text: string, depthMax: number): Fault | null {
  const frames: Frame[] = [];
  let keyNext = false;
  let at = 0;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    let end = at + 1;
    let detail: string | null = null;
    if (c === QUOTE) {
      end = endOfString(text, at);
      const string = contentOf(text.slice(at, end));
      detail = (keyNext ? keyFault(frames, string) : null) ?? stringFault(string);
      keyNext = false;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      end = endOfNumber(text, at);
      detail = numberFault(text.slice(at, end));
    } else if (c === 0x7b || c === 0x5b) {
      if (frames.length === depthMax)
        return { pointer: pointerTo(frames), detail: say.refusedCalls.json.tooDeep(depthMax), tooDeep: true };
      keyNext = c === 0x7b;
      frames.push({ object: keyNext, keys: null, key: "", index: 0 });
    } else if (c === 0x7d || c === 0x5d) {
      frames.pop();
      keyNext = false;
    } else if (c === 0x2c) {
      const top = frames.at(-1);
      if (top !== undefined) top.index++;
      keyNext = top?.object === true;
    }
    if (detail !== null) return { pointer: pointerTo(frames), detail, tooDeep: false };
    at = end;
  }
  return null;
}

/**
 * Takes note of the key in the innermost object; a second one of the same name, or one that reaches for a prototype, is a fault.
 */
function keyFault(frames: Frame[], key: string): string | null {
  const top = frames.at(-1);
  if (top === undefined) return null;
  top.key = key;
  top.keys ??= new Set();
  if (top.keys.has(key)) return say.refusedCalls.json.keyTwice;
  top.keys.add(key);
  const within = frames.at(-2);
  const reaches = key === "__proto__" || (key === "prototype" && within?.object === true && within.key === "constructor");
  return reaches ? say.refusedCalls.json.keyForbidden : null;
}

function stringFault(string: string): string | null {
  if (string.includes("\u0000")) return say.refusedCalls.json.nul;
  if (!string.isWellFormed()) return say.refusedCalls.json.halfCharacter;
  return null;
}

/** What a double cannot hold exactly as an integer would be rounded silently, and two different bodies would become one. */
function numberFault(number: string): string | null {
  if (number.length <= 15 && !/[eE]/.test(number)) return null;
  const value = Number(number);
  if (!Number.isFinite(value)) return say.refusedCalls.json.numberTooLarge;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return say.refusedCalls.json.integerTooLarge;
  return null;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i + 1;
  }
  return text.length;
}

/** The index after the last character that can belong to the number that begins at `start`. */
function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && NUMBER_CHARACTERS.has(text.charCodeAt(i))) i++;
  return i;
}
const NUMBER_CHARACTERS: ReadonlySet<number> = new Set([..."0123456789+-.eE"].map((c) => c.charCodeAt(0)));

/** What a quoted string says. Without escapes that is what stands there; a broken escape is left to JSON.parse to refuse. */
function contentOf(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

function pointerTo(frames: readonly Frame[]): string {
  let pointer = "";
  for (const { object, key, index } of frames) {
    const segment = object ? key.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1") : index;
    if (pointer.length + String(segment).length >= POINTER_CHARS_MAX) break;
    pointer += `/${segment}`;
  }
  return pointer;
}

import { hash } from "node:crypto";
import { z } from "zod";
import { say } from "../../words/en.ts";

/**
 * Pictures and small files as evidence: taken as bytes, never from an address. What a picture holds beside its pixels (where it
 * was taken, notes, another file behind its end) is left out or refused, so that nothing but the picture goes on.
 */
export const MEDIA_TYPES = ["image/png", "image/jpeg", "text/x-diff", "text/plain"] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];
export const MEDIA_BYTES_MAX = 96 * 1024;
export const ALL_MEDIA_BYTES_MAX = 256 * 1024;
const SIDE_MAX = 8192;
const PIXELS_MAX = 16 * 1024 * 1024;

/** `data` is kept apart from what is decided: it is not there any more once the escalation is open. */
export type Media = { type: MediaType; digest: string; bytes: number; data?: string | undefined };
const { media: words } = say.refusedCalls;

export const SubmittedMedia = z
  .strictObject({
    type: z.enum(MEDIA_TYPES, words.type(MEDIA_TYPES)),
    data: z.string().max(Math.ceil(MEDIA_BYTES_MAX / 3) * 4, words.tooLarge(MEDIA_BYTES_MAX / 1024)),
  })
  .transform(({ type, data }, context): Media => {
    const clean = cleaned(type, data);
    if (typeof clean === "string") {
      context.addIssue({ code: "custom", path: ["data"], message: clean });
      return z.NEVER;
    }
    const digest = `sha256:${hash("sha256", clean, "hex")}`;
    return { type, digest, bytes: clean.length, data: clean.toString("base64") };
  });

/** What is kept of it, or what is wrong with it. */
function cleaned(type: MediaType, data: string): Buffer | string {
  if (data === "" || data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return words.base64;
  const bytes = Buffer.from(data, "base64");
  if (bytes.length > MEDIA_BYTES_MAX) return words.tooLarge(MEDIA_BYTES_MAX / 1024);
  switch (type) {
    case "image/png":
      return cleanPng(bytes) ?? words.notPicture("PNG");
    case "image/jpeg":
      return cleanJpeg(bytes) ?? words.notPicture("JPEG");
    case "text/x-diff":
    case "text/plain":
      return isText(bytes) ? bytes : words.notText;
  }
}

function isText(bytes: Buffer): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\0");
  } catch {
    return false;
  }
}

const fits = (width: number, height: number): boolean =>
  width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX && width * height <= PIXELS_MAX;

const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** The pixels, and what they look like. */
const PNG_KEPT = ["IHDR", "PLTE", "tRNS", "gAMA", "sRGB", "cHRM", "IDAT", "IEND"];

/** Chunk by chunk, from the first to the last, and nothing behind it. */
function cleanPng(bytes: Buffer): Buffer | null {
  if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return null;
  const kept: Buffer[] = [PNG_SIGNATURE];
  const seen = new Set<string>();
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) return null;
    const type = bytes.toString("latin1", at + 4, at + 8);
    if ((seen.size === 0) !== (type === "IHDR")) return null;
    if (type === "IHDR" && (length !== 13 || !fits(bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)))) return null;
    // Whoever does not know a chunk with a capital letter cannot draw the picture.
    if (!PNG_KEPT.includes(type) && /^[A-Z]/.test(type)) return null;
    if (PNG_KEPT.includes(type)) kept.push(bytes.subarray(at, end));
    seen.add(type);
    if (type === "IEND") return length === 0 && end === bytes.length && seen.has("IDAT") ? Buffer.concat(kept) : null;
    at = end;
  }
  return null;
}

/** Of the segments before the pixels: the frame, its tables, and how its colours are meant (JFIF, Adobe). */
const JPEG_KEPT = new Set([0xc0, 0xc1, 0xc2, 0xc4, 0xdb, 0xdd, 0xda, 0xe0, 0xee]);
const JPEG_FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const [SCAN, END] = [0xda, 0xd9];

/** Segment by segment to the end of the picture, and nothing behind it. */
function cleanJpeg(bytes: Buffer): Buffer | null {
  if (bytes.subarray(0, 3).toString("hex") !== "ffd8ff") return null;
  const kept: Buffer[] = [bytes.subarray(0, 2)];
  let [hasFrame, hasScan] = [false, false];
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === END) {
      kept.push(bytes.subarray(at, at + 2));
      return at + 2 === bytes.length && hasFrame && hasScan ? Buffer.concat(kept) : null;
    }
    if (at + 4 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return null;
    if (JPEG_FRAMES.has(marker)) {
      if (hasFrame || end < at + 9 || !fits(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5))) return null;
      hasFrame = true;
    }
    hasScan ||= marker === SCAN;
    const next = marker === SCAN ? endOfScan(bytes, end) : end;
    if (JPEG_KEPT.has(marker)) kept.push(bytes.subarray(at, next));
    else if (!isBeside(marker)) return null;
    at = next;
  }
  return null;
}

/** Notes of whatever kind: application segments and comments. */
const isBeside = (marker: number): boolean => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;

/** Where the pixels end: at the next marker that is none of theirs. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

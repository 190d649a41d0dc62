import { hash } from "node:crypto";
import { canonicalJson, hmacSha256 } from "../shapes/canonical.ts";

/**
 * The audit scheme: per-stream hash chains over RFC 8785 bodies. A body holds ids, times, states and actors, and one salted
 * commitment to everything private about it; that lies elsewhere, erasable, and the chain still verifies without it. Nowhere does
 * a plain digest of something that could be guessed stand in what is kept for ever.
 */
const DOMAIN = "countersign.audit.v1";

const sha256 = (...parts: (string | Buffer)[]): Buffer =>
  hash("sha256", Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))), "buffer");

/** h₀ of a stream: nothing precedes it. Hex. */
export function chainStart(stream: string): string {
  return sha256(DOMAIN, "\u0000", stream).toString("hex");
}

/** hᵢ = SHA-256(0x02 ‖ hᵢ₋₁ ‖ SHA-256(bodyᵢ)). Hex. */
export function chainNext(previous: string, body: string): string {
  return sha256(Buffer.from([2]), Buffer.from(previous, "hex"), sha256(body)).toString("hex");
}

/** The salt of an entry of an escalation's stream: whoever has the key of the escalation can make all of them again. */
export const saltOf = (auditKey: string, seq: number): Buffer =>
  Buffer.from(hmacSha256(Buffer.from(auditKey, "hex"), Buffer.from(`${seq}`)), "hex");

/** `text`: canonical JSON. Reveals nothing of it, however easily it is guessed, once salt and text are gone. */
export const commitment = (salt: Buffer, text: string): string => hmacSha256(salt, Buffer.from(text), "base64url");

/**
 * Stands for a value wherever the escalation names it: the same value is the same word, and without the key of the escalation
 * nobody can try values.
 */
export const keyed = (auditKey: string, name: string, value: string): string =>
  hmacSha256(Buffer.from(auditKey, "hex"), Buffer.from(`${name}:${value}`), "base64url");

export type Head = { seq: number; hash: string };
export const NO_ENTRIES: Head = { seq: 0, hash: "" };

/** What an entry commits to: canonical JSON. `kept`: beside the audit, or where the escalation has it anyway. */
export type Private = { text: string; kept: "beside" | "elsewhere" };
export type AuditEntry = Head & { stream: string; body: string; salt: Buffer; private: Private | null };

/** The next entry of a stream. `facts`: what it says beside its place. Private values that are undefined or null are left out. */
export function nextEntry(
  stream: string,
  head: Head,
  facts: Record<string, unknown>,
  { values, kept, salt }: { values: Record<string, unknown>; kept: Private["kept"]; salt: (seq: number) => Buffer },
): AuditEntry {
  const seq = head.seq + 1;
  const key = salt(seq);
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const text = known.length === 0 ? null : canonicalJson(Object.fromEntries(known));
  const place = seq === 1 ? { v: 1, stream, seq } : { seq };
  const body = canonicalJson({ ...place, ...facts, commitment: text === null ? undefined : commitment(key, text) });
  const previous = head.seq === 0 ? chainStart(stream) : head.hash;
  const hidden = text === null ? null : { text, kept };
  return { stream, seq, body, hash: chainNext(previous, body), salt: key, private: hidden };
}

/** The entry of a stream that no escalation carries. */
export const houseEntry = (
  stream: string,
  head: Head,
  at: Date,
  facts: Record<string, unknown>,
  values: Record<string, unknown>,
  salt: Buffer,
): AuditEntry => nextEntry(stream, head, { at, ...facts }, { values, kept: "beside", salt: () => salt });

const STREAM = "escalation/";
export const streamOf = (escalationId: string): string => `${STREAM}${escalationId}`;
/** Of which escalation a stream is; null for those of the house. */
export const escalationOf = (stream: string): string | null => (stream.startsWith(STREAM) ? stream.slice(STREAM.length) : null);

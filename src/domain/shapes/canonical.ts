import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Artifact, EscalationRequest, Plan, Question, SubmittedAction } from "./request.ts";

/** The action as it is decided and executed: what the agent submitted (or a person changed) without presentation. */
export type CanonicalAction = Omit<SubmittedAction, "title" | "params_schema">;

/**
 * RFC 8785 canonical JSON of any JSON value. Nearly all of them are what JSON.stringify makes of the same with its members in
 * order, at a quarter of the library's time; whatever might not be is left to the library (a property test compares the two).
 */
export function canonicalJson(value: unknown): string {
  const text = asStringified(value) ?? canonicalize(value);
  if (text === undefined) throw new Error("a value without a JSON form reached canonicalJson");
  return text;
}

const UNLIKE = Symbol("not written like this by JSON.stringify");

/** Null where it could differ: a half of a character, which it would escape, and all that `inOrder` refuses. */
function asStringified(value: unknown): string | null {
  try {
    const text = JSON.stringify(inOrder(value));
    return text === undefined || text.includes("\\ud") ? null : text;
  } catch {
    return null;
  }
}

/** The same value with its members in the order of their UTF-16 code units, as far as an object keeps one. */
function inOrder(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw UNLIKE;
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return inOrder(value.toJSON());
  if (Array.isArray(value)) return value.map(inOrder);
  const ordered: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    // Names that are numbers always come first, and this one is no member.
    if (name === "__proto__" || /^\d/.test(name)) throw UNLIKE;
    ordered[name] = inOrder((value as Record<string, unknown>)[name]);
  }
  return ordered;
}

/** "sha256:" + hex over the canonical JSON: the form of every digest and version the API shows. */
export const digestOf = (value: unknown): string => digestOfText(canonicalJson(value));
/** The same of what is canonical JSON already. */
export const digestOfText = (text: string): string => `sha256:${hash("sha256", text, "hex")}`;

export function canonicalAction(action: Omit<SubmittedAction, "title">): CanonicalAction {
  const { type, params, environment, target, reversible } = action;
  return {
    type,
    ...(params === undefined ? {} : { params }),
    ...(environment === undefined ? {} : { environment }),
    ...(target === undefined ? {} : { target }),
    ...(reversible === undefined ? {} : { reversible }),
  };
}

/** What is to be decided: the canonical action, the steps, the question itself, or the text as it stands now. */
export type Subject =
  | { kind: "action"; action: CanonicalAction }
  | { kind: "plan"; plan: Plan }
  | { kind: "question"; question: Question }
  | { kind: "artifact"; artifact: Artifact };

export function subjectOf(request: EscalationRequest): Subject {
  switch (request.kind) {
    case "action":
      return { kind: "action", action: canonicalAction(request.action) };
    case "plan":
      return { kind: "plan", plan: request.plan };
    case "question":
      return { kind: "question", question: request.question };
    case "artifact":
      return { kind: "artifact", artifact: request.artifact };
  }
}

/** The agent digests what it sent, so the digest is over the content without its tag. */
export function digestOfSubject(subject: Subject): string {
  switch (subject.kind) {
    case "action":
      return digestOf(subject.action);
    case "plan":
      return digestOf(subject.plan);
    case "question":
      return digestOf(subject.question);
    case "artifact":
      return digestOf(subject.artifact);
  }
}

/** The action to be decided; null for what is none. */
export const actionOf = ({ subject }: { subject: Subject }): CanonicalAction | null =>
  "action" in subject ? subject.action : null;

/** The steps to be decided, without those that people have taken out; null for what is no plan. */
export const planOf = ({ subject }: { subject: Subject }): Plan | null => ("plan" in subject ? subject.plan : null);

/** The text to be decided; null for what is none. */
export const artifactOf = ({ subject }: { subject: Subject }): Artifact | null =>
  "artifact" in subject ? subject.artifact : null;

/**
 * Members of a request that change nothing about what is asked for: an agent that makes its brief anew after a crash asks for the
 * same.
 */
const BESIDE_THE_ACT = ["brief", "provenance", "signals", "checkpoint", "latency_tolerance_s", "claim_id"] as const;

/** What an Idempotency-Key stands for. */
export function askedFor(request: EscalationRequest): object {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !BESIDE_THE_ACT.some((one) => one === name)));
}

/** JSON Pointers to where two JSON values differ, in order, as deep as they can be told apart; at most `max`. */
export function differingPointers(a: unknown, b: unknown, max: number): string[] {
  const found: string[] = [];
  const compare = (left: unknown, right: unknown, at: string): void => {
    if (found.length >= max || canonicalize(left) === canonicalize(right)) return;
    if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right)) return void found.push(at);
    for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort())
      compare(own(left, key), own(right, key), `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  };
  compare(a, b, "");
  return found;
}
const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
const own = (value: object, key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/**
 * RFC 2104 over SHA-256; for keys of at most 64 bytes. By two one-shot hashes: node:crypto makes a key object for every
 * HMAC, which costs three times the hashing, and there are several commitments in each write (a test compares the two).
 */
export function hmacSha256(key: Buffer, message: Buffer, encoding: "hex" | "base64url" = "hex"): string {
  const inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  key.forEach((byte, i) => {
    inner.writeUInt8(byte ^ 0x36, i);
    outer.writeUInt8(byte ^ 0x5c, i);
  });
  hash("sha256", Buffer.concat([inner, message]), "buffer").copy(outer, BLOCK_BYTES);
  return hash("sha256", outer, encoding);
}

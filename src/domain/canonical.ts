import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";
import type { EscalationRequest, SubmittedAction } from "./request.ts";

/** The action as it is decided and executed: what the agent submitted (or a person changed) without presentation. */
export type CanonicalAction = Omit<SubmittedAction, "title" | "params_schema">;

/** RFC 8785 canonical JSON of any JSON value. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("a value without a JSON form reached canonicalJson");
  return text;
}

/** "sha256:" + hex over the canonical JSON: the form of every digest and version the API shows. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}

export function canonicalAction(action: SubmittedAction | CanonicalAction): CanonicalAction {
  const { type, params, environment, target, reversible } = action;
  return {
    type,
    params,
    ...(environment === undefined ? {} : { environment }),
    ...(target === undefined ? {} : { target }),
    ...(reversible === undefined ? {} : { reversible }),
  };
}

/** What is to be decided: the canonical action, or the question itself. */
export function subjectOf(request: EscalationRequest): object {
  return request.kind === "action" ? canonicalAction(request.action) : request.question;
}

/** A keyed commitment: reveals nothing of a guessable value while its salt stays beside the erasable payload. */
export function commitment(salt: Buffer, value: unknown): string {
  return `hmac-sha256:${createHmac("sha256", salt).update(canonicalJson(value)).digest("hex")}`;
}

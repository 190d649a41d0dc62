import type { FieldError, Refusal, RefusalCode } from "../domain/shapes/refusal.ts";

/** RFC 9457 problem details: the one mapping from a refusal to what an agent is answered. */
export type ProblemCode =
  | "malformed-json"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "not-decided"
  | "already-resuming"
  | "world-changed"
  | "decision-expired"
  | "payload-too-large"
  | "unsupported-media-type"
  | "invalid-request"
  | "idempotency-key-reused"
  | "unsupported"
  | "queue-full"
  | "rate-limited"
  | "unavailable";

export const PROBLEMS: Record<ProblemCode, { status: number; title: string }> = {
  "malformed-json": { status: 400, title: "The body is not acceptable JSON" },
  unauthorized: { status: 401, title: "A valid agent key is needed" },
  forbidden: { status: 403, title: "The key's scopes do not allow this" },
  "not-found": { status: 404, title: "There is nothing here" },
  conflict: { status: 409, title: "This is not possible in the present state" },
  "not-decided": { status: 409, title: "Nobody has decided yet" },
  "already-resuming": { status: 409, title: "Another claim has resumed this" },
  "world-changed": { status: 409, title: "What was approved no longer holds" },
  "decision-expired": { status: 409, title: "The decision is no longer valid" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "Send application/json" },
  "invalid-request": { status: 422, title: "Some fields are not acceptable" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key belongs to another act" },
  unsupported: { status: 422, title: "This version does not have that yet" },
  "queue-full": { status: 429, title: "As much is open as may be" },
  "rate-limited": { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
};

export type Problem = {
  code: ProblemCode;
  detail: string;
  errors?: { pointer: string; detail: string }[];
  retryAfterS?: number;
  escalationId?: string;
};

/** Thrown inside the edge only, to leave a handler with a problem; the error handler turns it into the answer. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function fail(code: ProblemCode, detail: string, errors?: { pointer: string; detail: string }[]): never {
  throw new ProblemError(errors === undefined ? { code, detail } : { code, detail, errors });
}

const CODES: Partial<Record<RefusalCode, ProblemCode>> = {
  not_found: "not-found",
  not_decided: "not-decided",
  already_resuming: "already-resuming",
  world_changed: "world-changed",
  decision_expired: "decision-expired",
  preconditions_missing: "invalid-request",
  invalid_request: "invalid-request",
  invalid_fields: "invalid-request",
  idempotency_key_reused: "idempotency-key-reused",
  unsupported: "unsupported",
  rate_limited: "rate-limited",
  queue_full: "queue-full",
};

const pointerOf = ({ field, detail }: FieldError) => ({ pointer: field.startsWith("/") ? field : `/${field}`, detail });

/** A refusal of the domain as a problem; whatever has no code of its own is a conflict with the present state. */
export function refusalProblem(refusal: Refusal): Problem {
  const { refused, detail, fields, retryAfterS, escalationId } = refusal;
  return {
    code: CODES[refused] ?? "conflict",
    detail,
    ...(fields === undefined ? {} : { errors: fields.map(pointerOf) }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
    ...(escalationId === undefined ? {} : { escalationId }),
  };
}

export function problemBody(problem: Problem, instance: string): object {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:countersign:problem:${problem.code}`,
    title,
    status,
    detail: problem.detail,
    instance,
    ...(problem.escalationId === undefined ? {} : { escalation_id: problem.escalationId }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

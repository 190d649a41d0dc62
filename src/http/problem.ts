import type { FieldError, Refusal, RefusalCode } from "../domain/shapes/refusal.ts";
import { say } from "../words/en.ts";

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
  | "restored"
  | "session-stopped"
  | "payload-too-large"
  | "unsupported-media-type"
  | "invalid-request"
  | "idempotency-key-reused"
  | "unsupported"
  | "queue-full"
  | "rate-limited"
  | "unavailable";

/** The names of problems, as an agent reads them, with their HTTP status. */
export const STATUSES: Record<ProblemCode, number> = {
  "malformed-json": 400,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  "not-decided": 409,
  "already-resuming": 409,
  "world-changed": 409,
  "decision-expired": 409,
  restored: 410,
  "session-stopped": 409,
  "payload-too-large": 413,
  "unsupported-media-type": 415,
  "invalid-request": 422,
  "idempotency-key-reused": 422,
  unsupported: 422,
  "queue-full": 429,
  "rate-limited": 429,
  unavailable: 503,
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
  restored: "restored",
  session_stopped: "session-stopped",
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
  const status = STATUSES[problem.code];
  const title = say.refusedCalls.titles[problem.code];
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

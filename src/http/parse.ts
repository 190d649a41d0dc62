import type { z } from "zod";
import { ProblemError } from "./problem.ts";

const segmentOf = (segment: PropertyKey) => String(segment).replaceAll("~", "~0").replaceAll("/", "~1");

type Issue = z.core.$ZodIssue;
/** One problem entry for each fault; an unknown key is named itself, not its parent. */
function pointers(issue: Issue): { pointer: string; detail: string }[] {
  const at = issue.path.map((segment) => `/${segmentOf(segment)}`).join("");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ pointer: `${at}/${segmentOf(key)}`, detail: "unknown field; remove it" }));
  return [{ pointer: at, detail: issue.message }];
}

export function schemaProblem(error: z.core.$ZodError): ProblemError {
  const errors = error.issues.flatMap(pointers).slice(0, 50);
  const first = errors[0];
  const detail =
    first === undefined
      ? "The request is not acceptable."
      : `${first.pointer === "" ? "The request" : first.pointer}: ${first.detail}`;
  return new ProblemError({ code: "invalid-request", detail, errors });
}

/** Checks a value against a schema; faults become `invalid-request` with a JSON Pointer each. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw schemaProblem(parsed.error);
  return parsed.data;
}

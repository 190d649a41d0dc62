import type { z } from "zod";
import { ProblemError } from "./problem.ts";

const segmentOf = (segment: PropertyKey) => String(segment).replaceAll("~", "~0").replaceAll("/", "~1");

type Issue = z.core.$ZodIssue;
/** One problem entry for each fault; an unknown key is named itself, not its parent. */
function pointers(issue: Issue): { pointer: string; detail: string }[] {
  const at = issue.path.map((segment) => `/${segmentOf(segment)}`).join("");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ pointer: `${at}/${segmentOf(key)}`, detail: "unknown field; remove it" }));
  return [{ pointer: at, detail: wordsOf(issue) }];
}

const KINDS: Record<string, string> = {
  object: "an object",
  record: "an object",
  array: "a list",
  string: "a string",
  boolean: "true or false",
};
const kindOf = (value: unknown) =>
  value === null ? "null" : Array.isArray(value) ? "a list" : (KINDS[typeof value] ?? `a ${typeof value}`);

/** What the schema says in its own words, without the words of its library. */
function wordsOf(issue: Issue): string {
  if (issue.code === "invalid_union" && "discriminator" in issue) {
    const { options } = issue as { options?: unknown[] };
    return `required: use one of ${(options ?? []).join(", ")}`;
  }
  const missing = issue.input === undefined;
  if (issue.code === "invalid_value") {
    const choice = issue.values.length === 1 ? `use ${JSON.stringify(issue.values[0])}` : `use one of ${issue.values.join(", ")}`;
    return missing ? `required: ${choice}` : choice;
  }
  if (issue.code !== "invalid_type" || !/^Invalid input/.test(issue.message)) return issue.message;
  if (missing) return "required";
  return `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}, not ${kindOf(issue.input)}`;
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
  const parsed = schema.safeParse(body, { reportInput: true });
  if (!parsed.success) throw schemaProblem(parsed.error);
  return parsed.data;
}

import type { z } from "zod";
import { say } from "../words/en.ts";
import { ProblemError } from "./problem.ts";

const segmentOf = (segment: PropertyKey) => String(segment).replaceAll("~", "~0").replaceAll("/", "~1");

type Issue = z.core.$ZodIssue;
/** One problem entry for each fault; an unknown key is named itself, not its parent. */
function pointers(issue: Issue): { pointer: string; detail: string }[] {
  const at = issue.path.map((segment) => `/${segmentOf(segment)}`).join("");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ pointer: `${at}/${segmentOf(key)}`, detail: say.refusedCalls.fields.unknown }));
  return [{ pointer: at, detail: wordsOf(issue) }];
}

const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** A limit that the schema gives no sentence of its own. */
function boundOf(issue: Issue): string {
  if (issue.code !== "too_big" && issue.code !== "too_small") return say.problems.address;
  const of = issue.origin === "string" ? say.problems.characters : issue.origin === "array" ? say.problems.entries : "";
  if (issue.code === "too_big") return say.problems.atMost(String(issue.maximum), of);
  return of !== "" && Number(issue.minimum) === 1 ? say.problems.empty : say.problems.atLeast(String(issue.minimum), of);
}

/** What the schema says in its own words, without the words of its library. */
function wordsOf(issue: Issue): string {
  if (issue.code === "invalid_union" && "discriminator" in issue) {
    const { options } = issue as { options?: unknown[] };
    return say.refusedCalls.fields.requiredOneOf((options ?? []).join(", "));
  }
  const missing = issue.input === undefined;
  if (issue.code === "invalid_value") {
    const [only] = issue.values;
    const { use, useOneOf, requiredUse, requiredOneOf } = say.refusedCalls.fields;
    if (issue.values.length === 1) return (missing ? requiredUse : use)(JSON.stringify(only));
    return (missing ? requiredOneOf : useOneOf)(issue.values.join(", "));
  }
  if (/^(Too (big|small)|Invalid URL)/.test(issue.message)) return boundOf(issue);
  if (issue.code !== "invalid_type" || !/^Invalid input/.test(issue.message)) return issue.message;
  if (missing) return say.refusedCalls.fields.required;
  return say.refusedCalls.fields.mustBe(issue.expected, kindOf(issue.input));
}

export function schemaProblem(error: z.core.$ZodError): ProblemError {
  const errors = error.issues.flatMap(pointers).slice(0, 50);
  const [first, ...rest] = errors;
  if (first === undefined)
    return new ProblemError({ code: "invalid-request", detail: say.refusedCalls.requestNotAcceptable, errors });
  const more = rest.length === 0 ? "" : say.problems.andMore(rest.length);
  const detail = `${first.pointer === "" ? say.refusedCalls.theRequest : first.pointer}: ${first.detail}${more}`;
  return new ProblemError({ code: "invalid-request", detail, errors });
}

/** Checks a value against a schema; faults become `invalid-request` with a JSON Pointer each. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (!parsed.success) throw schemaProblem(parsed.error);
  return parsed.data;
}

import { expect, test } from "vitest";
import { actionOf, canonicalAction, digestOf } from "../../src/domain/shapes/canonical.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation, ModificationStep } from "../../src/domain/shapes/escalation.ts";
import { changeLines } from "../../src/slack/cards/change.ts";
import { later, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** RFC 6902, as strict as it is: a step inside of what is not there cannot be applied. */
function applied(steps: readonly ModificationStep[], action: object): unknown {
  const document = structuredClone(action);
  for (const step of steps) {
    const names = step.path
      .split("/")
      .slice(1)
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = names.pop() ?? "";
    const parent = names.reduce((at, name) => (at as Record<string, object>)[name] as object, document) as Record<
      string,
      unknown
    >;
    if (typeof parent !== "object") throw new Error(`${step.path}: the parent is missing`);
    if (step.op !== "add" && !(last in parent)) throw new Error(`${step.path}: nothing is there`);
    if (step.op === "remove") delete parent[last];
    else parent[last] = structuredClone(step.value);
  }
  return document;
}

const form = {
  params_schema: { properties: { amount: { type: "number" }, note: { type: "string" }, "a/b~": { type: "string" } } },
};
const change = (params: Record<string, string | number | null>, version = 1): Command => ({
  type: "modify",
  by: person("U0SAM"),
  seen: seen(version),
  params,
  reason: null,
});
const asked = (params: Record<string, unknown> | undefined) =>
  opened(requestFor("cloud.delete_volume", {}, { action: { params, target: "vol-prod-1", ...form } }));
const submitted = (e: Escalation) => {
  if (e.request.kind !== "action") throw new Error("not an action");
  return canonicalAction(e.request.action);
};

test.each([
  ["none", undefined, 2],
  ["empty ones", {}, 2],
  ["some", { amount: 5, note: "x", kept: [1] }, 3],
])("the steps, applied to what was submitted with %s for parameters, give what was decided", (_name, params, changes) => {
  const e = run(asked(params), change({ amount: 3, note: null, "a/b~": "y" }), later(1));
  expect(applied(e.modification, submitted(e))).toEqual(actionOf(e));
  expect(digestOf(applied(e.modification, submitted(e)))).toBe(e.actionDigest);
  // What only makes the place for them is no change that a person reads of.
  expect(changeLines(e).join()).not.toContain("{}");
  expect(changeLines(e)).toHaveLength(changes);
});

test("a change that is taken back leaves the action that was submitted, without parameters of its own", () => {
  const once = run(asked(undefined), change({ amount: 3 }), later(1));
  const back = run({ ...once, votes: [] }, change({ amount: null }, 2), later(2));
  expect(back.modification).toEqual([]);
  expect(actionOf(back)).toEqual(submitted(back));
  expect(back.actionDigest).toBe(asked(undefined).actionDigest);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig, readConfigFile } from "../../src/settings/config.ts";
import { problemInBrief, problemLine } from "../../src/settings/problem-words.ts";

/** What a person reads about a configuration that is not usable. */
const text = readFileSync("countersign.example.yaml", "utf8");
function linesOf(edited: string): string[] {
  const read = parseConfig(edited);
  return read.ok ? [] : read.problems.map((problem) => problemLine("c.yaml", problem));
}

test.each([
  ["schema: [1,\nqueues: {}\n", /^c\.yaml:2:1: this is no YAML \(Flow sequence .* end with a \]\); close the bracket or quote/],
  ["schema: 'one\n", /^c\.yaml:\d+:\d+: this is no YAML \(Missing closing ' quote\); close the bracket or quote/],
  ["schema: 1\nschema: 1\n", /^c\.yaml:2:1: .*remove one of the two$/],
  ["schema:\n\t- 1\n", /^c\.yaml:2:1: .*indent with spaces$/],
  ["schema: 1\n  queues: a\n", /^c\.yaml:\d+:\d+: this is no YAML \(.*\); \S/],
])("broken YAML has its place, no empty path, and a mend: %j", (yaml, expected) => {
  const [line = ""] = linesOf(yaml);
  expect(line).toMatch(expected);
  expect(line).not.toMatch(/ :|at line/);
});

test.each([
  ["params.amount > 500.0", "params.amount >", /Unexpected token: EOF; it ends too early/],
  ["params.amount > 500.0", "params.amount = 500.0", /Unexpected character: =; compare with ==/],
  ["params.amount > 500.0", "amuont > 500.0", /Unknown variable: amuont; docs\/policy\.md lists/],
  ["params.amount > 500.0", "hour > '5'", /overload.*write numbers as 500\.0/],
])("a rule is called by its name, with its expression and the mend: %s → %s", (from, to, expected) => {
  const [line = "", ...others] = linesOf(text.replace(from, to));
  expect(others).toEqual([]);
  expect(line).toMatch(/^c\.yaml:\d+:\d+ rule "refunds over 500" when: /);
  expect(line).toContain(`${JSON.stringify(to)} cannot be used: `);
  expect(line).toMatch(expected);
});

test("a rule without a usable name is counted from one; other places keep their path", () => {
  expect(linesOf(text.replace("- name: refunds over 50\n", "- nmae: refunds over 50\n"))[0]).toContain(
    "rule no. 2 of policy.rules ",
  );
  expect(linesOf(text.replace("queue: email\n", "queue: e-mail\n"))[0]).toContain(
    " policy.action_types.email.send.queue: there is",
  );
});

test("a file that is not there is named once, without a made-up place", () => {
  const read = readConfigFile("./nope.yaml");
  if (read.ok) throw new Error("there is one");
  expect(read.problems.map((problem) => problemLine("./nope.yaml", problem))).toEqual([
    "./nope.yaml: there is no such file; npx countersign init writes a first one; or set COUNTERSIGN_CONFIG to your configuration file",
  ]);
  expect(problemInBrief({ line: 0, column: 0, path: "", message: "gone" })).toBe("gone");
  expect(problemInBrief({ line: 3, column: 1, path: "a.b", message: "bad" })).toBe("line 3, a.b: bad");
});

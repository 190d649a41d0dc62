import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judge } from "../../src/domain/policy/judge.ts";
import { type Config, parseConfig } from "../../src/settings/config.ts";
import { showPolicy } from "../../src/slack/commands/policy.ts";
import type { SlackParts } from "../../src/slack/parts.ts";
import { duration, joinAnd } from "../../src/slack/text.ts";
import { NOW, noVelocity, person, requestFor } from "../support/domain.ts";

/** `/countersign policy`: at most fifteen lines, and nothing that the judge would not do. */
const example = readFileSync("countersign.example.yaml", "utf8");

function configOf({ types = "", rules = "" }): Config {
  const text = example
    .replace("\n  rules:\n", `\n${types}\n  rules:\n`)
    .replace("\n  questions:\n", `\n${rules}\n  questions:\n`);
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

async function say(config: Config, userId: string, ...words: string[]): Promise<string> {
  const parts = {
    directory: () => config.directory,
    people: { lookUp: async (id: string) => person(id) },
    engine: { policy: () => config.policy },
  } as unknown as SlackParts;
  const answer = await showPolicy(parts, { text: "", userId, teamId: "T0LOCAL" }, words);
  expect(answer.split("\n").length, answer).toBeLessThanOrEqual(15);
  expect(answer.length, answer).toBeLessThan(3900);
  expect((answer.match(/`/g) ?? []).length % 2, answer).toBe(0);
  return answer;
}

const many = (count: number, make: (i: number) => string): string => Array.from({ length: count }, (_, i) => make(i)).join("");
const rule = (name: string, type: string, more: string, tier = "hard_approval") =>
  `\n    - { name: ${name}, for: ${type}, when: '"${name}" in flags', tier: ${tier}, ${more} }`;

test("whoever asks, about everything and about each type: fifteen lines", async () => {
  const config = configOf({});
  const types = Object.keys(config.policy.source.action_types);
  for (const userId of config.directory.reviewers.keys())
    for (const words of [[], ...types.map((type) => [type]), ["un.known"]]) await say(config, userId, ...words);
  const chris = await say(config, "U0CHRIS");
  expect(chris).toMatch(/… and \d+ more: name an action type to see all of its rules/);
  // Every type can be named.
  for (const type of types) expect(chris).toContain(`\`${type}\``);
  // All that is asked for one type stands there.
  const refund = await say(config, "U0CHRIS", "payments.refund");
  const rules = config.policy.rules.filter((one) => one.appliesTo("payments.refund"));
  expect(rules.length).toBeGreaterThanOrEqual(9);
  for (const { source } of rules) expect(refund).toContain(`${source.name}: *`);
});

test("more rules than lines share them, and more than Slack shows are still named", async () => {
  const few = configOf({ rules: many(14, (i) => rule(`r${i};`, "email.send", "detail: d")) });
  const shown = await say(few, "U0TOM", "email.send");
  for (let i = 0; i < 14; i++) expect(shown).toContain(`r${i};: *hard approval* · when`);
  const long = many(
    30,
    (i) => `\n    - { name: r${i};, for: email.send, when: 'params.subject != "${"x".repeat(150)}"', tier: notify }`,
  );
  const rest = configOf({ rules: `${long}${rule("last", "email.send", "requires: [anybody]")}` });
  const cut = await say(rest, "U0TOM", "email.send");
  expect(cut).toContain('last: *hard approval* · when `"last" in flags` · asks for');
  expect(cut).toMatch(/… and \d+ more: (r\d+; \(notify\), ){5}/);
  await say(rest, "U0TOM");
  const type = (i: number) =>
    `\n    email.t${i}: { impact: low, reversibility: reversible, queue: email, basis: ${"b".repeat(140)} }`;
  const types = await say(configOf({ types: many(60, type) }), "U0TOM");
  expect(types).toMatch(/… and \d+ more: (`email\.t\d+`, )+…/);
  expect(types).toContain("restricted data");
});

/** What the judge pins when this rule matches. */
function ruled(config: Config, type: string, flags: string[]) {
  return judge(config.policy, {
    request: requestFor(
      type,
      { subject: "s", to: "a@northwind.example" },
      { action: { target: "x-prod-1" }, signals: { confidence: 1, risk: 0, ood: 0, flags } },
    ),
    agent: { name: "cloud-agent", environment: "production", owner: "U0OWEN" },
    now: NOW,
    velocity: noVelocity,
  });
}

const RULES: [name: string, type: string, more: string][] = [
  ["longer", "cloud.delete_volume", "deadline: 8h, sla: 5h"],
  ["shorter", "cloud.delete_volume", "deadline: 45m, sla: 5m"],
  ["same", "cloud.delete_volume", "deadline: 4h, sla: 10m"],
  ["slow", "cloud.restart_service", "deadline: 4h, sla: 30m"],
  ["elsewhere", "cloud.stop_instance", "queue: security"],
  ["circle", "cloud.stop_instance", "fallback: transfer, transfer_to: [cloud, email]"],
  ["home", "cloud.stop_instance", "fallback: transfer, transfer_to: [cloud]"],
  ["failing", "email.send", "fallback: fail"],
];

test.each(RULES)("a rule is told by what would really happen: %s", async (name, type, more) => {
  const config = configOf({ rules: rule(name, type, more) });
  const page = await say(config, "U0CHRIS", type);
  const [said = ""] = page.split("\n").filter((one) => one.startsWith(`• ${name}:`));
  const asked = page.split("\n").find((one) => one.startsWith("When it waits")) ?? "";
  const { slaS, deadlineS, queue, fallback, transferTo } = ruled(config, type, [name]);
  const silence = {
    transfer: `silence: handed on to ${joinAnd(transferTo.map((hop) => hop.queue))}, in the end rejected`,
    fail: "silence: ended as failed; nothing runs",
    reject: "silence: rejected by policy",
    approve: "never",
  }[fallback];
  const expected = {
    irst: `irst answer within ${duration(slaS * 1000)}`,
    deadline: `deadline after ${duration(deadlineS * 1000)}`,
    silence,
  };
  for (const [kind, words] of Object.entries(expected)) {
    // It stands at the type, or at the rule that makes it another; the rule does not repeat it.
    expect(said.includes(kind) ? said : asked, page).toContain(words);
    expect(said.includes(words) && asked.includes(words), page).toBe(false);
  }
  const usual = config.policy.source.action_types[type]?.queue ?? "security";
  expect(said.includes(`in the queue ${queue}`)).toBe(queue !== usual);
});

test("what runs alone waits for nobody, and what waits anyway asks for its own people besides", async () => {
  const quiet = configOf({ rules: rule("quiet", "email.send", "sla: 1m, deadline: 40m, fallback: fail", "notify") });
  expect(await say(quiet, "U0TOM", "email.send")).toMatch(/• quiet: \*notify\* · when `"quiet" in flags`$/m);
  const more = configOf({ rules: rule("more", "cloud.modify_security_group", "requires: [on_call]") });
  const { seats } = ruled(more, "cloud.modify_security_group", ["more"]).requirement;
  expect(seats.map(({ label }) => label)).toEqual(["a network engineer", "an on-call engineer"]);
  expect(await say(more, "U0NIK", "cloud.modify_security_group")).toMatch(
    /• more: .* · asks for a network engineer and an on-call engineer$/m,
  );
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/settings/config.ts";

/** What a configuration may say, and hardly means. */
const text = readFileSync("countersign.example.yaml", "utf8");
function warnings(...edits: [from: string, to: string][]): string[] {
  const edited = edits.reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, to);
  }, text);
  const read = parseConfig(edited);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config.warnings.map(({ path, message, line }) => {
    expect(line).toBeGreaterThan(1);
    return `${path}: ${message}`;
  });
}
const rule = (more: string): [string, string] => ["  rules:\n", `  rules:\n    - { name: one more, ${more} }\n`];

test("the example means what it says", () => expect(warnings()).toEqual([]));

test("a step of a chain that can answer nothing of its queue is named", () => {
  expect(warnings(["roles: [support_lead, head_of_operations]", "roles: [support_lead]"])).toEqual([
    'policy.paging.email.chain.1: step "head of operations" calls nobody who can fill a seat of email.send; give its people the role and the queue, or drop the step',
  ]);
  const manager = "{ who: payments-managers, label: payments manager, remind: 5m }";
  const chief = `${manager}\n        - { who: head-of-operations }`;
  expect(warnings([manager, chief])).toEqual([expect.stringContaining("fill a seat of payments.refund, payments.store_credit")]);
  expect(
    warnings(["members: [U0TOM, U0CHRIS]", "members: [U0TOM, U0MARIA]"], ["label: a reviewer }", "label: anybody }"]),
  ).toEqual([expect.stringContaining('step "head of operations" calls nobody')]);
});

test("a way of calling that none of a step's people has is named", () => {
  const all = (mail: string): [string, string] => ["{ name: Lee,   level: 2,", `{ name: Lee, level: 2, ${mail},`];
  const step: [string, string] = [
    "label: lead engineer, remind: 5m, wait: 15m }",
    "label: lead engineer, wait: 15m, via: [dm, pager] }",
  ];
  expect(warnings(step)[0]).toContain(
    'policy.paging.security.chain.1.via: step "lead engineer" calls by pager, and none of its people has one',
  );
  expect(warnings(step, all("pager: lee"))).toEqual([]);
});

test("a transfer to a queue where one person alone could answer is named, with that person", () => {
  expect(warnings(["roles: [security, engineering_manager]", "roles: [security]"])).toEqual([
    'policy.action_types.cloud.stop_instance.transfer_to: silence sends it to the queue "security", where only Chris can fill the seat "an engineering manager"; give a second person there what it takes, or transfer to another queue',
  ]);
});

test("a condition that whoever leaves a parameter out passes by is named", () => {
  const loose = 'for: email.send, when: "has(params.attachments) && params.attachments > 3.0"';
  expect(warnings(rule(`${loose}, tier: hard_approval`))).toEqual([
    expect.stringMatching(/^rule "one more" when: whoever leaves attachments out passes this rule; read it plainly/),
  ]);
  expect(warnings(rule(`${loose}, tier: notify`))).toEqual([]);
  const firm = 'for: email.send, when: "!(has(params.attachments) && params.attachments <= 3.0)", tier: hard_approval';
  expect(warnings(rule(firm))).toEqual([]);
  expect(warnings(rule('for: email.send, when: "has(params.override)", tier: hard_approval'))).toEqual([]);
});

test("asking people about what only reads is named, and so is what nothing refers to", () => {
  expect(warnings(rule('for: cloud.list_instances, when: "true", tier: hard_approval, requires: [anybody]'))).toEqual([
    expect.stringContaining("policy.action_types.cloud.list_instances: this only reads, and people are asked about it"),
  ]);
  expect(warnings(rule('for: payment.refund, when: "true", tier: notify'))).toEqual([
    expect.stringContaining("applies to none of the action types"),
  ]);
  expect(warnings(["  watch_list: [", "  spare: [a]\n  watch_list: ["])).toEqual([
    expect.stringContaining('no rule looks into this list: in_list("spare", …)'),
  ]);
});

test("a velocity group of one type, and one that no rule reads, are named", () => {
  const grouped = (type: string, group: string): [string, string] => [
    `    ${type}:\n`,
    `    ${type}:\n      velocity_group: ${group}\n`,
  ];
  expect(warnings(grouped("payments.refund", "payouts"), grouped("payments.store_credit", "payouts"))).toEqual([]);
  expect(warnings(grouped("payments.refund", "payouts"), grouped("payments.store_credit", "payout"))).toEqual([
    expect.stringContaining('no other action type is in the group "payouts"'),
    expect.stringContaining('no other action type is in the group "payout"'),
  ]);
  expect(warnings(grouped("cloud.stop_instance", "cloud"), grouped("cloud.delete_volume", "cloud"))).toEqual([
    expect.stringContaining('no rule reads the velocity of the group "cloud"'),
  ]);
});

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { TEMPLATES } from "../../src/cli/init.ts";
import { judge } from "../../src/domain/policy/judge.ts";
import { parseConfig } from "../../src/settings/config.ts";
import { NOW, noVelocity, requestFor } from "../support/domain.ts";

/** The first policies that `countersign init` writes. */
const names = readdirSync(TEMPLATES).map((file) => file.replace(/\.yaml$/, ""));
const load = (name: string) => {
  const read = parseConfig(readFileSync(path.join(TEMPLATES, `${name}.yaml`), "utf8"));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
};
const ruled = (name: string, type: string, params: Record<string, unknown>, confidence = 0.95) =>
  judge(load(name).policy, {
    request: requestFor(type, params, { action: { target: "t-prod-1" }, signals: { confidence, risk: 0, ood: 0 } }),
    agent: { name: "a", environment: "production", owner: null },
    now: NOW,
    velocity: noVelocity,
  });

test("there is one for each field, and a minimal one", () => {
  expect(names.sort()).toEqual(["engineering", "finance", "health", "hr", "minimal", "security", "support"]);
});

describe.each(names)("%s", (name) => {
  test("loads without a warning", () => expect(load(name).warnings).toEqual([]));
});

describe.each(names.filter((name) => name !== "minimal"))("%s", (name) => {
  test("asks nobody about what only reads", () => {
    const [reading = ""] = Object.keys(load(name).policy.source.action_types);
    expect(reading).toMatch(/read|search/);
    expect(ruled(name, reading, {}).tier).toBe("autonomous");
  });
});

test("a wire transfer needs a treasurer and a compliance officer, two different people, and who asked for it", () => {
  const { requirement } = ruled("finance", "payment.wire", { amount: 10, currency: "USD", payee: "Acme" });
  expect(requirement.seats.map((seat) => seat.label)).toEqual(["a treasurer", "a compliance officer"]);
  expect(requirement.requestedByRequired).toBe(true);
  const listed = { amount: 10, currency: "USD", payee: "example  SANCTIONED party" };
  expect(ruled("finance", "payment.wire", listed).tier).toBe("hard_stop");
});

test("confidence comes in bands: from 0.9 alone, from 0.5 with a person, below that by a person", () => {
  const at = (confidence: number) =>
    ruled("finance", "invoice.pay", { amount: 10, currency: "USD", payee: "Acme" }, confidence).tier;
  expect([at(0.95), at(0.9), at(0.89), at(0.5), at(0.49)]).toEqual([
    "notify",
    "notify",
    "hard_approval",
    "hard_approval",
    "hard_stop",
  ]);
});

test("a dozen lines are enough: what is left out has a default", () => {
  const read = parseConfig(
    "schema: 1\nreviewers:\n  U0PRIYA: { name: Priya }\n  U0MARIA: { name: Maria }\nqueues:\n  approvals: { channel: C0PAYMENTS }\n",
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { directory, policy } = read.config;
  expect(directory.queues.get("approvals")?.members).toEqual(["U0PRIYA", "U0MARIA"]);
  expect(policy.source).toMatchObject({
    defaults: { queue: "approvals", sla: 600, deadline: 3600, fallback: "reject" },
    unknown: { tier: "hard_stop", requires: ["anybody"] },
    working_hours: { from: "09:00", to: "18:00" },
  });
});

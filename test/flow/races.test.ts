import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { person, seen } from "../support/domain.ts";
import { faults } from "../support/properties.ts";

/** Beside the example's own: above a sum of 1,000 in store credits for one customer, compliance has to sign as well. */
const CREDITS_OF_A_DAY = `
    - name: credits of a day
      for: payments.store_credit
      when: velocity.target.sum_24h > 1000.0
      tier: hard_approval
      requires: [payments_reviewer, second_signature]
`;
let app: App;
let refunds: Agent;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-races-"));
beforeAll(async () => {
  const config = path.join(folder, "countersign.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("\n  rules:\n", `\n  rules:\n${CREDITS_OF_A_DAY}`)
    .replace("title: Give {target}", "amount: amount\n      title: Give {target}");
  writeFileSync(config, text);
  app = await startApp({ config });
  refunds = await app.agent("refund-agent");
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});
/** Its deadline comes in a moment. */
const endIn = (id: string, ms: number) =>
  app.db.owner.query(
    "WITH t AS (SELECT db_now() + make_interval(secs => $2 / 1000.0) AS at) UPDATE live SET deadline = t.at, due_at = t.at FROM t WHERE id = $1",
    [id, ms],
  );
/** What it came to: one decision, and the same one for whoever asks. */
async function settle(id: string) {
  const settled = await app.until(
    "an end",
    async () => {
      await app.running.engine.sweep();
      return look(id);
    },
    (e) => e.state !== "paused_pending_human",
  );
  const { rows } = await app.db.pool.query("SELECT source FROM decision WHERE escalation_id = $1", [id]);
  expect(rows).toEqual([{ source: settled.decision.source }]);
  return settled;
}
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;

test("two reviewers at once: one winner, the other is told who", async () => {
  const ids: string[] = [];
  for (let i = 0; i < faults(8); i++) ids.push((await refunds.call("POST", "/v1/escalations", refundRequest(1000 + i))).body.id);
  for (const id of ids) {
    const { ts } = await app.card(id);
    await Promise.all(["U0PRIYA", "U0MARIA"].map((user) => app.as(user).click("C0PAYMENTS", "approve", ts)));
    const decided = await app.until(
      "the decision",
      () => look(id),
      (e) => e.state === "human_responded",
    );
    expect(decided.decision.votes).toHaveLength(1);
    const winner = decided.decision.votes[0].user_id;
    const loser = winner === "U0PRIYA" ? "U0MARIA" : "U0PRIYA";
    await app.until("the loser is told", () =>
      app
        .as(loser)
        .ephemerals()
        .some((text) => text.includes(`Already approved by <@${winner}>`)),
    );
    const { rows } = await app.db.pool.query("SELECT count(*)::int AS n FROM decision WHERE escalation_id = $1", [id]);
    expect(rows[0].n).toBe(1);
  }
});

test("a click and the deadline in the same moment: one of them, never both, and the audit agrees", async () => {
  for (let i = 0; i < faults(6); i++) {
    const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(2000 + i));
    const { ts } = await app.card(body.id);
    await endIn(body.id, 15);
    await Promise.all([
      app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts),
      ...Array.from({ length: 10 }, () => app.running.engine.sweep()),
    ]);
    const settled = await settle(body.id);
    expect(["human", "timeout"]).toContain(settled.decision.source);
  }
});

test("two reviewers and the deadline in the same moment: one decision, and everybody is told what it was", async () => {
  for (let i = 0; i < faults(6); i++) {
    const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(2500 + i));
    const { ts } = await app.card(body.id);
    const told = () => ["U0PRIYA", "U0MARIA"].map((user) => app.as(user).ephemerals().length);
    const before = told();
    await endIn(body.id, 20);
    await Promise.all([
      ...["U0PRIYA", "U0MARIA"].map((user) => app.as(user).click("C0PAYMENTS", "approve", ts)),
      ...Array.from({ length: 10 }, () => app.running.engine.sweep()),
    ]);
    const settled = await settle(body.id);
    const losers = settled.decision.source === "human" ? 1 : 2;
    await app.until("the losers to be told", () => told().reduce((sum, n, who) => sum + n - (before[who] ?? 0), 0) === losers);
  }
});

test("a hundred posts with one idempotency key are one escalation", async () => {
  const submit = () => refunds.call("POST", "/v1/escalations", refundRequest(700), { "Idempotency-Key": "same" });
  const submitUntilTaken = async () => {
    for (;;) {
      const answer = await submit();
      // A machine that cannot keep up says so, and is asked again.
      if (answer.status !== 503) return answer;
    }
  };
  const answers = await Promise.all(Array.from({ length: 100 }, submitUntilTaken));
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([201]));
  expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
  expect(answers.filter((a) => a.headers.get("idempotent-replayed") === null).length).toBeLessThanOrEqual(1);
  expect(await refunds.call("POST", "/v1/escalations", refundRequest(701), { "Idempotency-Key": "same" })).toMatchObject({
    status: 422,
    body: { type: "urn:countersign:problem:idempotency-key-reused" },
  });
});

test("a sum split into many small refunds at once, to one target in several spellings, is still seen", async () => {
  // One of its own: many refunds of one agent within an hour are asked about as well, and a hunt has made many by now.
  const splitter = await app.agent("split-agent");
  const spellings = ["customer/split-1", "Customer/Split-1", "customer/split\u20131", "CUSTOMER/SPLIT-1\u00A0"];
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      splitter.call("POST", "/v1/escalations", {
        ...refundRequest(95),
        action: { ...refundRequest(95).action, target: spellings[i % 4] },
        signals: { confidence: 0.99 },
      }),
    ),
  );
  const tiers = answers.map((a) => a.body.tier);
  expect(tiers.filter((tier) => tier === "hard_approval")).toHaveLength(2);
  expect(tiers.filter((tier) => tier === "notify")).toHaveLength(10);
});

test("of two changes at once that add up above a limit, the second needs who the limit asks for", async () => {
  const credit = refundRequest(100, { signals: { confidence: 0.9, risk: 0, ood: 0 } });
  const request = { ...credit, action: { ...credit.action, type: "payments.store_credit", target: "customer/changed" } };
  for (let n = 0; n < 4; n++) {
    const target = `customer/changed-${n}`;
    const submit = async () => refunds.call("POST", "/v1/escalations", { ...request, action: { ...request.action, target } });
    const ids = [(await submit()).body.id, (await submit()).body.id];
    const changes = ids.map((id) => {
      const command = { type: "modify", by: person("U0PRIYA"), seen: seen(), reason: null, params: { amount: 800 } } as const;
      return app.running.engine.handle(id, command, { kind: "person" });
    });
    for (const change of await Promise.all(changes)) expect(change).toMatchObject({ changed: true });
    const states = await Promise.all(ids.map(async (id) => (await look(id)).state));
    expect(states.sort()).toEqual(["human_responded", "paused_pending_human"]);
    // A submission beside them counts what they were changed to.
    const third = await refunds.call("POST", "/v1/policy/evaluate", { ...request, action: { ...request.action, target } });
    expect(JSON.stringify(third.body)).toContain("credits of a day");
  }
});

test("the same interaction delivered five times decides once", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(3000));
  const { ts } = await app.card(body.id);
  await Promise.all(Array.from({ length: 5 }, () => app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts)));
  await app.until(
    "the decision",
    () => look(body.id),
    (e) => e.state === "human_responded",
  );
  const { rows } = await app.db.pool.query("SELECT count(*)::int AS n FROM vote WHERE escalation_id = $1", [body.id]);
  expect(rows[0].n).toBe(1);
});

test("an agent that sends hundreds of requests about its own escalation crowds out nobody else", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(3000));
  const { engine } = app.running;
  const agentId = (await engine.load(body.id))?.escalation.agentId ?? "";
  const claim = { type: "resume", claimId: "c", preconditions: [], leaseS: undefined } as const;
  const sent = Array.from({ length: 300 }, () => engine.handle(body.id, claim, { kind: "agent", agentId }));
  const crowd = Promise.allSettled(sent);
  const others = await Promise.all([
    engine.handle(body.id, { type: "inform", text: "The owner is away." }, { kind: "system" }),
    engine.handle(body.id, { type: "retire", reason: "no longer wanted" }, { kind: "system" }),
  ]);
  expect(others).toMatchObject([{ changed: true }, { changed: true, escalation: { endedReason: "cancelled" } }]);
  expect((await crowd).filter((one) => one.status === "rejected").length).toBeGreaterThan(200);
});

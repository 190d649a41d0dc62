import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeliveries } from "../../src/engine/delivery/deliveries.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

let app: App;
let refunds: Agent;
let hooks: Server;
const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-config-")), "countersign.yaml");
const received: { id: string; type: string; data: any; answered: number }[] = [];
let answer = 204;
beforeAll(async () => {
  copyFileSync("countersign.example.yaml", config);
  app = await startApp({ config, log: "silent" });
  refunds = await app.agent("refund-agent");
  hooks = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const verified = new Webhook(refunds.callbackSecret).verify(body, request.headers as Record<string, string>) as {
        type: string;
        data: any;
      };
      received.push({ id: String(request.headers["webhook-id"]), ...verified, answered: answer });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await app?.close();
  hooks?.close();
});
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const ask = async (more: object = {}) => {
  const callback = { url: `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/hook` };
  const { status, body } = await refunds.call("POST", "/v1/escalations", refundRequest(1250, { callback, ...more }));
  expect(status, JSON.stringify(body)).toBe(201);
  return { id: body.id as string, ts: (await app.card(body.id)).ts };
};

/** The receiver checks the timestamp on its own clock, so the deadline comes here, not the time there. */
async function passDeadline(id: string): Promise<void> {
  await app.db.owner.query(
    "WITH t AS (SELECT db_now() AS at) UPDATE live SET deadline = t.at, due_at = t.at FROM t WHERE id = $1",
    [id],
  );
  await app.running.round();
}

test("a rejection that the agent has received by callback is complete", async () => {
  const { id, ts } = await ask();
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "reject", ts);
  await app.until("the form", () => priya.top());
  await priya.submit({ reason_code: "not_needed" });
  await app.until(
    "the end",
    () => look(id),
    (e) => e.state === "completed" && e.ended_reason === "rejected",
  );
  expect(received.find((one) => one.data.id === id)).toMatchObject({
    type: "escalation.decided",
    data: { decision: { type: "reject", reason_code: "not_needed" } },
  });
});

test("a dead endpoint is tried once in a while, not once for everything that is owed there", async () => {
  const all = await Promise.all(Array.from({ length: 12 }, (_, n) => ask({ labels: { n: String(n) } })));
  const ids = all.map(({ id }) => id);
  const arrived = (good: boolean) => received.filter((one) => ids.includes(one.data.id) && (one.answered === 204) === good);
  answer = 500;
  await app.db.owner.query(
    "WITH t AS (SELECT db_now() AS at) UPDATE live SET deadline = t.at, due_at = t.at FROM t WHERE id = ANY($1)",
    [ids],
  );
  await app.running.round();
  await app.until("the pause", async () => {
    const paused = "SELECT FROM lane WHERE name LIKE 'callback:%' AND not_before > db_now()";
    return (await app.db.pool.query(paused)).rowCount;
  });
  // Four at once until three have failed.
  expect(arrived(false).length).toBeLessThanOrEqual(7);
  answer = 204;
  await app.db.shiftClock(30_000);
  await app.until("all of them", () => new Set(arrived(true).map((one) => one.data.id)).size === ids.length);
});

test("a dead endpoint loses nothing: polling shows the decision, and the same delivery comes again", async () => {
  answer = 500;
  const { id, ts } = await ask();
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until("the first try", () => received.find((one) => one.data.id === id));
  expect(await look(id)).toMatchObject({ state: "human_responded" });
  answer = 204;
  await app.until("another try that arrives", async () => {
    await app.db.shiftClock(2000);
    return (await listDeliveries(app.db.pool)).every((row) => row.escalationId !== id || row.kind !== "callback");
  });
  const tries = received.filter((one) => one.data.id === id);
  expect(new Set(tries.map((one) => one.id)).size).toBe(1);
  expect(tries.length).toBeGreaterThan(1);
});

test("a reviewer's question and a timeout are called back under their own names", async () => {
  const { id, ts } = await ask();
  const priya = app.as("U0PRIYA");
  await priya.choose("C0PAYMENTS", "ask", ts);
  await app.until("the form", () => priya.top());
  await priya.submit({ reason: "Which order?" });
  await app.until("the message", () => received.find((one) => one.data.id === id && one.type === "escalation.message"));
  await passDeadline(id);
  await app.until("the timeout", () => received.find((one) => one.data.id === id && one.type === "escalation.timed_out"));
});

test("silence that hands it on to other people is called back as reopened, and never as timed out", async () => {
  const action = { type: "cloud.stop_instance", title: "Stop it", params: { instance_id: "i-1" }, target: "i-prod-1" };
  const { id } = await ask({ action });
  await passDeadline(id);
  await app.until("the callback", () => received.find((one) => one.data.id === id));
  expect(received.filter((one) => one.data.id === id)).toMatchObject([
    { type: "escalation.reopened", data: { state: "paused_pending_human", round: 2 } },
  ]);
});

test("of what an endpoint did not take, only the newest is sent again, and as another message", async () => {
  answer = 500;
  const { id, ts } = await ask();
  const priya = app.as("U0PRIYA");
  await priya.choose("C0PAYMENTS", "ask", ts);
  await app.until("the form", () => priya.top());
  await priya.submit({ reason: "Which order?" });
  const refused = await app.until("the question", () => received.find((one) => one.data.id === id));
  await priya.click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
  answer = 204;
  const arrived = () => received.filter((one) => one.data.id === id && one.answered === 204);
  const taken = await app.until("what arrives", () => arrived()[0]);
  expect(taken).toMatchObject({ type: "escalation.decided", data: { state: "human_responded" } });
  expect(taken?.id).not.toBe(refused?.id);
  await app.until("nothing else to send", async () =>
    (await listDeliveries(app.db.pool)).every((row) => row.escalationId !== id || row.kind !== "callback"),
  );
  expect(arrived()).toHaveLength(1);
});

test("a bad edit of the configuration leaves the last good one and alarms; a good one moves only what comes after", async () => {
  const before = await ask();
  const text = readFileSync(config, "utf8");
  writeFileSync(config, text.replace("params.amount > 500.0", "amuont > 500.0"));
  const told = (words: string) => app.slack.channel("C0ALARMS").filter((m) => m.text.includes(words));
  await app.until("the alarm", () => told("Unknown variable: amuont")[0]);
  expect(told("amuont")[0]?.text).toContain('rule "refunds over 500" when: "amuont &gt; 500.0" cannot be used');
  expect(told("usable again")).toEqual([]);
  expect((await look(before.id)).policy.version).toBe(app.running.config.current().policy.version);
  writeFileSync(config, text.replace("params.amount > 500.0", "params.amount > 5.0"));
  await app.until(
    "the new policy",
    () => app.running.config.current().policy.version !== undefined && app.running.config.current().text.includes("> 5.0"),
  );
  await app.until("the all-clear", () => told("✓ The configuration is usable again")[0]);
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(20));
  expect(body.tier).toBe("hard_approval");
  expect((await look(before.id)).policy.version).not.toBe(body.policy.version);
  // Memberships are live: who is taken out of the queue can no longer decide what was opened before.
  writeFileSync(
    config,
    readFileSync(config, "utf8").replace("members: [U0PRIYA, U0MARIA, U0CHRIS]", "members: [U0MARIA, U0CHRIS]"),
  );
  await app.until("the new queue", () => app.running.config.current().directory.queues.get("payments")?.members.length === 2);
  expect(told("usable again")).toHaveLength(1);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", before.ts);
  await app.until("the refusal", () =>
    app
      .as("U0PRIYA")
      .ephemerals()
      .some((one) => one.includes("aren't a reviewer of the payments queue")),
  );
  await app.as("U0MARIA").click("C0PAYMENTS", "approve", before.ts);
  await app.until(
    "the decision",
    () => look(before.id),
    (e) => e.state === "human_responded",
  );
  const { rows } = await app.db.pool.query("SELECT count(*)::int AS n FROM audit_entry WHERE stream = 'policy'");
  expect(rows[0].n).toBeGreaterThan(1);
  const written = await app.db.pool.query(
    "SELECT convert_from(body, 'UTF8') AS body FROM audit_entry WHERE stream = 'reviewers' ORDER BY seq",
  );
  expect(written.rows).toHaveLength(2);
  expect(JSON.parse(written.rows[1].body).changes).toEqual([
    expect.objectContaining({ what: "queue payments", is: expect.objectContaining({ members: ["U0MARIA", "U0CHRIS"] }) }),
  ]);
});

test("a revoked agent is called back no more, and its key is worth nothing within a second", async () => {
  answer = 500;
  const { id, ts } = await ask();
  await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
  await app.until("a callback that is refused", () => received.find((one) => one.data.id === id));
  const { revokeAgentByName } = await import("../../src/engine/agents.ts");
  await revokeAgentByName(app.db.pool, "refund-agent", null);
  await app.until(
    "the refusal",
    () => refunds.call("GET", "/v1/escalations?limit=1"),
    (answered) => answered.status === 401,
  );
  answer = 204;
  await app.until("nothing owed to it", async () => {
    await app.db.shiftClock(2000);
    return (await listDeliveries(app.db.pool)).every((row) => row.escalationId !== id || row.kind !== "callback");
  });
  expect(received.filter((one) => one.data.id === id && one.answered === 204)).toEqual([]);
});

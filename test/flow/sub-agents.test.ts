import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stops, serve } from "../callback/hooks.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** What is known of a session goes with all that it asks: what it has read, what was rejected in it, for whom it works. */
let app: App;
let refunds: Agent;
let planner: Agent;
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-sessions-"));
beforeAll(async () => {
  const config = path.join(dir, "countersign.yaml");
  const example = readFileSync("countersign.example.yaml", "utf8");
  expect(example).toMatch(/^ {2}rules:\n/m);
  const rule =
    "    - name: tainted\n      when: '\"untrusted_content\" in session.taints'\n      tier: hard_approval\n      detail: it may do what a stranger wrote\n";
  const registered = "  refund-agent: { owner: U0OWEN,";
  expect(example).toContain(registered);
  writeFileSync(
    config,
    example
      .replace(/^ {2}rules:\n/m, (head) => `${head}${rule}`)
      .replace(registered, `  planner: { callback_hosts: ["127.0.0.1:*"] }\n${registered}`),
  );
  app = await startApp({ config });
  refunds = await app.agent("refund-agent");
  planner = await app.agent("planner");
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (session: string, more: Record<string, unknown> = {}, amount = 20) =>
  refunds.call("POST", "/v1/escalations", refundRequest(amount, { session_id: session, ...more }));
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const say = (userId: string, words: string) => app.as(userId).command("C0PAYMENTS", `/countersign ${words}`);
const TAINT = { kind: "untrusted_content", source: "mail from <!channel> outside" };

test("what a session has read sticks to it, judges its later steps, and only an admin clears it", async () => {
  expect((await ask("mail-0")).body.policy.reasons.map((one: any) => one.rule)).not.toContain("tainted");
  const first = await ask("mail-1", { taints: [TAINT] });
  expect(first.body).toMatchObject({ tier: "hard_approval" });
  expect(first.body.policy.reasons.map((one: any) => one.rule)).toContain("tainted");
  const later = await ask("mail-1");
  expect(later.body.policy.reasons.map((one: any) => one.rule)).toContain("tainted");
  const card = await cardOf(app, later.body.id);
  await card.says("This session has read content it can't trust:");
  expect(JSON.stringify(card.text())).not.toContain("<!channel>");
  const added = await refunds.call("POST", "/v1/sessions/mail-1/taints", {
    taints: [{ kind: "restricted_data", source: "crm" }],
  });
  expect(added).toMatchObject({ status: 200, body: { taints: [TAINT, { kind: "restricted_data", source: "crm" }] } });
  expect(await say("U0MARIA", "session clear-taint refund-agent/mail-1 It was ours")).toContain("Only admins");
  expect(await say("U0CHRIS", "session clear-taint refund-agent/mail-1")).toContain("clear-taint AGENT/ID why");
  expect(await say("U0CHRIS", "session clear-taint refund-agent/mail-1 It was ours")).toContain("cleared");
  expect((await ask("mail-1")).body.policy.reasons.map((one: any) => one.rule)).not.toContain("tainted");
  expect((await refunds.call("POST", "/v1/sessions/mail-1/taints", { taints: [] })).status).toBe(422);
});

async function reject(id: string): Promise<void> {
  const card = await cardOf(app, id);
  const form = await card.open("U0MARIA", "Reject…");
  await form.submit({ "Why?": "not_needed" });
  await app.until(
    "its rejection",
    () => look(id),
    (one) => one.decision?.type === "reject",
  );
}

test("the same that was rejected before is told on the card, and the policy stops what goes on all the same", async () => {
  for (const said of [null, "The same was rejected once today", "The same was rejected twice today"]) {
    const { status, body } = await ask("loop-1", {}, 1250);
    expect(status).toBe(201);
    const card = await cardOf(app, body.id);
    if (said === null) expect(card.text()).not.toContain("was rejected");
    else await card.says(said);
    await reject(body.id);
  }
  const again = await ask("loop-1", {}, 1250);
  expect(again).toMatchObject({ status: 409, body: { type: "urn:countersign:problem:session-stopped" } });
  await app.until(
    "its end",
    async () => (await refunds.call("GET", "/v1/sessions/loop-1")).body,
    (one) => one.directive === "terminate" && one.by === null,
  );
  // Another act, and the same in another session, are none of it.
  expect((await ask("loop-1", {}, 1300)).status).toBe(409);
  expect((await ask("loop-2", {}, 1250)).status).toBe(201);
});

test("a sub-agent is judged like the one it works for, says so, and ends with it", async () => {
  const parent = { agent: "planner", session_id: "plan-1" };
  const { status, body } = await ask("sub-1", { parent, on_behalf_of: "U0PRIYA" }, 1250);
  expect(status).toBe(201);
  expect(body).toMatchObject({ parent, on_behalf_of: "U0PRIYA" });
  const card = await cardOf(app, body.id);
  await card.says("for planner, on behalf of <@U0PRIYA>");
  const refused = await card.click("U0PRIYA", "Approve refund");
  expect(JSON.stringify(refused ?? "")).not.toContain("approved");
  expect(await look(body.id)).toMatchObject({ state: "paused_pending_human" });
  // Whoever says that planner's run is tainted says it of those that work for it.
  await planner.call("POST", "/v1/sessions/plan-1/taints", { taints: [TAINT] });
  expect((await ask("sub-1", { parent })).body.policy.reasons.map((one: any) => one.rule)).toContain("tainted");
  await say("U0CHRIS", "terminate session:planner/plan-1 Enough");
  await app.until(
    "its end",
    () => look(body.id),
    (one) => one.ended_reason === "session_terminated",
  );
  expect((await ask("sub-1")).status).toBe(409);
  expect((await ask("sub-2", { parent })).status).toBe(409);
});

test("nobody answers a sub-agent: whoever waits for it hears that at its own address", async () => {
  const stops: Stops = [];
  const heard: { type: string; data: { id: string } }[] = [];
  const port = await serve((_request, response, body) => {
    heard.push(JSON.parse(body));
    response.end();
  }, stops);
  const question = {
    schema_version: "1",
    kind: "question",
    question: { text: "Which way?" },
    brief: { decision_required: "Which way?", trigger: { kind: "requested" } },
    session_id: "plan-9",
    callback: { url: `http://127.0.0.1:${port}/planner` },
  };
  const waiting = await planner.call("POST", "/v1/escalations", question);
  expect(waiting.status).toBe(201);
  const parent = { agent: "planner", session_id: "plan-9", escalation_id: waiting.body.id };
  // It names an escalation that is none of the session it names: nobody is told.
  await ask("sub-8", { parent: { ...parent, session_id: "plan-8" }, valid_until: await soon() }, 1250);
  const asked = await ask("sub-9", { parent, valid_until: await soon() }, 1250);
  await app.db.shiftClock(11 * 60_000);
  await app.until(
    "its end",
    () => look(asked.body.id),
    (one) => one.state !== "paused_pending_human",
  );
  await app.until("the word to its parent", () => heard.length > 0);
  expect(heard.map(({ type, data }) => [type, data.id])).toEqual([["escalation.timed_out", asked.body.id]]);
  for (const stop of stops) await stop();
});

const soon = async () => new Date((await app.running.engine.now()).getTime() + 10 * 60_000).toISOString();

test("who works for whom is said once, and of an agent that there is", async () => {
  const of = (agent: string, session_id?: string) => ({ parent: { agent, ...(session_id === undefined ? {} : { session_id }) } });
  expect((await ask("sub-3", of("planner", "plan-2"))).status).toBe(201);
  expect(await ask("sub-3", of("planner", "plan-3"))).toMatchObject({ status: 422 });
  expect(await ask("sub-4", of("nobody"))).toMatchObject({ status: 422 });
  expect(await ask("sub-4", of("refund-agent", "sub-4"))).toMatchObject({ status: 422 });
  const alone = refundRequest(20, of("planner", "plan-2"));
  expect(await refunds.call("POST", "/v1/escalations", alone)).toMatchObject({ status: 422 });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** People stop a run of an agent, or the agent as a whole, while it works. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const ask = (session: string, more: Record<string, unknown> = {}) =>
  refunds.call("POST", "/v1/escalations", refundRequest(1250, { session_id: session, ...more }));
const waiting = async (session: string): Promise<string> => (await ask(session)).body.id;
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const session = async (id: string) => (await refunds.call("GET", `/v1/sessions/${id}`)).body;
const say = (userId: string, words: string) => app.as(userId).command("C0PAYMENTS", `/countersign ${words}`);
const resume = (id: string) => refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "worker-1" });
const approve = async (id: string) => (await cardOf(app, id)).click("U0MARIA", "Approve refund");

test("a session that nobody has said anything about goes on", async () => {
  const id = await waiting("run-0");
  expect(await session("run-0")).toMatchObject({ agent: "refund-agent", directive: "continue", stopped: false, reason: null });
  expect(await session("run-0")).toMatchObject({ open: [id], counts: { paused_pending_human: 1 } });
  expect(await session("never heard of")).toMatchObject({ directive: "continue", open: [], counts: {} });
});

test("paused: people go on answering, nothing is handed out until it is let go on", async () => {
  const id = await waiting("run-1");
  expect(await say("U0MARIA", "pause session:refund-agent/run-1 The amounts look odd")).toMatch(/paused/);
  expect(await session("run-1")).toMatchObject({
    directive: "pause",
    stopped: true,
    reason: "The amounts look odd",
    by: "U0MARIA",
  });
  const refused = await ask("run-1");
  expect(refused).toMatchObject({ status: 409, body: { type: "urn:countersign:problem:session-stopped" } });
  expect(refused.body.detail).toContain("The amounts look odd");
  await approve(id);
  await app.until(
    "its decision",
    () => look(id),
    (one) => one.state === "human_responded",
  );
  expect(await resume(id)).toMatchObject({ status: 409, body: { type: "urn:countersign:problem:session-stopped" } });
  // Another session of the same agent is none of this one's business.
  expect((await ask("run-2")).status).toBe(201);
  await say("U0MARIA", "resume session:refund-agent/run-1 They are right");
  expect(await resume(id)).toMatchObject({ status: 200, body: { state: "resuming" } });
});

test("terminated: what waits ends, its card says so, and the end is final", async () => {
  const [open, decided] = [await waiting("run-3"), await waiting("run-3")];
  await approve(decided);
  await app.until(
    "its decision",
    () => look(decided),
    (one) => one.state === "human_responded",
  );
  await say("U0MARIA", "terminate session:refund-agent/run-3 It <!channel> loops");
  for (const id of [open, decided])
    await app.until(
      "its end",
      () => look(id),
      (one) => one.ended_reason === "session_terminated",
    );
  const card = await cardOf(app, open);
  await card.says("Session ended");
  await card.says("<@U0MARIA> ended the agent's session");
  expect(card.text()).not.toContain("<!channel>");
  expect(card.offers()).not.toContain("Approve refund");
  expect(await resume(decided)).toMatchObject({ status: 409, body: { type: "urn:countersign:problem:session-stopped" } });
  expect(await say("U0MARIA", "resume session:refund-agent/run-3 On second thoughts")).toContain("final");
  const audit = (await refunds.call("GET", `/v1/escalations/${open}/audit`)).body.items.map((one: any) => one.body);
  expect(audit.at(-1)).toMatchObject({ event: "terminated", ended_reason: "session_terminated", user_id: "U0MARIA" });
});

test("to plan anew: what waits ends, and the agent goes on once it acknowledges", async () => {
  const id = await waiting("run-4");
  await say("U0MARIA", "replan session:refund-agent/run-4 Refund the second order only");
  await app.until(
    "its end",
    () => look(id),
    (one) => one.ended_reason === "session_terminated",
  );
  expect((await ask("run-4")).status).toBe(409);
  const known = await refunds.call("POST", "/v1/sessions/run-4/acknowledge");
  expect(known).toMatchObject({ status: 200, body: { directive: "replan", stopped: false } });
  const anew = await waiting("run-4");
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await look(anew)).toMatchObject({ state: "paused_pending_human" });
});

test("a note coaches a session without stopping it, and the agent says that it knows", async () => {
  await say("U0MARIA", "note session:refund-agent/run-5 Ask for the order number first");
  expect(await session("run-5")).toMatchObject({
    directive: "continue",
    stopped: false,
    reason: "Ask for the order number first",
  });
  expect((await ask("run-5")).status).toBe(201);
  await refunds.call("POST", "/v1/sessions/run-5/acknowledge");
  expect((await session("run-5")).acknowledged_at).not.toBeNull();
  await say("U0MARIA", "pause session:refund-agent/run-5 Wait");
  expect(await say("U0MARIA", "note session:refund-agent/run-5 Go on")).toContain("stopped");
});

test("the kill switch of an agent holds for all of its sessions, and for what belongs to none", async () => {
  const cloud = await app.agent("cloud-agent");
  await say("U0CHRIS", "pause agent:cloud-agent Nobody knows what it does");
  const body = refundRequest(1250);
  for (const one of [body, { ...body, session_id: "any" }])
    expect((await cloud.call("POST", "/v1/escalations", one)).status).toBe(409);
  expect((await ask("run-6")).status).toBe(201);
  await say("U0CHRIS", "resume agent:cloud-agent It was the clock");
  expect((await cloud.call("POST", "/v1/escalations", body)).status).toBe(201);
});

test("the same key again is told what it had opened, and is handed nothing", async () => {
  const headers = { "idempotency-key": "run-7-1" };
  const body = refundRequest(20, { session_id: "run-7", claim_id: "w" });
  const first = await refunds.call("POST", "/v1/escalations", body, headers);
  await say("U0MARIA", "pause session:refund-agent/run-7 Wait");
  const again = await refunds.call("POST", "/v1/escalations", body, headers);
  expect(again).toMatchObject({ status: 201, body: { id: first.body.id, execution: null } });
});

describe("who may", () => {
  test.each([
    ["U0PRIYA", "pause session:refund-agent/run-1 Why not", /level 2/],
    ["U0TOM", "pause agent:refund-agent Why not", /nothing lately in a queue of yours/],
    ["U0GUS", "session refund-agent/run-1", /./],
    ["U0MARIA", "pause", /Say which/],
    ["U0MARIA", "pause agent:nobody why", /There is no agent `nobody`/],
    ["U0MARIA", "pause agent:refund-agent", /Say why/],
    ["U0MARIA", `pause agent:refund-agent ${"x".repeat(501)}`, /at most 500/],
  ])("%s: %s", async (userId, words, expected) => {
    expect(await say(userId, words)).toMatch(expected);
    expect((await session("run-8")).stopped).toBe(false);
  });

  test("the view lists what a session asked, oldest first, each with its state", async () => {
    const [first, second] = [await waiting("run 9"), await waiting("run 9")];
    const shown = await say("U0PRIYA", 'session refund-agent/"run 9"');
    expect(shown.indexOf(first)).toBeGreaterThan(0);
    expect(shown.indexOf(second)).toBeGreaterThan(shown.indexOf(first));
    expect(shown).toContain("waiting for people");
    expect(await say("U0TOM", 'session refund-agent/"run 9"')).not.toContain(first);
  });
});

test("all of it stands in the audit stream of sessions, and the log is whole", async () => {
  const { rows } = await app.db.pool.query(
    "SELECT convert_from(body, 'UTF8') AS body FROM audit_entry WHERE stream = 'sessions' ORDER BY seq",
  );
  expect(rows[0]?.body).toContain('"session_directed"');
  expect(rows.map(({ body }) => body).join()).not.toContain("odd");
});

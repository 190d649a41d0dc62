import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** The agent acts at once; people look at it meanwhile, and have it undone where it was wrong. */
let app: App;
let cloud: Agent;
beforeAll(async () => {
  app = await startApp();
  cloud = await app.agent("cloud-agent");
});
afterAll(() => app?.close());

const scale = (more: object = {}) => ({
  schema_version: "1",
  kind: "action",
  action: {
    type: "cloud.scale_service",
    title: "Scale checkout",
    params: { service: "checkout", replicas: 8, was: 3 },
    target: "checkout-prod-2",
    environment: "production",
  },
  brief: { decision_required: "Eight instances until the evening?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9, risk: 0.2 },
  ...more,
});
const submit = async (more: object = { claim_id: "first" }) => {
  const answer = await cloud.call("POST", "/v1/escalations", scale(more));
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
};
const look = async (id: string) => (await cloud.call("GET", `/v1/escalations/${id}`)).body;
const report = (e: { id: string; action_digest: string }, token: string, status = "completed") =>
  cloud.call("POST", `/v1/escalations/${e.id}/outcome`, {
    status,
    execution_token: token,
    ...(status === "completed" ? { executed_action_digest: e.action_digest } : {}),
  });
const resume = (id: string, claim_id: string) => cloud.call("POST", `/v1/escalations/${id}/resume`, { claim_id });

test("it is done at once, the card says so, and a reviewer keeps it", async () => {
  const e = await submit();
  expect(e).toMatchObject({
    state: "paused_pending_human",
    tier: "soft_review",
    disposition: "proceed_pending_review",
    review: { window_ends_at: e.deadline, unconfirmed: "rollback", undo: "the number of instances is set back" },
    execution: { attempt: 1, idempotency_key: `${e.id}:1` },
  });
  const card = await cardOf(app, e.id);
  await card.says("Done at once: to be confirmed");
  await card.says("cloud-agent is doing this now, without waiting for you");
  await card.says("Set it back: the agent undoes it: the number of instances is set back");
  expect(card.text()).toMatch(/No answer by .*: rolled back by policy/);
  expect(card.offers()).toEqual(expect.arrayContaining(["Keep it", "Set it back…", "Full brief", "Ask the agent…"]));
  for (const act of ["Approve", "Reject…", "Change…"]) expect(card.offers()).not.toContain(act);
  // Who asks again with the same claim has it still; another process has not.
  expect((await resume(e.id, "first")).body.execution).toEqual(e.execution);
  expect((await resume(e.id, "other")).status).toBe(409);

  expect((await report(e, e.execution.token)).body).toMatchObject({ state: "paused_pending_human", disposition: "wait" });
  await card.says("cloud-agent did exactly this at");
  await card.click("U0ANNA", "Keep it");
  await card.says("Confirmed by <@U0ANNA>");
  expect(await look(e.id)).toMatchObject({
    state: "completed",
    ended_reason: "executed",
    decision: { type: "confirm", source: "human", votes: [{ user_id: "U0ANNA", verdict: "confirm" }] },
  });
  expect(card.offers()).toEqual(["Full brief"]);
});

test("a reviewer has it undone: the agent is handed an execution of its own, with what to undo, and reports it", async () => {
  const e = await submit();
  const card = await cardOf(app, e.id);
  const form = await card.open("U0ANNA", "Set it back…");
  expect(form.text()).toContain("the agent undoes it: the number of instances is set back");
  const why = "Why does it have to be undone?";
  expect((await form.submit({ [why]: "  " })).errors["reason"]).toBeDefined();
  expect(await form.submit({ [why]: "The sale is tomorrow" })).toEqual({ errors: {} });
  await card.says("Rollback decided by <@U0ANNA>");
  await card.says("cloud-agent is still at it, and undoes it as soon as that is over");
  expect(await look(e.id)).toMatchObject({ state: "human_responded", disposition: "claimed" });
  expect(await resume(e.id, "undo")).toMatchObject({ status: 409, body: { detail: /Report what became of it/ } });

  expect((await report(e, e.execution.token)).body).toMatchObject({ state: "human_responded", disposition: "resume" });
  await card.says("Waiting for cloud-agent to undo it");
  expect(await resume(e.id, "first")).toMatchObject({ status: 409, body: { detail: /resume with another one/ } });
  const { body: undoing } = await resume(e.id, "undo");
  expect(undoing).toMatchObject({
    state: "resuming",
    decision: { type: "rollback", reason: "The sale is tomorrow" },
    execution: { attempt: 1, idempotency_key: `${e.id}:1:undo` },
    undo: {
      action: { type: "cloud.scale_service" },
      action_digest: e.action_digest,
      how: "the number of instances is set back",
      idempotency_key: e.execution.idempotency_key,
      outcome: { status: "completed" },
    },
  });
  expect(undoing.execution.token).not.toBe(e.execution.token);
  expect((await report(e, undoing.execution.token)).status).toBe(422);
  expect((await report(e, undoing.execution.token, "rolled_back")).body).toMatchObject({
    state: "completed",
    ended_reason: "rolled_back",
  });
  await card.says("cloud-agent undid it");
  await card.says("The sale is tomorrow");
});

test("nobody looks within the window: it is undone by policy, and when the agent never comes back, people are alarmed", async () => {
  const e = await submit();
  const card = await cardOf(app, e.id);
  await report(e, e.execution.token);
  await app.db.shiftClock(61 * 60_000);
  await app.until(
    "the silence",
    () => look(e.id),
    (one) => one.state === "timed_out",
  );
  await card.says("Nobody answered");
  expect(await look(e.id)).toMatchObject({
    state: "timed_out",
    disposition: "resume",
    decision: { type: "rollback", source: "timeout", votes: [] },
  });
  await app.db.shiftClock(31 * 60_000);
  await app.until(
    "the end",
    () => look(e.id),
    (one) => one.ended_reason === "never_resumed",
  );
  await card.says("Not undone:");
  await app.until("the alarm", () =>
    app.slack.channel("C0ALARMS").find((m) => JSON.stringify(m).includes("was to undo it but never came back for that")),
  );
});

test("what the agent has not begun can be begun by one claim, and is over when people don't want it", async () => {
  const e = await submit({});
  expect(e).toMatchObject({ disposition: "proceed_pending_review", execution: null });
  const card = await cardOf(app, e.id);
  await card.says("cloud-agent may begin this at any moment");
  const form = await card.open("U0BEN", "Set it back…");
  expect(form.text()).toContain("the agent does not begin it");
  await form.submit({ "Why does it have to be undone?": "Not on a Friday" });
  await card.says("cloud-agent had not begun it, and does not any more");
  expect(await look(e.id)).toMatchObject({ state: "completed", ended_reason: "skipped", disposition: "done" });
  expect((await resume(e.id, "late")).body).toMatchObject({ execution: null, decision: { type: "rollback" } });
});

test("an agent that went silent is undone once its time is over; what it says afterwards is kept, and people are alarmed", async () => {
  const e = await submit();
  const card = await cardOf(app, e.id);
  const form = await card.open("U0ANNA", "Set it back…");
  await form.submit({ "Why does it have to be undone?": "Nobody asked for it" });
  await card.says("Rollback decided");
  await app.db.shiftClock(16 * 60_000);
  await app.until(
    "the lapse",
    () => look(e.id),
    (one) => one.disposition === "resume",
  );
  const { body } = await resume(e.id, "undo");
  expect(body.undo).toMatchObject({ outcome: null });
  expect((await report(e, body.execution.token, "rolled_back")).body.ended_reason).toBe("rolled_back");
  expect((await report(e, e.execution.token)).body).toMatchObject({ state: "completed", ended_reason: "rolled_back" });
  await app.until("the alarm", () =>
    app.slack.channel("C0ALARMS").find((m) => JSON.stringify(m).includes("so it may stand again")),
  );
});

test("of two who answer at once one decides, and the other is told so", async () => {
  const e = await submit();
  const { ts, channel } = await app.card(e.id);
  const clicks = ["U0ANNA", "U0BEN"].map((user) => app.as(user).click(channel, "confirm", ts));
  await Promise.all(clicks);
  await app.until(
    "the decision",
    () => look(e.id),
    (one) => one.decision !== null,
  );
  expect((await look(e.id)).decision.votes).toHaveLength(1);
});

test("every audit stream of it is a possible history", async () => {
  expect(await verifyAll(app.db.pool)).toMatchObject({ faults: [] });
});

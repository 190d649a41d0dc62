import { afterAll, beforeAll, expect, test } from "vitest";
import type { View } from "../../src/local/slack/state.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { cardOf, formOf } from "../support/card.ts";
import { goTo } from "../support/go-to.ts";

/** The rows of the example configuration, every one through HTTP and signed clicks. Working hours are Mon–Fri 09–18 in London. */
let app: App;
let cloud: Agent;
beforeAll(async () => {
  app = await startApp();
  cloud = await app.agent("cloud-agent");
});
afterAll(() => app?.close());

const OWN = { signals: { confidence: 0.95, risk: 0.1 } };
async function ask(type: string, target: string, params: Record<string, unknown> = {}, more: object = {}) {
  const action = { type, title: type, params, target, ...more };
  const { status, body } = await cloud.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action,
    brief: { decision_required: "May I?", trigger: { kind: "policy" } },
    ...OWN,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}
const look = async (id: string) => (await cloud.call("GET", `/v1/escalations/${id}`)).body;
const decided = (id: string) =>
  app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );

test("list_instances is autonomous: the agent proceeds at once, and nobody is asked", async () => {
  const body = await ask("cloud.list_instances", "web-prod-1", { region: "eu-west-1" });
  expect(body).toMatchObject({ tier: "autonomous", state: "running", disposition: "proceed", execution: null });
  const { execution } = (await cloud.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" })).body;
  const ended = await cloud.call("POST", `/v1/escalations/${body.id}/outcome`, {
    status: "completed",
    execution_token: execution.token,
    executed_action_digest: body.action_digest,
  });
  expect(ended.body).toMatchObject({ state: "completed", ended_reason: "executed" });
  expect(JSON.stringify(app.slack.journal)).not.toContain(body.id);
});

test("stop_instance on dev is autonomous", async () => {
  expect(await ask("cloud.stop_instance", "web-dev-1", { instance_id: "i-1" })).toMatchObject({
    tier: "autonomous",
    disposition: "proceed",
  });
});

test("an agent cannot claim a softer environment than the target map knows", async () => {
  expect(await ask("cloud.stop_instance", "web-prod-1", { instance_id: "i-1" }, { environment: "dev" })).toMatchObject({
    tier: "hard_approval",
  });
  expect(await ask("cloud.stop_instance", "somewhere", { instance_id: "i-1" }, { environment: "dev" })).toMatchObject({
    tier: "hard_approval",
  });
});

test("stop_instance on staging notifies in working hours and asks somebody on call outside them", async () => {
  await goTo(app, 3, 11);
  const day = await ask("cloud.stop_instance", "web-staging-1", { instance_id: "i-2" });
  expect(day).toMatchObject({ tier: "notify", state: "running", disposition: "proceed" });
  await app.cardSays(day.id, "For your information");
  await goTo(app, 6, 11);
  const weekend = await ask("cloud.stop_instance", "web-staging-1", { instance_id: "i-2" });
  expect(weekend).toMatchObject({ tier: "hard_approval", disposition: "wait", queue: "cloud" });
  const { ts } = await app.card(weekend.id);
  await app.as("U0MARIA").click("C0CLOUD", "approve", ts);
  await app.until("the refusal", () =>
    app
      .as("U0MARIA")
      .ephemerals()
      // Of several cards in a channel it says which one, and leads to it.
      .some((text) => /^\*<https:[^|]*\|Stop instance[^>]*>:\* .*an on-call engineer/.test(text)),
  );
  await app.as("U0ANNA").click("C0CLOUD", "approve", ts);
  expect((await decided(weekend.id)).decision).toMatchObject({ type: "approve", votes: [{ user_id: "U0ANNA" }] });
});

test("stop_instance on production needs an engineering manager", async () => {
  const body = await ask("cloud.stop_instance", "web-prod-7", { instance_id: "i-3" });
  const { ts } = await app.card(body.id);
  await app.as("U0ANNA").click("C0CLOUD", "approve", ts);
  await app.until("the refusal", () =>
    app
      .as("U0ANNA")
      .ephemerals()
      .some((text) => text.includes("an engineering manager")),
  );
  await app.as("U0MARIA").click("C0CLOUD", "approve", ts);
  expect((await decided(body.id)).decision.votes).toMatchObject([{ user_id: "U0MARIA" }]);
});

test("modify_security_group needs a network engineer", async () => {
  const body = await ask("cloud.modify_security_group", "sg-prod-1", { group_id: "sg-1", port: 443 });
  const { ts } = await app.card(body.id);
  await app.as("U0MARIA").click("C0CLOUD", "approve", ts);
  await app.until("the refusal", () =>
    app
      .as("U0MARIA")
      .ephemerals()
      .some((text) => text.includes("a network engineer")),
  );
  await app.as("U0NIK").click("C0CLOUD", "approve", ts);
  expect((await decided(body.id)).decision.votes).toMatchObject([{ user_id: "U0NIK" }]);
});

test("delete_volume needs security and a lead engineer, two different people, and the card says so before anybody clicks", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-1", { volume_id: "vol-1" });
  const card = await cardOf(app, body.id);
  await card.says("Two people have to approve: security and a lead engineer (0 of 2)");
  await card.click("U0SAM", "Delete the volume");
  await card.says("1 of 2: approved by <@U0SAM>");
  expect(await look(body.id)).toMatchObject({ state: "paused_pending_human", version: 1 });
  await card.click("U0SAM", "Delete the volume");
  await app.until("the refusal", () =>
    app
      .as("U0SAM")
      .ephemerals()
      .some((text) => text.includes("already counts")),
  );
  await card.click("U0LEE", "Delete the volume");
  expect((await decided(body.id)).decision.votes).toMatchObject([{ user_id: "U0SAM" }, { user_id: "U0LEE" }]);
});

test("who approves first takes it back from the menu, and it is asked of both again", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-3", { volume_id: "vol-3" });
  const card = await cardOf(app, body.id);
  await card.click("U0SAM", "Delete the volume");
  await card.says("1 of 2: approved by <@U0SAM>");
  await card.click("U0SAM", "Take my answer back");
  await card.says("(0 of 2)");
  expect(card.offers()).not.toContain("Take my answer back");
  await card.click("U0LEE", "Delete the volume");
  await card.says("1 of 2: approved by <@U0LEE>");
  expect(await look(body.id)).toMatchObject({ state: "paused_pending_human", version: 1 });
  await card.click("U0SAM", "Delete the volume");
  expect((await decided(body.id)).decision.votes).toMatchObject([{ user_id: "U0LEE" }, { user_id: "U0SAM" }]);
});

test("who has a part in it leaves it to the others, and the record says so", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-5", { volume_id: "vol-5" });
  const card = await cardOf(app, body.id);
  // The card in the channel is everybody's: what is one person's own stands in their forms and direct messages.
  expect(card.offers()).not.toContain("Not for me…");
  await card.open("U0LEE", "Full brief");
  const lee = app.as("U0LEE");
  await lee.clickView(lee.top()?.id ?? "", "abstain");
  const top = await app.until(
    "the form",
    () => lee.top(),
    (view) => view?.callback_id === "abstain_modal",
  );
  const form = formOf(app, "U0LEE", top as View);
  expect(form.text()).toContain("you are not asked again");
  await form.submit({ "Why not you?": "It is my own volume" });
  const { channel, ts } = await app.card(body.id);
  await app.until("the line in the thread", () =>
    app.slack
      .channel(channel)
      .some((one) => one.thread_ts === ts && one.text.includes("<@U0LEE> leaves it to the others – “It is my own volume”")),
  );
  expect(card.offers()).not.toContain("I can decide after all");
  await card.click("U0SAM", "Delete the volume");
  await card.click("U0LEE", "Delete the volume");
  expect((await decided(body.id)).decision.votes).toMatchObject([
    { user_id: "U0SAM", verdict: "approve", as: "security" },
    { user_id: "U0LEE", verdict: "approve", as: "a lead engineer" },
  ]);
});

test("whoever is on it says that they no longer are, and only they can", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-4", { volume_id: "vol-4" });
  const card = await cardOf(app, body.id);
  await card.click("U0SAM", "I'm on it");
  await card.says("<@U0SAM> is on it");
  await card.click("U0LEE", "I'm no longer on it");
  await app.until("the refusal", () =>
    app
      .as("U0LEE")
      .ephemerals()
      .some((text) => text.includes("<@U0SAM> is on it, not you")),
  );
  await card.click("U0SAM", "I'm no longer on it");
  await app.until(
    "the offer to be on it",
    () => card.offers(),
    (offers) => offers.includes("I'm on it") && !offers.includes("I'm no longer on it"),
  );
  expect(card.text()).not.toContain("<@U0SAM> is on it");
});

test("one reject ends a two-person approval", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-2", { volume_id: "vol-2" });
  const { ts } = await app.card(body.id);
  await app.as("U0SAM").click("C0SECURITY", "approve", ts);
  await app.cardSays(body.id, "approved by <@U0SAM>");
  const kim = app.as("U0KIM");
  await kim.click("C0SECURITY", "reject", ts);
  await app.until("the form", () => kim.top());
  await kim.submit({ reason_code: "too_risky" });
  expect((await look(body.id)).decision).toMatchObject({ type: "reject", reason_code: "too_risky" });
});

test("a production stop that nobody answers is handed to the next queue, and there it is rejected in the end", async () => {
  const body = await ask("cloud.stop_instance", "web-prod-8", { instance_id: "i-4" });
  await app.card(body.id);
  await app.db.shiftClock(61 * 60_000);
  await app.running.round();
  expect(await look(body.id)).toMatchObject({ state: "paused_pending_human", queue: "security", round: 2 });
  await app.until("the new card", () => app.slack.channel("C0SECURITY").some((m) => JSON.stringify(m).includes(body.id)));
  await app.until(
    "the old card",
    () => JSON.stringify(app.slack.channel("C0CLOUD").filter((m) => m.blocks.length > 0)),
    (json) => json.includes("Now with the security queue"),
  );
  const { permalink } = await app.until(
    "the address of the new card",
    () => look(body.id),
    (one) => one.permalink !== null,
  );
  expect(permalink).toMatch(/^https:\/\/northwind\.slack\.com\/archives\/C0SECURITY\/p\d+$/);
  await app.until("the old card leads to the new one", () =>
    JSON.stringify(app.slack.channel("C0CLOUD")).includes(`Now with the security queue. <${permalink}|Open the card there>`),
  );
  await app.cardSays(body.id, "from <#C0CLOUD>, where nobody answered in time");
  await app.db.shiftClock(61 * 60_000);
  await app.running.round();
  expect(await look(body.id)).toMatchObject({ state: "timed_out", ended_reason: "timed_out" });
});

test("a delete_volume that nobody answers fails, and nothing runs", async () => {
  const body = await ask("cloud.delete_volume", "vol-prod-3", { volume_id: "vol-3" });
  await app.db.shiftClock(5 * 3_600_000);
  await app.running.round();
  expect(await look(body.id)).toMatchObject({ state: "failed", ended_reason: "timed_out", decision: null });
});

test("an unknown action type is stopped: the strictest rule", async () => {
  expect(await ask("cloud.delete_account", "acc-1")).toMatchObject({
    tier: "hard_stop",
    disposition: "stop",
    policy: { reasons: [{ rule: "unknown action type" }] },
  });
});

test("evaluate says the same and stores nothing", async () => {
  const count = async () => Number((await app.db.pool.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n);
  const before = await count();
  const action = { type: "cloud.delete_volume", title: "x", params: { volume_id: "v" }, target: "vol-prod-9" };
  const { status, body } = await cloud.call("POST", "/v1/policy/evaluate", {
    schema_version: "1",
    kind: "action",
    action,
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ tier: "hard_approval", disposition: "wait", queue: "security" });
  expect(body.reviewers.map((r: { user_id: string }) => r.user_id).sort()).toEqual(["U0CHRIS", "U0KIM", "U0LEE", "U0SAM"]);
  expect(await count()).toBe(before);
});

test("nothing that was approved and never ran, or ran and was never reported, stays in limbo", async () => {
  const approved = await ask("cloud.modify_security_group", "sg-prod-2", { group_id: "sg-2", port: 22 });
  await app.as("U0NIK").click("C0CLOUD", "approve", (await app.card(approved.id)).ts);
  await decided(approved.id);
  const started = await ask("cloud.modify_security_group", "sg-prod-3", { group_id: "sg-3", port: 22 });
  await app.as("U0NIK").click("C0CLOUD", "approve", (await app.card(started.id)).ts);
  await decided(started.id);
  await cloud.call("POST", `/v1/escalations/${started.id}/resume`, { claim_id: "c" });
  const running = await ask("cloud.list_instances", "web-prod-1", { region: "eu" });
  await app.db.shiftClock(31 * 60_000);
  await app.running.round();
  expect(await look(approved.id)).toMatchObject({ state: "failed", ended_reason: "never_resumed" });
  expect(await look(started.id)).toMatchObject({ state: "failed", ended_reason: "outcome_unknown" });
  expect(await look(running.id)).toMatchObject({ state: "failed", ended_reason: "outcome_unreported" });
  const followUp = await app.until("somebody is asked whether it ran", async () => {
    const { body } = await cloud.call("GET", "/v1/escalations?limit=5");
    return body.items.find((one: { review_of: string }) => one.review_of === started.id);
  });
  expect(followUp).toMatchObject({ kind: "question", queue: "cloud", state: "paused_pending_human" });
  const open = await app.db.pool.query("SELECT id, state, due_at FROM escalation WHERE ended_at IS NULL AND due_at < db_now()");
  expect(open.rows).toEqual([]);
});

test("a repeatable action may be granted again after its lease lapsed; the old token is worth nothing then", async () => {
  const body = await ask("cloud.stop_instance", "web-prod-9", { instance_id: "i-9" });
  await app.as("U0MARIA").click("C0CLOUD", "approve", (await app.card(body.id)).ts);
  await decided(body.id);
  const first = await cloud.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "one" });
  await app.db.shiftClock(16 * 60_000);
  await app.running.round();
  const second = await cloud.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "two" });
  expect(second.body.execution).toMatchObject({ attempt: 2, idempotency_key: first.body.execution.idempotency_key });
  const late = { status: "completed", execution_token: first.body.execution.token, executed_action_digest: body.action_digest };
  expect(await cloud.call("POST", `/v1/escalations/${body.id}/outcome`, late)).toMatchObject({ status: 409 });
  expect(
    await cloud.call("POST", `/v1/escalations/${body.id}/outcome`, { ...late, execution_token: second.body.execution.token }),
  ).toMatchObject({ status: 200 });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** Who may read and decide, as Slack itself knows accounts and channels: a Grid, guests, shared and public channels. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const account = (userId: string, facts: object) => Object.assign(app.slack.world.state.accounts.get(userId) ?? {}, facts);
async function ask(more: Record<string, unknown> = {}): Promise<string> {
  const submitted = await refunds.call("POST", "/v1/escalations", refundRequest(1250, more));
  expect(submitted.status, JSON.stringify(submitted.body)).toBe(201);
  return submitted.body.id;
}
const said = (channel: string) => JSON.stringify(app.slack.channel(channel));

test("in an Enterprise Grid whoever belongs to the workspace decides, wherever their account has its home", async () => {
  account("U0PRIYA", { grid: ["T0HOME", "T0LOCAL"] });
  const id = await ask();
  await app.card(id);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve");
  await app.cardSays(id, "Approved");
});

test("in an Enterprise Grid whoever belongs to other workspaces only is refused", async () => {
  account("U0CHRIS", { grid: ["T0HOME", "T0ELSEWHERE"] });
  const id = await ask();
  await app.card(id);
  const chris = app.as("U0CHRIS");
  await chris.click("C0PAYMENTS", "approve");
  await app.until(
    "the refusal",
    () => chris.ephemerals().at(-1),
    (text) => /another Slack workspace/.test(text ?? ""),
  );
});

test("a requester whom Slack does not know is named as such on the card, and rings", async () => {
  const id = await ask({ requested_by: "U0NOBODY" });
  const card = await app.card(id);
  expect(JSON.stringify(card.blocks)).toContain("whom Slack does not know as a person");
  await app.until(
    "the alarm",
    () => said("C0ALARMS"),
    (all) => all.includes("Slack knows no such person"),
  );
  const known = await app.card(await ask({ requested_by: "U0OWEN" }));
  expect(JSON.stringify(known.blocks)).toContain("asked for by <@U0OWEN>");
  expect(JSON.stringify(known.blocks)).not.toContain("does not know");
});

test("whoever became a guest is not paged, and an alarm says why", async () => {
  const { directory, roster } = app.running.parts;
  const now = await app.running.engine.now();
  const [onCall = ""] = whoIsOnCall(directory(), roster.current(), "cloud-primary", now).userIds;
  account(onCall, { guest: true });
  const cloud = await app.agent("cloud-agent");
  const { status } = await cloud.call("POST", "/v1/escalations", {
    ...refundRequest(),
    action: {
      type: "cloud.restart_service",
      title: "t",
      params: { service: "checkout", reason: "leak" },
      target: "checkout-prod-2",
    },
    signals: { confidence: 0.7, risk: 0.4 },
  });
  expect(status).toBe(201);
  await app.until(
    "the alarm",
    () => said("C0ALARMS"),
    (all) => all.includes(`<@${onCall}> is named as a reviewer`),
  );
  expect(app.slack.dm(onCall)).toEqual([]);
});

test("whoever became a guest reads nothing at Home", async () => {
  account("U0MARIA", { guest: true });
  await app.as("U0MARIA").openHome();
  const home = await app.until("the Home", () => app.slack.home("U0MARIA"));
  expect(JSON.stringify(home)).toContain("Only full members");
  expect(JSON.stringify(home)).not.toContain("Refund");
});

test("a restricted escalation shows the channel its type and deadline only, and is approved in the form that shows all of it", async () => {
  const restricted = { classification: "restricted", brief: { decision_required: "CANARY?", trigger: { kind: "policy" } } };
  const id = await ask(restricted);
  const card = await app.card(id);
  for (const value of ["CANARY", "1,250", "8841", "A-4721"]) expect(JSON.stringify(card)).not.toContain(value);
  expect(JSON.stringify(card.blocks)).toContain("payments.refund (restricted)");
  expect(card.text).toMatch(/^Approval needed by .* · restricted$/);
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "approve", card.ts);
  const form = await app.until("the form", () => priya.top());
  for (const value of ["1,250", "8841", "A-4721"]) expect(JSON.stringify(form)).toContain(value);
  await priya.submit({});
  await app.cardSays(id, "Approved");
  expect(said("C0PAYMENTS")).not.toContain("CANARY");
});

test("what is restricted belongs into a private channel: a public one rings, and keeps the bot from being ready", async () => {
  const channel = app.slack.world.state.channels.get("C0PAYMENTS");
  Object.assign(channel ?? {}, { private: false });
  const other = await startApp({ db: app.db });
  try {
    Object.assign(other.slack.world.state.channels.get("C0PAYMENTS") ?? {}, { private: false });
    const agent = await other.agent("public-agent");
    const { body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { classification: "restricted" }));
    await other.until(
      "the alarm",
      () => said("C0ALARMS") + JSON.stringify(other.slack.channel("C0ALARMS")),
      (all) => /everybody in the workspace can join/.test(all),
    );
    expect(body.state).toBe("paused_pending_human");
    expect(await (await fetch(`${other.running.httpUrl}/readyz`)).text()).toContain("is not private: make it private");
  } finally {
    await other.close();
    Object.assign(channel ?? {}, { private: true });
  }
});

test("once a channel is shared with another company, nothing more of ours goes there, and the card there says no more", async () => {
  const id = await ask();
  const card = await app.card(id);
  await app.slack.share("C0PAYMENTS");
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "IBAN CANARY" });
  await app.until(
    "the folded card",
    () => app.slack.channel("C0PAYMENTS").find((one) => one.ts === card.ts),
    (one) => /shared with another company/.test(JSON.stringify(one?.blocks)),
  );
  expect(JSON.stringify(app.slack.channel("C0PAYMENTS").find((one) => one.ts === card.ts))).not.toContain("1,250");
  await app.until(
    "the alarm",
    () => said("C0ALARMS"),
    (all) => all.includes("shared with another company"),
  );
  expect(said("C0PAYMENTS")).not.toContain("CANARY");
});

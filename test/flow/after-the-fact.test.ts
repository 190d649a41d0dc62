import { afterAll, beforeAll, expect, test } from "vitest";
import { addAgent } from "../../src/engine/agents.ts";
import { type Agent, type App, createAgent, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";
import { goTo } from "../support/go-to.ts";

/** What ran with nobody being asked can be looked at after the fact. */
let app: App;
let cloud: Agent;
beforeAll(async () => {
  app = await startApp();
  cloud = await app.agent("cloud-agent");
  await goTo(app, 3, 11);
});
afterAll(() => app?.close());

/** People are told of it in the daytime, and it runs. */
async function told(target: string): Promise<string> {
  const { body } = await cloud.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: { type: "cloud.stop_instance", title: "Stop it", params: { instance_id: "i-9" }, target },
    brief: { decision_required: "Stop it?", trigger: { kind: "policy" } },
    signals: { confidence: 0.95 },
  });
  expect(body).toMatchObject({ tier: "notify", disposition: "proceed" });
  return body.id;
}
const look = async (id: string) => (await cloud.call("GET", `/v1/escalations/${id}`)).body;
const reviewOf = (id: string) =>
  app.until(
    "its review",
    async () => (await cloud.call("GET", "/v1/escalations?limit=100")).body.items.find((one: any) => one.review_of === id),
    (one) => one !== undefined,
  );

test("whoever reads a notice flags it, people are asked whether it was right, and their answer is a decision", async () => {
  const id = await told("web-staging-1");
  const card = await cardOf(app, id);
  await card.says("For your information:");
  const form = await card.open("U0NIK", "Flag…");
  expect(form.text()).toContain("People are asked whether it was right");
  await form.submit({ "What is wrong with it?": "This one serves the demo <!channel>" });
  await card.says("Flagged by <@U0NIK>:");
  expect(card.offers()).not.toContain("Flag…");
  expect(card.text()).not.toContain("<!channel>");

  const review = await reviewOf(id);
  expect(review).toMatchObject({ kind: "question", state: "paused_pending_human", disposition: "done" });
  const asked = await cardOf(app, review.id);
  await asked.says("Was it right?");
  await asked.says("This one serves the demo");
  const answer = await asked.open(reviewerOf(review.queue), "Answer…").catch(() => null);
  if (answer === null) await asked.click(reviewerOf(review.queue), "It was wrong");
  else await answer.submit({ Answer: "It was wrong" });
  const decided = await app.until(
    "the answer",
    () => look(review.id),
    (one) => one.decision !== null,
  );
  expect(decided.decision).toMatchObject({ type: "answer", answer: { option: "wrong" } });
  // The act stays what it was.
  expect(await look(id)).toMatchObject({ state: "running", disposition: "proceed" });
});

const reviewerOf = (queue: string): string => (queue === "payments" ? "U0PRIYA" : "U0NIK");

test("a machine with the scope for it flags what another agent did, also when it is over, and is shown none of it", async () => {
  const added = await addAgent(app.db.pool, { name: "watcher", owner: null, environment: null, scopes: ["oversight"] });
  if ("refused" in added) throw new Error(added.refused);
  const watcher = createAgent(app.running.httpUrl, added.name, added.key, added.callbackSecret);
  const id = await told("web-staging-2");
  const resumed = await cloud.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  const { token } = resumed.body.execution;
  const outcome = { status: "completed", execution_token: token, executed_action_digest: (await look(id)).action_digest };
  expect((await cloud.call("POST", `/v1/escalations/${id}/outcome`, outcome)).body.state).toBe("completed");

  expect((await cloud.call("POST", `/v1/escalations/${id}/flag`, { text: "x" })).status).toBe(403);
  const flagged = await watcher.call("POST", `/v1/escalations/${id}/flag`, { text: "at an odd hour" });
  expect(flagged).toMatchObject({ status: 200, body: { id, flagged_by: "watcher" } });
  expect(Object.keys(flagged.body).sort()).toEqual(["flagged_at", "flagged_by", "id"]);
  expect((await watcher.call("POST", `/v1/escalations/${id}/flag`, { text: "again" })).body).toEqual(flagged.body);
  expect((await watcher.call("GET", `/v1/escalations/${id}`)).status).toBe(403);
  await (await cardOf(app, id)).says("Flagged by watcher:");
  expect(await reviewOf(id)).toMatchObject({ kind: "question" });
  expect(await look(id)).toMatchObject({ state: "completed", ended_reason: "executed" });
});

test("what people were asked about beforehand can't be flagged", async () => {
  const { body } = await cloud.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: { type: "cloud.delete_volume", title: "Delete", params: { volume_id: "v" }, target: "vol-prod-1" },
    brief: { decision_required: "Delete?", trigger: { kind: "policy" } },
  });
  const card = await cardOf(app, body.id);
  expect(card.offers()).not.toContain("Flag…");
});

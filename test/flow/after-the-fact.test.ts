import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isDrawn } from "../../src/domain/consequences/sample.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { type Agent, type App, createAgent, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";
import { opened, requestFor } from "../support/domain.ts";
import { goTo } from "../support/go-to.ts";

/** What ran with nobody being asked can be looked at after the fact. */
let app: App;
let cloud: Agent;
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-after-"));
beforeAll(async () => {
  const config = path.join(dir, "countersign.yaml");
  const listing = "    cloud.list_instances:\n";
  const example = readFileSync("countersign.example.yaml", "utf8");
  expect(example).toContain(listing);
  writeFileSync(config, example.replace(listing, `${listing}      sample: 100%\n`));
  app = await startApp({ config });
  cloud = await app.agent("cloud-agent");
  await goTo(app, 3, 11);
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
});

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

test("a share of what runs unasked is looked at once it is over, and its agent never learns of that", async () => {
  const { body } = await cloud.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: { type: "cloud.list_instances", title: "List", params: { region: "eu-west-1" }, target: "web-prod-1" },
    brief: { decision_required: "List?", trigger: { kind: "policy" }, request: "What runs in Ireland?" },
    session_id: "sampled-1",
  });
  expect(body).toMatchObject({ tier: "autonomous", disposition: "proceed" });
  const { execution } = (await cloud.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" })).body;
  const outcome = { status: "completed", execution_token: execution.token, executed_action_digest: body.action_digest };
  await cloud.call("POST", `/v1/escalations/${body.id}/outcome`, { ...outcome, detail: "Found 12" });

  const { rows } = await app.until(
    "its review",
    () => app.db.pool.query("SELECT id FROM opened WHERE review_of = $1", [body.id]),
    (found) => found.rows.length === 1,
  );
  const [{ id }] = rows;
  const card = await cardOf(app, id);
  await card.says("drawn at random");
  await card.says("Reported: completed – Found 12");
  const { items } = (await cloud.call("GET", "/v1/escalations?session_id=sampled-1")).body;
  expect(items.map((one: { id: string }) => one.id)).toEqual([body.id]);
  const newest = (await cloud.call("GET", "/v1/escalations?limit=1")).body;
  expect(newest.items).toHaveLength(1);
  expect(newest.items[0].id).not.toBe(id);
  const { body: session } = await cloud.call("GET", "/v1/sessions/sampled-1");
  expect(session).toMatchObject({ open: [], counts: { completed: 1 } });
  expect((await cloud.call("GET", `/v1/escalations/${id}`)).status).toBe(404);
  expect((await cloud.call("GET", `/v1/escalations/${id}/audit`)).status).toBe(404);
  expect((await cloud.call("POST", `/v1/escalations/${id}/cancel`, { reason: "mine" })).status).toBe(404);
  expect((await cloud.call("POST", `/v1/escalations/${id}/messages`, { text: "it was fine" })).status).toBe(404);
});

test("about the share that the policy asks for is drawn", () => {
  const one = opened(requestFor("cloud.list_instances", {}));
  const drawnOf = (sample: number) =>
    Array.from({ length: 2000 }, (_, n) => n).filter((n) =>
      isDrawn({ ...one, id: `esc_${n}`, ruling: { ...one.ruling, tier: "autonomous", sample } }),
    ).length;
  expect(drawnOf(0.05)).toBeGreaterThan(60);
  expect(drawnOf(0.05)).toBeLessThan(145);
  expect(drawnOf(1)).toBe(2000);
  const other = { ...one, auditKey: one.auditKey.replace(/^../, "ff"), ruling: { ...one.ruling, sample: 1 } };
  expect(isDrawn({ ...other, ruling: { ...other.ruling, tier: "hard_approval" } })).toBe(false);
});

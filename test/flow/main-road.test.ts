import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  // The sample agents hold these names already; a second key makes the test an ordinary client of the same agent.
  const { rotateAgent } = await import("../../src/engine/agents.ts");
  const { createAgent } = await import("../support/app.ts");
  const issued = await rotateAgent(app.db.pool, "refund-agent");
  if ("refused" in issued) throw new Error(issued.refused);
  refunds = createAgent(app.running.httpUrl, issued.name, issued.key, issued.callbackSecret);
});
afterAll(() => app?.close());

test("an escalation becomes a modified decision in Slack and comes back to the agent", async () => {
  const submitted = await refunds.call("POST", "/v1/escalations", { ...refundRequest(), checkpoint: { step: 7 } });
  expect(submitted.status).toBe(201);
  expect(submitted.body).toMatchObject({
    state: "paused_pending_human",
    tier: "hard_approval",
    disposition: "wait",
    version: 1,
    decision: null,
  });
  const id = submitted.body.id as string;
  const card = await app.until("the card", () =>
    app.slack.channel("C0PAYMENTS").find((m) => JSON.stringify(m.blocks).includes(id)),
  );
  expect(JSON.stringify(card?.blocks)).toContain("Refund USD 1,250.00 to customer/8841");

  const waiting = refunds.call("GET", `/v1/escalations/${id}?wait=30`);
  const priya = app.as("U0PRIYA");
  expect(await priya.click("C0PAYMENTS", "modify")).toEqual({ ok: true });
  await app.until("the form", () => priya.top());
  const answer = await priya.submit({ "param:amount": 1200 });
  expect(answer).toMatchObject({ ok: true, view: null });
  const decided = await waiting;
  expect(decided.body).toMatchObject({
    state: "human_responded",
    disposition: "resume",
    decision: { type: "modify", source: "human" },
  });
  expect(decided.body.decision.modification).toEqual([{ op: "replace", path: "/params/amount", from: 1250, value: 1200 }]);

  const resumed = await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c1" });
  expect(resumed).toMatchObject({ status: 200, body: { state: "resuming", checkpoint: { step: 7 } } });
  expect((await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c1" })).body.execution).toEqual(
    resumed.body.execution,
  );
  expect(await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c2" })).toMatchObject({ status: 409 });
  const ended = await refunds.call("POST", `/v1/escalations/${id}/outcome`, {
    status: "completed",
    execution_token: resumed.body.execution.token,
    executed_action_digest: resumed.body.decision.action_digest,
  });
  expect(ended.body).toMatchObject({ state: "completed", ended_reason: "executed" });
  await app.until(
    "the card's end",
    () => JSON.stringify(app.slack.channel("C0PAYMENTS").find((m) => m.ts === card?.ts)?.blocks),
    (text) => text.includes("did exactly this") && !text.includes('"actions"'),
  );
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";
import { deleteVolume, planRequest, restart, type StepSent, stop } from "../support/plan.ts";

/** A plan of several steps, from its submission to the report of the last one. */
let app: App;
let agent: Agent;
beforeAll(async () => {
  app = await startApp();
  agent = await app.agent("cloud-agent");
});
afterAll(() => app?.close());

const three = () => [stop("a", "i-1"), restart("b", "web"), stop("c", "i-3")];
async function submit(steps: readonly StepSent[], more: object = {}): Promise<string> {
  const { status, body } = await agent.call("POST", "/v1/escalations", planRequest(steps, more));
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ kind: "plan", tier: "hard_approval", disposition: "wait", queue: "cloud" });
  return body.id;
}
const look = async (id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
const decided = (id: string) =>
  app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
const resume = async (id: string) => (await agent.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" })).body;
type Given = { id: string; action_digest: string; execution: { token: string; idempotency_key: string } };
const report = (id: string, { id: step, action_digest, execution }: Given, more: object = {}) =>
  agent.call("POST", `/v1/escalations/${id}/steps/${step}/outcome`, {
    status: "completed",
    execution_token: execution.token,
    executed_action_digest: action_digest,
    ...more,
  });
const states = async (id: string) => (await look(id)).plan.steps.map((step: { state: string }) => step.state);

test("a reviewer approves a plan from its card, the agent reports each step, and the card shows how far it is", async () => {
  const id = await submit(three());
  const card = await cardOf(app, id);
  await card.says("Stop instance i-1");
  await card.says("Restart web on web-prod-1 · Service web · Reason new size · Drain first 30 s");
  await card.says("Approving covers steps 1, 2 and 3, for 30 min from when the agent begins.");
  await card.click("U0MARIA", "Approve plan");
  const { decision } = await decided(id);
  expect(decision).toMatchObject({ type: "approve", approved_steps: ["a", "b", "c"], rejected_steps: [] });
  const { steps, execution } = await resume(id);
  expect(steps.map(({ id: step }: Given) => step)).toEqual(["a", "b", "c"]);
  // The token of the plan reports none of its steps.
  expect((await report(id, { ...steps[0], execution })).status).toBe(409);
  await report(id, steps[0]);
  await card.says("done");
  expect(await states(id)).toEqual(["completed", "running", "allowed"]);
  await report(id, steps[1], { status: "failed", executed_action_digest: undefined, detail: "the unit is masked" });
  // The same report again is no other one.
  expect((await report(id, steps[0])).status).toBe(200);
  expect((await report(id, steps[2])).body).toMatchObject({ state: "failed", ended_reason: "execution_failed" });
  await card.says("failed");
  expect(await states(id)).toEqual(["completed", "failed", "completed"]);
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

test("a reviewer takes a step out, changes another, and the agent gets the plan as it was decided", async () => {
  const id = await submit(three());
  const card = await cardOf(app, id);
  const form = await card.open("U0MARIA", "Choose steps…");
  expect(form.title).toBe("Choose steps");
  expect(form.text()).toContain("cloud-agent calls it “Stop i-1”");
  const unsaid = await form.submit({ "Step 1": false });
  expect(unsaid.errors).toEqual({ "why:a": "Please say why." });
  const wrong = await form.submit({ "Step 1": true, "Step 2: Drain first": "9999" });
  expect(Object.keys(wrong.errors)).toEqual(["param:b:drain_s"]);
  const why = "Why not step 1? (if you take it out)";
  expect(await form.submit({ "Step 1": false, [why]: "busy today", "Step 2: Drain first": "60" })).toEqual({ errors: {} });
  const { decision, action_digest } = await decided(id);
  expect(decision).toMatchObject({
    type: "modify",
    approved_steps: ["b", "c"],
    rejected_steps: [{ id: "a", reason: "busy today" }],
    action_digest,
  });
  expect(digestOf(decision.plan)).toBe(action_digest);
  expect(decision.plan.steps[0].action.params.drain_s).toBe(60);
  await card.says("not allowed: “busy today”");
  const { steps } = await resume(id);
  expect(steps.map(({ id: step }: Given) => step)).toEqual(["b", "c"]);
  await report(id, steps[0]);
  expect((await report(id, steps[1])).body).toMatchObject({ ended_reason: "executed" });
  expect(await states(id)).toEqual(["rejected", "completed", "completed"]);
});

test("a step that the plan's approval does not cover is asked for by itself, and names its plan", async () => {
  const id = await submit([stop("a", "i-1"), deleteVolume("d", "vol-9")]);
  const card = await cardOf(app, id);
  await card.says("Step 2 still needs its own approval");
  const ask = {
    ...planRequest([], { plan: undefined, kind: "action", plan_step: { escalation_id: id, id: "d" } }),
    action: { ...deleteVolume("d", "vol-9").action, title: "Delete it" },
    brief: {
      decision_required: "Delete it?",
      trigger: { kind: "policy" },
      evidence: [{ title: "Volume", observed_at: new Date().toISOString() }],
    },
  };
  expect(await agent.call("POST", "/v1/escalations", ask)).toMatchObject({ status: 422 });
  await card.click("U0MARIA", "Approve plan");
  await decided(id);
  const { steps } = await resume(id);
  expect(steps).toHaveLength(1);
  const asked = await agent.call("POST", "/v1/escalations", ask);
  expect(asked, JSON.stringify(asked.body)).toMatchObject({ status: 201, body: { tier: "hard_approval", queue: "security" } });
  await (await cardOf(app, asked.body.id)).says(id);
});

test("one harmful step among twenty stands on the card by itself, and nothing is approved there that is not shown", async () => {
  const listing = (i: number): StepSent => ({
    id: `s${i}`,
    title: "List instances",
    action: { type: "cloud.list_instances", params: { region: `eu-${i}` } },
  });
  const open: StepSent = {
    id: "s16",
    title: "List instances",
    action: {
      type: "cloud.modify_security_group",
      params: { group_id: "sg-1", port: 22, cidr: "0.0.0.0/0", direction: "in" },
    },
  };
  const id = await submit(Array.from({ length: 20 }, (_none, i) => (i === 16 ? open : listing(i))));
  const card = await cardOf(app, id);
  await card.says("⚠ 17  Change security group sg-1");
  expect(card.text()).toContain("Open to 0.0.0.0/0");
  expect(card.text()).toContain("step 17:");
  for (let i = 0; i < 20; i++) if (i !== 16) expect(card.text()).toContain(`List instances in eu-${i}`);
  const long = {
    ...restart("long", "web"),
    action: { ...restart("l", "web").action, params: { service: "web", reason: "x".repeat(2900) } },
  };
  const hidden = await cardOf(app, await submit([stop("a", "i-1"), long]));
  await hidden.says("Not every step is shown in full here");
  expect(hidden.offers()).not.toContain("Approve plan");
  const form = await hidden.open("U0MARIA", "Review in full…");
  expect(form.title).toBe("Choose steps");
  expect(form.text().replaceAll("\n", "")).toContain("x".repeat(2800));
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** Who may run it: the right to run comes from a claim, once, and nothing else shows it. */
let app: App;
let refunds: Agent;
let cloud: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
  cloud = await app.agent("cloud-agent");
});
afterAll(() => app?.close());

const call = (agent: Agent, id: string, what: string, body: object) => agent.call("POST", `/v1/escalations/${id}/${what}`, body);
const look = async (agent: Agent, id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
const TOKEN = /"ext_/;

const cloudRequest = (type: string, target: string, more: object = {}) => ({
  schema_version: "1",
  kind: "action",
  action: { type, title: "Do it", params: { instance_id: "i-1" }, target },
  brief: { decision_required: "Do it?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9 },
  ...more,
});
const freeAct = (more: object = {}, key?: string) =>
  cloud.call(
    "POST",
    "/v1/escalations",
    cloudRequest("cloud.stop_instance", "web-dev-1", more),
    key === undefined ? {} : { "idempotency-key": key },
  );

async function approved(amount = 1250): Promise<string> {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(amount));
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(body.id)).ts);
  await app.until(
    "the decision",
    () => look(refunds, body.id),
    (one) => one.state === "human_responded",
  );
  return body.id;
}

test("while it is being executed, nobody but the claim that holds it is shown the right to run", async () => {
  const id = await approved();
  const mine = await call(refunds, id, "resume", { claim_id: "mine" });
  expect(mine.body.execution.token).toMatch(/^ext_/);
  const seen = await look(refunds, id);
  expect(seen).toMatchObject({ state: "resuming", disposition: "claimed", execution: null });
  const listed = await refunds.call("GET", "/v1/escalations?state=resuming");
  expect(listed.body.items.map((one: { id: string }) => one.id)).toContain(id);
  for (const shown of [seen, listed.body]) expect(JSON.stringify(shown)).not.toMatch(TOKEN);
  expect(await call(refunds, id, "resume", { claim_id: "another" })).toMatchObject({
    status: 409,
    body: { type: "urn:countersign:problem:already-resuming" },
  });
  expect((await call(refunds, id, "resume", { claim_id: "mine" })).body).toEqual(mine.body);
});

test("what needs nobody is free to be claimed once: by the submission that names its claim, or by a resume", async () => {
  const unclaimed = await freeAct();
  expect(unclaimed.body).toMatchObject({ state: "running", disposition: "proceed", execution: null });
  const { id } = unclaimed.body;
  const token = { status: "completed", execution_token: "none", executed_action_digest: unclaimed.body.action_digest };
  expect(await call(cloud, id, "outcome", token)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("resume") },
  });
  const claims = await Promise.all([1, 2, 3].map((n) => call(cloud, id, "resume", { claim_id: `process ${n}` })));
  expect(claims.map((one) => one.status).sort()).toEqual([200, 409, 409]);
  const [won] = claims.filter((one) => one.status === 200);
  expect(won?.body).toMatchObject({ state: "running", decision: null, execution: { attempt: 1 } });
  expect(await look(cloud, id)).toMatchObject({ state: "running", disposition: "claimed", execution: null });
  const ended = await call(cloud, id, "outcome", { ...token, execution_token: won?.body.execution.token });
  expect(ended.body).toMatchObject({ state: "completed", ended_reason: "executed", disposition: "done" });

  const claimed = await freeAct({ claim_id: "me" }, "claimed at once");
  expect(claimed.body).toMatchObject({ disposition: "proceed", execution: { attempt: 1 } });
  const again = await freeAct({ claim_id: "me" }, "claimed at once");
  expect(again.body.execution).toEqual(claimed.body.execution);
  const successor = await freeAct({ claim_id: "my successor" }, "claimed at once");
  expect(successor.headers.get("idempotent-replayed")).toBe("true");
  expect(successor.body).toMatchObject({ id: claimed.body.id, disposition: "claimed", execution: null });
});

test("a submission that people have to decide is no claim, whatever it names", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1250, { claim_id: "eager" }));
  expect(body).toMatchObject({ state: "paused_pending_human", disposition: "wait", execution: null });
  expect(await call(refunds, body.id, "resume", { claim_id: "eager" })).toMatchObject({
    status: 409,
    body: { type: "urn:countersign:problem:not-decided" },
  });
});

test("a lease is as long as was asked for, the same claim extends it, and never beyond what the policy allows at a time", async () => {
  const id = await approved();
  const first = await call(refunds, id, "resume", { claim_id: "slow", lease_s: 60 });
  const start = (await app.running.engine.now()).getTime();
  const leftS = (execution: { expires_at: string }) => (Date.parse(execution.expires_at) - start) / 1000;
  expect(leftS(first.body.execution)).toBeLessThanOrEqual(60);
  expect((await call(refunds, id, "resume", { claim_id: "slow" })).body.execution).toEqual(first.body.execution);
  const more = await call(refunds, id, "resume", { claim_id: "slow", lease_s: 300 });
  expect(leftS(more.body.execution)).toBeGreaterThan(200);
  expect(more.body.execution).toMatchObject({ token: first.body.execution.token, attempt: 1 });
  const most = await call(refunds, id, "resume", { claim_id: "slow", lease_s: 86_400 });
  expect(leftS(most.body.execution)).toBeLessThan(3600);
  // Less is not taken away, and nobody else extends it.
  expect((await call(refunds, id, "resume", { claim_id: "slow", lease_s: 1 })).body.execution).toEqual(most.body.execution);
  expect((await call(refunds, id, "resume", { claim_id: "other", lease_s: 300 })).status).toBe(409);
  // Asked again at once, it gets the lease that it has, and nothing is written.
  const { revision } = await look(refunds, id);
  for (let i = 0; i < 5; i++) await call(refunds, id, "resume", { claim_id: "slow", lease_s: 86_400 });
  expect(await look(refunds, id)).toMatchObject({ revision });
  // It is the lease that time ends.
  await app.db.shiftClock(200_000);
  await app.running.round();
  expect(await look(refunds, id)).toMatchObject({ state: "resuming" });
});

test("what the agent reports as its result is given back after the end", async () => {
  const { body } = await freeAct({ claim_id: "me" }, "with a result");
  const result = { refund: "re_1", lines: [1, 2] };
  const report = { status: "completed", execution_token: body.execution.token, executed_action_digest: body.action_digest };
  expect(await call(cloud, body.id, "outcome", { ...report, result: "x".repeat(16 * 1024) })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/result", detail: expect.stringContaining("16 KiB") }] },
  });
  await call(cloud, body.id, "outcome", { ...report, result });
  expect((await look(cloud, body.id)).outcome).toMatchObject({ status: "completed", result });
  expect((await call(cloud, body.id, "resume", { claim_id: "me" })).body).toMatchObject({ execution: null, outcome: { result } });
  expect((await freeAct({ claim_id: "me" }, "with a result")).body).toMatchObject({ disposition: "done", outcome: { result } });
});

test("the same key with the same act finds its escalation as it stands now, whatever is told about it differently", async () => {
  const key = { "idempotency-key": "run-77/refund" };
  const first = await refunds.call(
    "POST",
    "/v1/escalations",
    refundRequest(620, { step_id: "refund", session_id: "run-77" }),
    key,
  );
  expect(first.body).toMatchObject({ session_id: "run-77", step_id: "refund" });
  await call(refunds, first.body.id, "messages", { text: "Still here" });
  const retold = {
    brief: { decision_required: "Made anew after a crash", trigger: { kind: "risk" } },
    provenance: { produced_at: "2026-11-24T10:00:00Z" },
    signals: { confidence: 0.1 },
    checkpoint: { step: 9 },
    latency_tolerance_s: 60,
    claim_id: "anew",
    step_id: "refund",
    session_id: "run-77",
  };
  const again = await refunds.call("POST", "/v1/escalations", refundRequest(620, retold), key);
  expect(again).toMatchObject({ status: 201, body: { id: first.body.id, revision: 2, messages: [{ text: "Still here" }] } });
  expect(again.headers.get("idempotent-replayed")).toBe("true");

  const other = refundRequest(621, { labels: { "a/b": "c" }, step_id: "refund", session_id: "run-77" });
  expect(await refunds.call("POST", "/v1/escalations", other, key)).toMatchObject({
    status: 422,
    body: {
      type: "urn:countersign:problem:idempotency-key-reused",
      escalation_id: first.body.id,
      errors: [{ pointer: "/action/params/amount" }, { pointer: "/action/title" }, { pointer: "/labels/a~1b" }],
    },
  });
});

test("an escalation is found by its key, and only by the agent whose key it is", async () => {
  const { body } = await freeAct({}, "to be found & read");
  const where = `/v1/escalations?idempotency_key=${encodeURIComponent("to be found & read")}`;
  expect((await cloud.call("GET", where)).body).toMatchObject({ items: [{ id: body.id }], next_cursor: null });
  expect((await refunds.call("GET", where)).body.items).toEqual([]);
});

test("an agent can read the review of its own act, and neither end, answer nor resume it; its late report is kept and told there", async () => {
  const ask = cloudRequest("cloud.modify_security_group", "sg-prod-1", { requested_by: "U0ANNA" });
  const { body } = await cloud.call("POST", "/v1/escalations", {
    ...ask,
    action: { ...ask.action, params: { group_id: "sg-1", port: 443 } },
  });
  const card = await app.card(body.id);
  expect(await app.as("U0NIK").click(card.channel, "approve", card.ts)).toEqual({ ok: true });
  await app.until(
    "the decision",
    () => look(cloud, body.id),
    (one) => one.state === "human_responded",
  );
  const { execution, decision } = (await call(cloud, body.id, "resume", { claim_id: "c" })).body;
  await app.db.shiftClock(16 * 60_000);
  await app.running.round();
  const review = await app.until("the review", async () => {
    const { items } = (await cloud.call("GET", "/v1/escalations?state=paused_pending_human")).body;
    return items.find((one: { review_of: string }) => one.review_of === body.id);
  });
  expect(review.disposition).toBe("done");
  // Whoever asked for the act does not say whether it ran either.
  const asked = await app.card(review.id);
  await app.as("U0ANNA").click(asked.channel, "answer", asked.ts);
  await app.until(
    "the refusal",
    () => app.as("U0ANNA").ephemerals().at(-1),
    (text) => /You asked for this/.test(text ?? ""),
  );
  for (const [what, sent] of Object.entries({
    cancel: { reason: "nothing to see here" },
    messages: { text: "it ran" },
    resume: { claim_id: "c" },
    outcome: { status: "skipped", execution_token: execution.token },
  }))
    expect(await call(cloud, review.id, what, sent), what).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(body.id) },
    });
  expect(await look(cloud, review.id)).toMatchObject({
    state: "paused_pending_human",
    messages: [],
    decision: null,
    outcome: null,
  });

  const outcome = { status: "completed", execution_token: execution.token, executed_action_digest: decision.action_digest };
  expect((await call(cloud, body.id, "outcome", { ...outcome, execution_token: "ext_wrong" })).status).toBe(409);
  const late = await call(cloud, body.id, "outcome", { ...outcome, detail: "rule sgr-1 is open" });
  expect(late).toMatchObject({
    status: 200,
    body: { state: "failed", ended_reason: "outcome_unknown", outcome: { status: "completed" } },
  });
  expect((await call(cloud, body.id, "outcome", outcome)).status).toBe(200);
  const told = await app.until(
    "the report in the review",
    () => look(cloud, review.id),
    (one) => one.messages.length > 0,
  );
  expect(told).toMatchObject({
    state: "paused_pending_human",
    messages: [{ text: expect.stringContaining("rule sgr-1 is open") }],
  });
  const audit = await cloud.call("GET", `/v1/escalations/${body.id}/audit`);
  expect(audit.body.items.at(-1).body).toMatchObject({ event: "reported_late", outcome: "completed" });
});

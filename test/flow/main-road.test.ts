import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

async function ask(more: Record<string, unknown> = {}, amount = 1250): Promise<string> {
  const submitted = await refunds.call("POST", "/v1/escalations", refundRequest(amount, more));
  expect(submitted.status, JSON.stringify(submitted.body)).toBe(201);
  await app.card(submitted.body.id);
  return submitted.body.id;
}
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const decided = (id: string) =>
  app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );

test("an escalation becomes a modified decision in Slack and comes back to the agent", async () => {
  const id = await ask({ checkpoint: { step: 7 } });
  expect(await look(id)).toMatchObject({
    state: "paused_pending_human",
    tier: "hard_approval",
    disposition: "wait",
    version: 1,
    decision: null,
  });
  const card = await cardOf(app, id);
  await card.says("Refund USD 1,250.00 to customer/8841");
  const waiting = refunds.call("GET", `/v1/escalations/${id}?wait=30`);
  const form = await card.open("U0PRIYA", "Change amount…");
  const AMOUNT = "Amount (USD)";
  const errorOf = async (amount: string | number) => (await form.submit({ [AMOUNT]: amount })).errors["param:amount"];
  expect(await errorOf(0)).toBe("Enter 0.01 or more.");
  expect(await errorOf("many")).toBe("Enter a number, such as 1,250.");
  expect((await form.submit()).errors["param:amount"]).toContain("Nothing is different");
  const reason = "Shipping is not refundable";
  expect(await form.submit({ [AMOUNT]: "1,200", "Why are you changing it?": reason })).toEqual({ errors: {} });
  const { body: changed } = await waiting;
  expect(changed).toMatchObject({
    state: "human_responded",
    disposition: "resume",
    decision: { type: "modify", source: "human" },
  });
  expect(changed.decision.votes).toMatchObject([{ user_id: "U0PRIYA", reason }]);
  expect(changed.decision.modification).toEqual([{ op: "replace", path: "/params/amount", from: 1250, value: 1200 }]);

  const resumed = await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c1" });
  expect(resumed).toMatchObject({ status: 200, body: { state: "resuming", checkpoint: { step: 7 } } });
  expect((await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c1" })).body.execution).toEqual(
    resumed.body.execution,
  );
  expect(await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c2" })).toMatchObject({
    status: 409,
    body: { type: "urn:countersign:problem:already-resuming" },
  });
  const ended = await report(id, resumed.body.execution.token, resumed.body.decision.action_digest);
  expect(ended.body).toMatchObject({ state: "completed", ended_reason: "executed" });
  await card.says("did exactly this");
  expect(card.offers()).toEqual(["Full brief"]);
  expect(await report(id, resumed.body.execution.token, resumed.body.decision.action_digest)).toMatchObject({ status: 200 });
});

const report = (id: string, token: string, digest: string) =>
  refunds.call("POST", `/v1/escalations/${id}/outcome`, {
    status: "completed",
    execution_token: token,
    executed_action_digest: digest,
  });

test("what ran is not what was approved: it fails and alarms", async () => {
  const id = await ask();
  await (await cardOf(app, id)).click("U0PRIYA", "Approve refund");
  await decided(id);
  const { body } = await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  expect(await report(id, body.execution.token, `sha256:${"0".repeat(64)}`)).toMatchObject({
    body: { state: "failed", ended_reason: "executed_differs" },
  });
  await app.until("the alarm", () => app.slack.channel("C0ALARMS").find((m) => m.text.includes(id)));
  expect(await report(id, "another", `sha256:${"0".repeat(64)}`)).toMatchObject({ status: 409 });
});

test("reject: the reason travels to the agent and to the card, and nothing is executed", async () => {
  const id = await ask({ checkpoint: { at: 3 } });
  const card = await cardOf(app, id);
  const form = await card.open("U0PRIYA", "Reject…");
  expect((await form.submit({ "Why?": "other" })).errors["reason"]).toContain("few words");
  const words = "In your own words";
  await form.submit({ "Why?": "wrong_amount", [words]: "Shipping is not refundable" });
  const { body } = await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  expect(body).toMatchObject({
    state: "completed",
    execution: null,
    checkpoint: { at: 3 },
    decision: { type: "reject", reason_code: "wrong_amount", reason: "Shipping is not refundable" },
  });
  expect(await look(id)).toMatchObject({ ended_reason: "rejected", disposition: "done" });
  await card.says("Shipping is not refundable");
});

test("a question goes to the agent and its answer comes back to the card", async () => {
  const id = await ask();
  const card = await cardOf(app, id);
  const form = await card.open("U0PRIYA", "Ask the agent…");
  const before = (await look(id)).revision;
  const waiting = refunds.call("GET", `/v1/escalations/${id}?wait=20&since=${before}`);
  await form.submit({ "Your question": "Is the photo recent?" });
  expect((await waiting).body.messages).toMatchObject([{ from: "reviewer", user_id: "U0PRIYA", text: "Is the photo recent?" }]);
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "Taken <!channel> yesterday" });
  await card.says("Taken <!channel> yesterday");
  const thread = await app.until("the thread", () =>
    app.slack.channel("C0PAYMENTS").filter((m) => m.thread_ts !== undefined && m.text.includes("answers")),
  );
  expect(JSON.stringify(thread)).not.toContain("<!channel>");
});

test("people who may not decide are told why, each in one sentence, and nothing happens", async () => {
  const id = await ask({ requested_by: "U0MARIA" });
  const { ts } = await app.card(id);
  // Who asked is the agent's word: that it keeps a reviewer out is seen by the others.
  await app.cardSays(id, "asked for by <@U0MARIA>, who can't decide it for that reason");
  const refused: [string, RegExp][] = [
    ["U0MARIA", /You asked for this, so someone else has to decide. <@U0PRIYA> can\./],
    ["U0OWEN", /You aren't a reviewer/],
    ["U0NIK", /You aren't a reviewer of the payments queue/],
    ["U0GUS", /guests, bots, outside and deactivated/],
    ["U0DANA", /guests, bots, outside and deactivated/],
    ["U0CHRIS", /This needs a payments reviewer/],
  ];
  for (const [user, sentence] of refused) {
    await app.as(user).click("C0PAYMENTS", "approve", ts);
    // A deactivated account gets no ephemeral; its click gets a modal instead.
    const told = () => [...app.as(user).ephemerals(), JSON.stringify(app.as(user).top() ?? "")].join("\n");
    await app.until(`the refusal of ${user}`, told, (text) => sentence.test(text));
  }
  expect(await look(id)).toMatchObject({ state: "paused_pending_human", decision: null });
});

test("a stale button does not decide the newer version", async () => {
  const id = await ask({}, 6000);
  const { ts, blocks } = await app.card(id);
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "modify", ts);
  await app.until("the form", () => priya.top());
  await priya.submit({ "param:amount": 5500 });
  expect(await look(id)).toMatchObject({ state: "paused_pending_human", version: 2 });
  await app.cardSays(id, "Changed by");
  // Chris still sees the old card: the button of version 1.
  const old = blocks
    .flatMap((b) => (b["elements"] ?? []) as { action_id?: string; value?: string }[])
    .find((e) => e.action_id === "approve");
  const message = app.slack.world.state.messages.get("C0PAYMENTS")?.find((m) => m.ts === ts);
  const current = message?.blocks;
  Object.assign(message ?? {}, { blocks });
  await app.as("U0CHRIS").click("C0PAYMENTS", "approve", ts);
  Object.assign(message ?? {}, { blocks: current });
  expect(old?.value).toBe(`${id}:1`);
  await app.until("the refusal", () =>
    app
      .as("U0CHRIS")
      .ephemerals()
      .some((text) => text.includes("This has changed since you opened it")),
  );
  await app.as("U0CHRIS").click("C0PAYMENTS", "approve", ts);
  await decided(id);
  expect((await look(id)).decision).toMatchObject({
    type: "modify",
    action: { params: { amount: 5500 } },
    votes: [{ user_id: "U0PRIYA" }, { user_id: "U0CHRIS" }],
  });
});

test("silence is told as silence: timed out, with the policy's fallback, never as a rejection by a person", async () => {
  const id = await ask();
  await app.db.shiftClock(31 * 60_000);
  await app.running.round();
  expect(await look(id)).toMatchObject({
    state: "timed_out",
    ended_reason: "timed_out",
    disposition: "done",
    decision: { type: "reject", source: "timeout" },
  });
  await app.cardSays(id, "Nobody answered");
  expect(JSON.stringify((await app.card(id)).blocks)).not.toContain("Rejected by");
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", "none");
});

test("changed preconditions reopen the question, and only the people can close it again", async () => {
  const id = await ask({ preconditions: [{ name: "order.version", value: "7" }] });
  const card = await cardOf(app, id);
  await card.click("U0PRIYA", "Approve refund");
  await decided(id);
  expect(await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/preconditions" }] },
  });
  const changed = await refunds.call("POST", `/v1/escalations/${id}/resume`, {
    claim_id: "c",
    preconditions: [{ name: "order.version", value: "8" }],
  });
  expect(changed).toMatchObject({ status: 409, body: { type: "urn:countersign:problem:world-changed" } });
  expect(await look(id)).toMatchObject({
    state: "paused_pending_human",
    round: 2,
    version: 2,
    decision: null,
    past_decisions: [{ type: "approve" }],
  });
  await card.says("order.version changed (7 → 8)");
  await card.click("U0PRIYA", "Approve refund");
  await app.until(
    "the decision about the world as it is now",
    () => look(id),
    (e) => e.state === "human_responded",
  );
  const resumed = await refunds.call("POST", `/v1/escalations/${id}/resume`, {
    claim_id: "c",
    preconditions: [{ name: "order.version", value: "8" }],
  });
  expect(resumed).toMatchObject({ status: 200, body: { state: "resuming" } });
});

test("a question escalation is answered with an option and ends when the agent has it", async () => {
  const mail = await app.agent("email-agent");
  const request = {
    schema_version: "1",
    kind: "question",
    question: {
      text: "Which template?",
      options: [
        { id: "en", label: "English" },
        { id: "nl", label: "Dutch" },
      ],
    },
    brief: { decision_required: "Which template?", trigger: { kind: "low_confidence" } },
  };
  const { body } = await mail.call("POST", "/v1/escalations", request);
  expect(body).toMatchObject({ kind: "question", disposition: "wait", state: "paused_pending_human" });
  const form = await (await cardOf(app, body.id)).open("U0TOM", "In your own words…");
  expect((await form.submit()).errors).not.toEqual({});
  expect(await form.submit({ Answer: "nl" })).toEqual({ errors: {} });
  const resumed = await mail.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" });
  expect(resumed.body).toMatchObject({
    state: "completed",
    execution: null,
    decision: { type: "answer", answer: { option: "nl" } },
  });
  expect((await mail.call("GET", `/v1/escalations/${body.id}`)).body.ended_reason).toBe("answered");
  expect(await refunds.call("GET", `/v1/escalations/${body.id}`)).toMatchObject({ status: 404 });
});

test("an option of a question is answered by its own button on the card", async () => {
  const mail = await app.agent("email-agent");
  const options = [
    { id: "en", label: "English" },
    { id: "nl", label: "Dutch" },
  ];
  const { body } = await mail.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "question",
    question: { text: "Which language?", options },
    brief: { decision_required: "Which language?", trigger: { kind: "low_confidence" } },
  });
  const card = await cardOf(app, body.id);
  expect(card.offers()).toEqual(expect.arrayContaining(["English", "Dutch"]));
  await card.click("U0TOM", "Dutch");
  const answered = await app.until(
    "the answer",
    async () => (await mail.call("GET", `/v1/escalations/${body.id}`)).body,
    (e) => e.state === "human_responded",
  );
  expect(answered.decision).toMatchObject({
    type: "answer",
    answer: { option: "nl", text: null },
    votes: [{ user_id: "U0TOM", verdict: "answer" }],
  });
});

test("a stopped task is taken over, handed back, taken again and finished by a person", async () => {
  const mail = await app.agent("email-agent");
  const action = {
    type: "email.send",
    title: "Newsletter",
    params: { to: "all@lists.example", subject: "Terms", recipients: 4200 },
  };
  const { body } = await mail.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action,
    brief: { decision_required: "Who sends it?", trigger: { kind: "policy" } },
  });
  expect(body).toMatchObject({ tier: "hard_stop", disposition: "stop" });
  const card = await cardOf(app, body.id);
  await card.click("U0TOM", "I'll do it myself");
  await card.says("Taken over by");
  await card.click("U0TOM", "Hand it back");
  await card.says("a person has to do this");
  await card.click("U0TOM", "I'll do it myself");
  await card.says("Taken over by");
  const form = await card.open("U0TOM", "Done: report the result…");
  await form.submit({ "What did you do?": "Sent with the list tool" });
  const { body: ended } = await mail.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" });
  expect(ended).toMatchObject({
    state: "completed",
    execution: null,
    decision: { type: "take_over", result: "Sent with the list tool" },
  });
});

test("escalating to a senior raises the level that every approval needs", async () => {
  const id = await ask();
  const card = await cardOf(app, id);
  const form = await card.open("U0PRIYA", "Escalate to a senior…");
  await form.submit({ "Why should someone more senior decide?": "I know the customer" });
  await card.says("Escalated by");
  await card.click("U0PRIYA", "Approve refund");
  const told = () => app.as("U0PRIYA").ephemerals();
  await app.until("the refusal", () => told().some((text) => text.includes("<@U0MARIA> can decide")));
  await card.click("U0MARIA", "Approve refund");
  await decided(id);
});

test("the full brief, the Home and every command answer", async () => {
  const id = await ask();
  const priya = app.as("U0PRIYA");
  await priya.choose("C0PAYMENTS", "details", (await app.card(id)).ts);
  const view = await app.until("the brief", () => priya.top());
  expect(JSON.stringify(view)).toContain("What happened");
  await priya.closeTop();
  await priya.openHome();
  await app.until(
    "the Home",
    () => JSON.stringify(app.slack.home("U0PRIYA") ?? ""),
    (json) => json.includes("Waiting for you") && json.includes(id),
  );
  expect(await priya.command("C0PAYMENTS", "/countersign help")).toContain("/countersign queue");
  expect(await priya.command("C0PAYMENTS", "/countersign queue")).toContain(id);
  expect(await priya.command("C0PAYMENTS", "/countersign mine")).toContain(id);
  expect(await priya.command("C0PAYMENTS", `/countersign show ${id}`)).toContain("payments");
  expect(await priya.command("C0PAYMENTS", "/countersign stats 7d")).toContain("Decided by people");
  expect(await priya.command("C0PAYMENTS", "/countersign policy")).toContain("payments.refund");
  expect(await priya.command("C0PAYMENTS", "/countersign shwo")).toContain("Did you mean `show`?");
  expect(await app.as("U0NIK").command("C0PAYMENTS", `/countersign show ${id}`)).toContain("no such escalation");
  // Who owns the agent may look.
  expect(await app.as("U0OWEN").command("C0PAYMENTS", `/countersign show ${id}`)).toContain(id);
  expect(await app.as("U0GUS").command("C0PAYMENTS", "/countersign queue")).toContain("aren't a reviewer");
});

test("the full brief and the review from Home offer the other answers, each in a form on top, and all forms close when one is sent", async () => {
  const id = await ask();
  const priya = app.as("U0PRIYA");
  const labels = (view: unknown) =>
    [
      ...JSON.stringify(view).matchAll(/"action_id":"(approve|reject|modify)","text":\{"type":"plain_text","text":"([^"]*)"/g),
    ].map(([, act, label]) => `${act}: ${label}`);
  await priya.choose("C0PAYMENTS", "details", (await app.card(id)).ts);
  const brief = await app.until("the brief", () => priya.top());
  expect(labels(brief)).toEqual([
    expect.stringMatching(/^approve: .*…$/),
    expect.stringMatching(/^reject: .*…$/),
    expect.stringMatching(/^modify: .*…$/),
  ]);
  await priya.clickView(brief?.id ?? "", "approve");
  const review = await app.until(
    "the form that approves",
    () => priya.top(),
    (top) => top?.callback_id === "approve_modal",
  );
  expect((await look(id)).state).toBe("paused_pending_human");
  expect(labels(review).map((one) => one.split(":")[0])).toEqual(["reject", "modify"]);
  await priya.clickView(review?.id ?? "", "reject");
  await app.until(
    "the form that rejects",
    () => priya.top(),
    (top) => top?.callback_id === "reject_modal",
  );
  await priya.submit({ reason_code: "too_risky" });
  await app.until(
    "the decision",
    () => look(id),
    (one) => one.decision?.type === "reject",
  );
  expect(priya.top()).toBeNull();

  const over = await app.until(
    "the card of what is over",
    () => app.card(id),
    ({ blocks }) => JSON.stringify(blocks).includes('"action_id":"details"'),
  );
  await priya.click("C0PAYMENTS", "details", over.ts);
  expect(labels(await app.until("the brief of what is over", () => priya.top()))).toEqual([]);
  await priya.closeTop();
});

test("an action too long for a card is approved only where all of it was shown", async () => {
  const params = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field_${i}`, `value ${i}`]));
  const id = (
    await refunds.call("POST", "/v1/escalations", {
      ...refundRequest(),
      action: { ...refundRequest().action, params: { ...params, amount: 900, currency: "USD" } },
    })
  ).body.id;
  const card = await cardOf(app, id);
  await card.says("Can't show this action in full");
  const [approve = ""] = card.offers();
  const review = await card.open("U0PRIYA", approve);
  expect(review.text()).toContain("value 13");
  await review.submit();
  await decided(id);
});

test("the whole audit log verifies", async () => {
  const verified = await verifyAll(app.db.pool);
  expect(verified.faults).toEqual([]);
  expect(verified.entries).toBeGreaterThan(30);
});

test("whoever asked the agent hears once, by direct message, what became of it", async () => {
  const id = await ask({ requested_by: "U0MARIA" }, 1310);
  const heard = () => app.slack.channel("D00MARIA").filter((one) => JSON.stringify(one.metadata).includes(id));
  await app.until(
    "Slack's word on who asked",
    () => app.running.engine.load(id),
    (loaded) => loaded?.escalation.requester === "person",
  );
  await (await cardOf(app, id)).click("U0PRIYA", "Approve refund");
  await decided(id);
  const { execution, decision } = (await refunds.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" })).body;
  expect(heard()).toEqual([]);
  const outcome = { status: "completed", execution_token: execution.token, executed_action_digest: decision.action_digest };
  await refunds.call("POST", `/v1/escalations/${id}/outcome`, outcome);
  const [told] = await app.until("what became of it", heard, (found) => found.length > 0);
  expect(told?.text).toMatch(/1,310[\s\S]*Approved by <@U0PRIYA>[\s\S]*did exactly this/);
  await app.running.round();
  expect(heard()).toHaveLength(1);
});

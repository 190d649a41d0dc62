import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeliveries, resendDelivery } from "../../src/engine/delivery/deliveries.ts";
import { markOf } from "../../src/slack/cards/view.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** What Slack, or the road to it, does wrong: nothing is lost, and nothing is posted twice without need. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const submit = async (amount = 1250) => (await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id as string;
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const cards = (id: string) =>
  app.slack.channel("C0PAYMENTS").filter((m) => m.thread_ts === undefined && JSON.stringify(m).includes(id));
const settled = () =>
  app.until(
    "nothing owed",
    async () => (await listDeliveries(app.db.pool)).filter((row) => ["owed", "later"].includes(row.status)),
    (rows) => rows.length === 0,
  );

for (const kind of ["drop_after_store", "cut_body", "http_500", "drop_before_store", "rate_limited"] as const) {
  test(`a post that ends in ${kind} stands there exactly once`, async () => {
    app.slack.faults.arm({ method: "chat.postMessage", kind, retryAfterS: 1, times: 1 });
    const id = await submit();
    await app.card(id);
    await settled();
    expect(cards(id)).toHaveLength(1);
    await app.as("U0PRIYA").click("C0PAYMENTS", "approve", cards(id)[0]?.ts);
    await app.until(
      "the decision",
      () => look(id),
      (e) => e.state === "human_responded",
    );
  });
}

test("an update that fails is repeated until the buttons are gone", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  await settled();
  app.slack.faults.arm({ method: "chat.update", kind: "http_500", times: 2 });
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.cardSays(id, "Approved by");
  expect(JSON.stringify(cards(id)[0])).not.toContain('"approve"');
});

test("an update that Slack refused for good is dead, and the next one of its card goes all the same", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  await settled();
  app.slack.faults.arm({ method: "chat.update", kind: "error", error: "msg_blocks_too_long", times: 1 });
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "Anything else?" });
  await app.until(
    "the dead update",
    () => listDeliveries(app.db.pool),
    (rows) => rows.some((row) => row.status === "dead" && row.kind === "card_update"),
  );
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until("the end of the card", () => JSON.stringify(cards(id)[0]).includes("Approved by"));
  expect(JSON.stringify(cards(id)[0])).not.toContain('"approve"');
  await settled();
});

test("a revoked token: what is owed waits, the house says what is missing, and it goes on when the token is back", async () => {
  for (const method of ["chat.postMessage", "chat.update"])
    app.slack.faults.arm({ method, kind: "error", error: "token_revoked", times: 1_000 });
  const id = await submit();
  await app.until(
    "the delay",
    () => listDeliveries(app.db.pool),
    (rows) =>
      rows.some(
        (row) => row.escalationId === id && ["owed", "later"].includes(row.status) && row.lastError?.includes("token_revoked"),
      ),
  );
  expect(await look(id)).toMatchObject({ state: "paused_pending_human" });
  app.slack.faults.clear();
  await app.db.shiftClock(6_000);
  await app.card(id);
  await settled();
  expect(cards(id)).toHaveLength(1);
});

test("a limit in one channel does not hold the others up", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "rate_limited", retryAfterS: 600, times: 1 });
  const held = await submit();
  const mail = await app.agent("email-agent");
  const action = { type: "email.send", title: "x", params: { to: "a@b.example", subject: "s" } };
  const { body } = await mail.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action,
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  });
  await app.card(body.id);
  expect(cards(held)).toEqual([]);
  const lane = await app.db.pool.query(
    "SELECT not_before > db_now() + interval '9 minutes' AS held FROM lane WHERE name = 'slack:chat.postMessage:C0PAYMENTS'",
  );
  expect(lane.rows[0].held).toBe(true);
  const owed = await app.db.pool.query("SELECT FROM outbox WHERE escalation_id = $1 AND status IN ('owed', 'later')", [held]);
  expect(owed.rowCount).toBeGreaterThan(0);
  await app.db.shiftClock(601_000);
  await app.card(held);
  await settled();
});

test("a limit on a method holds for every channel; afterwards the end of a wait goes first", async () => {
  const [first, second] = [await submit(), await submit()];
  const cardOf = async (id: string) => (await app.card(id)).ts;
  const [firstTs, secondTs] = [await cardOf(first), await cardOf(second)];
  const elsewhere = await refunds.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: { type: "nobody.knows_this", title: "t", params: {} },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  });
  const other = await app.card(elsewhere.body.id);
  await settled();
  app.slack.faults.arm({ method: "chat.update", channel: "C0PAYMENTS", kind: "rate_limited", retryAfterS: 600, times: 1 });
  await refunds.call("POST", `/v1/escalations/${second}/messages`, { text: "One more thing." });
  await app.until("the pause of the method", async () => {
    const paused = "SELECT FROM lane WHERE name = 'slack:chat.update:*' AND not_before > db_now()";
    return (await app.db.pool.query(paused)).rowCount;
  });
  const begun = app.slack.journal.length;
  const updates = () =>
    app.slack.journal.slice(begun).flatMap(({ method, args }) => (method === "chat.update" ? [String(args["ts"])] : []));
  await refunds.call("POST", `/v1/escalations/${elsewhere.body.id}/messages`, { text: "And there." });
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", firstTs);
  await app.until(
    "the decision",
    () => look(first),
    (e) => e.state === "human_responded",
  );
  // Posts go on meanwhile.
  await app.card(await submit());
  expect(updates()).toEqual([]);
  await app.db.owner.query("UPDATE lane SET not_before = '-infinity' WHERE name = 'slack:chat.update:*'");
  await settled();
  expect(updates()).toEqual(expect.arrayContaining([firstTs, secondTs, other.ts]));
  // The copy in the DM of whoever was paged is the end of a wait as well.
  for (const later of [secondTs, other.ts]) expect(updates().indexOf(firstTs)).toBeLessThan(updates().indexOf(later));
});

test("a channel that is gone leaves a dead letter that an operator can send again", async () => {
  const channel = app.slack.world.state.channels.get("C0PAYMENTS");
  Object.assign(channel ?? {}, { archived: true });
  const id = await submit();
  const dead = await app.until(
    "the dead letter",
    () => listDeliveries(app.db.pool),
    (rows) => rows.some((row) => row.status === "dead" && row.escalationId === id),
  );
  Object.assign(channel ?? {}, { archived: false });
  expect(await resendDelivery(app.db.pool, dead.find((row) => row.escalationId === id)?.id ?? 0)).toBe(true);
  await app.card(id);
});

test("a deleted card of something that still waits is posted anew", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  await settled();
  const list = app.slack.world.state.messages.get("C0PAYMENTS") ?? [];
  app.slack.world.state.messages.set(
    "C0PAYMENTS",
    list.filter((m) => m.ts !== ts),
  );
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "Anything else?" });
  await app.until(
    "the new card",
    () => cards(id),
    (found) => found.length === 1,
  );
});

test("a message that Slack refuses for a reason of its own holds up no other of its channel", async () => {
  const [first, second] = [await submit(), await submit()];
  await app.card(first);
  await app.card(second);
  await settled();
  app.slack.faults.arm({ method: "chat.update", channel: "C0PAYMENTS", kind: "error", error: "edit_window_closed", times: 1 });
  await refunds.call("POST", `/v1/escalations/${first}/messages`, { text: "Anything else?" });
  await app.until("the refusal", () => app.slack.faults.list().length === 0);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", cards(second)[0]?.ts);
  await app.until("the other card", () => JSON.stringify(cards(second)[0]).includes("Approved by"));
  await app.db.shiftClock(6_000);
  await settled();
});

test("a vote names the card its author had before them, not the newer one that Slack has not taken yet", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  await settled();
  app.slack.faults.arm({ method: "chat.update", channel: "C0PAYMENTS", kind: "rate_limited", retryAfterS: 30, times: 1 });
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "One more thing: the photos were of another parcel." });
  const shown = markOf(cards(id)[0]?.blocks.find((block) => block.type === "actions")?.block_id) ?? "no mark";
  const newest =
    "SELECT encode(substring(drawn FROM 6 FOR 32), 'hex') AS digest FROM card WHERE escalation_id = $1 AND place = 'C0PAYMENTS'";
  await app.until(
    "the newer drawing",
    async () => `sha256:${(await app.db.pool.query(newest, [id])).rows[0].digest}`,
    (digest) => !digest.startsWith(shown),
  );
  expect(JSON.stringify(cards(id)[0])).not.toContain("another parcel");
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  const decided = await app.until(
    "the decision",
    async () => (await app.running.engine.load(id))?.escalation,
    (e) => e?.decision !== null,
  );
  expect(decided?.decision?.votes[0]?.seen?.startsWith(shown)).toBe(true);
  await app.db.shiftClock(31_000);
  await settled();
});

test("a line for the thread of a deleted card is set aside, and the channel goes on", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  await settled();
  // Deleted between the look at the card and the line in its thread: the update still says yes, the thread is gone.
  app.slack.faults.arm({ method: "chat.postMessage", kind: "error", error: "thread_not_found", times: 1 });
  await refunds.call("POST", `/v1/escalations/${id}/messages`, { text: "Anything else?" });
  await app.until(
    "the line that is set aside",
    () => listDeliveries(app.db.pool),
    (rows) => rows.some((row) => row.escalationId === id && row.status === "dead" && row.lastError?.includes("thread_not_found")),
  );
  const next = await submit();
  await app.card(next);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
  await settled();
  expect((await look(id)).decision).toMatchObject({ type: "approve" });
});

test("when Slack cannot say who somebody is, nobody is let through, and they are told", async () => {
  // Whom nothing has asked about yet: who was looked up a moment ago is known.
  const id = await submit();
  const { ts } = await app.card(id);
  app.slack.faults.arm({ method: "users.info", kind: "http_500", times: 1 });
  await app.as("U0CHRIS").click("C0PAYMENTS", "approve", ts);
  await app.until("the refusal", () =>
    app
      .as("U0CHRIS")
      .ephemerals()
      .some((text) => text.includes("could not confirm who you are")),
  );
  expect((await look(id)).state).toBe("paused_pending_human");
});

test("a click that can be answered neither beside the card nor in a modal is answered by direct message", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  app.slack.faults.arm({ method: "chat.postEphemeral", kind: "error", error: "user_not_in_channel", times: 1 });
  app.slack.faults.arm({ method: "views.open", kind: "error", error: "expired_trigger_id", times: 1 });
  await app.as("U0NIK").click("C0PAYMENTS", "approve", ts);
  await app.until("the direct message", () =>
    app.slack.dm("U0NIK").some(({ text }) => /^Not done: \*.*:\* You aren't a reviewer of the payments queue/.test(text)),
  );
});

test("forged metadata of a form and unknown buttons do nothing", async () => {
  const id = await submit();
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "reject", (await app.card(id)).ts);
  const view = await app.until("the form", () => priya.top());
  Object.assign(view ?? {}, { private_metadata: "esc_00000000000000000000:1" });
  expect(await priya.submit({ reason_code: "other", reason: "x" })).toMatchObject({
    ok: true,
    view: { title: { text: "Not done" } },
  });
  expect((await look(id)).state).toBe("paused_pending_human");
  await priya.closeTop();
});

test("a form that was open while somebody else decided says so", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "reject", ts);
  await app.until("the form", () => priya.top());
  await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
  expect(JSON.stringify(await priya.submit({ reason_code: "too_risky" }))).toContain("Already approved by <@U0MARIA>");
  await priya.closeTop();
});

test("a channel that hangs holds up no other", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "hang", times: 1 });
  await refunds.call("POST", "/v1/escalations", refundRequest(777));
  await app.until("the hanging post", () => app.slack.faults.list().length === 0);
  const started = app.slack.channel("C0SECURITY").length;
  const { body } = await refunds.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: { type: "nobody.knows_this", title: "t", params: {} },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  });
  // The hanging call is only given up after ten seconds; this card is there long before.
  await app.until("the other card", () => app.slack.channel("C0SECURITY").length > started);
  const { rows } = await app.db.pool.query(
    "SELECT 1 FROM outbox WHERE lane = 'slack:chat.postMessage:C0PAYMENTS' AND status = 'owed' AND started_at IS NOT NULL",
  );
  expect(rows).toHaveLength(1);
  expect(body.queue).toBe("security");
});

test("a delivery that this release cannot read is set aside with an alarm, and what stands behind it goes out", async () => {
  const lane = "slack:chat.postMessage:C0PAYMENTS";
  const rows = [
    ["dlv_without_text", "thread", "{}"],
    ["dlv_behind", "message", JSON.stringify({ channel: "C0PAYMENTS", text: "goes out all the same" })],
  ];
  for (const [deliveryId, kind, payload] of rows)
    await app.db.owner.query("INSERT INTO outbox (lane, kind, delivery_id, payload, priority) VALUES ($1, $2, $3, $4, 0)", [
      lane,
      kind,
      deliveryId,
      payload,
    ]);
  await app.until("the message behind it", () =>
    JSON.stringify(app.slack.channel("C0PAYMENTS")).includes("goes out all the same"),
  );
  const { rows: aside } = await app.db.owner.query(
    "SELECT status, last_error FROM outbox WHERE delivery_id = 'dlv_without_text'",
  );
  expect(aside).toEqual([
    { status: "dead", last_error: expect.stringContaining("its payload is not that of a thread: channel") },
  ]);
  const { rows: alarms } = await app.db.owner.query("SELECT name FROM alarm WHERE name = $1", [`set_aside:${lane}`]);
  expect(alarms).toHaveLength(1);
});

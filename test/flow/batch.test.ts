import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, startApp } from "../support/app.ts";

/** What can wait comes as one message for each reviewer and window, is answered one by one, and becomes urgent near its time. */
let app: App;
let refunds: Agent;
const MINUTE = 60_000;

beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
  // A Wednesday noon in the future: Priya is on call, and at work.
  const now = await app.running.engine.now();
  const days = (3 - now.getUTCDay() + 7) % 7;
  const noon = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + (days === 0 ? 7 : days), 12, 4);
  await app.db.shiftClock(noon - now.getTime());
});
afterAll(() => app.close());

async function credit(amount: number, more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await refunds.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: {
      type: "payments.store_credit",
      title: "Credit",
      params: { amount, currency: "USD", reason: "late parcel" },
      target: `customer/${amount}`,
    },
    brief: { decision_required: "Give it?", trigger: { kind: "policy" } },
    signals: { confidence: 0.9, risk: 0.1 },
    latency_tolerance_s: 7200,
    ...more,
  });
  expect(status).toBe(201);
  return body.id;
}
const state = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const dm = () => app.slack.dm("U0PRIYA");
const batches = () => dm().filter((m) => JSON.stringify(m.blocks).match(/decisions? can wait|Nothing is open any more/) !== null);
async function pass(minutes: number): Promise<void> {
  await app.db.shiftClock(minutes * MINUTE);
  await app.running.round();
}

let first: string;
let second: string;
let third: string;

test("nobody is interrupted for what can wait: one batch on the half hour, with all of it", async () => {
  first = await credit(31);
  second = await credit(32);
  await app.card(first);
  expect(dm()).toEqual([]);
  await pass(20);
  third = await credit(33);
  await pass(10);
  const batch = await app.until(
    "the batch",
    () => batches()[0],
    (m) => m !== undefined && [first, second, third].every((id) => JSON.stringify(m.blocks).includes(id)),
  );
  expect(batch?.text).toContain("3 decisions can wait");
  expect(batches()).toHaveLength(1);
});

test("risky acts and those that cannot wait are in no batch", async () => {
  const impatient = await credit(34, { latency_tolerance_s: 60 });
  const plain = await credit(35, { latency_tolerance_s: undefined });
  await pass(30);
  for (const id of [impatient, plain]) {
    const loaded = await app.running.engine.load(id);
    expect(loaded?.escalation.paging).toMatchObject({ batches: [], batchAt: null });
  }
  expect(batches()).toHaveLength(1);
});

test("nothing is approved at one click from a batch: the form that shows everything opens", async () => {
  const priya = app.as("U0PRIYA");
  await priya.click("D00PRIYA", "approve", batches()[0]?.ts);
  const form = await app.until("the form", () => priya.top());
  expect(form?.callback_id).toBe("approve_modal");
  await priya.closeTop();
});

test("the Home opens the same form for all that stands in batches", async () => {
  const priya = app.as("U0PRIYA");
  await priya.openHome();
  const home = await app.until(
    "the Home",
    () => app.slack.home("U0PRIYA"),
    (view) => JSON.stringify(view).includes('"action_id":"batch"'),
  );
  await priya.clickView(home?.id ?? "", "batch");
  const form = await app.until("the form", () => priya.top());
  expect(form?.callback_id).toBe("batch_modal");
  expect(JSON.stringify(form?.blocks)).toContain("late parcel");
  await priya.closeTop();
});

test("answered one by one in one form: a part of it is fine, and the siblings keep their buttons", async () => {
  const priya = app.as("U0PRIYA");
  await priya.click("D00PRIYA", "batch", batches()[0]?.ts);
  const form = await app.until("the form", () => priya.top());
  expect(form?.callback_id).toBe("batch_modal");
  expect(JSON.stringify(form?.blocks)).toContain("late parcel");
  expect(await priya.submit({})).toMatchObject({
    errors: { [`answer:${form?.private_metadata?.split(":")[0]}`]: expect.stringContaining("Choose an answer") },
  });
  const answers = { [`answer:${first}`]: "approve", [`answer:${second}`]: "reject:not_needed" };
  await app.db.owner.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.id = '${second}' THEN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$`);
  await app.db.owner.query("CREATE TRIGGER full_disk BEFORE UPDATE ON live FOR EACH ROW EXECUTE FUNCTION full_disk()");
  const partly = JSON.stringify(await priya.submit(answers));
  expect(partly).toContain("1 answered. 1 could not be");
  expect(partly).not.toContain("nothing was decided");
  await app.db.owner.query("DROP FUNCTION full_disk() CASCADE");
  await priya.closeTop();
  await priya.click("D00PRIYA", "batch", batches()[0]?.ts);
  await app.until("the form", () => priya.top());
  expect(await priya.submit({ [`answer:${second}`]: "reject:not_needed" })).toMatchObject({ ok: true });
  expect(await state(first)).toMatchObject({ state: "human_responded", decision: { type: "approve" } });
  expect(await state(second)).toMatchObject({ decision: { type: "reject", reason_code: "not_needed" } });
  expect(await state(third)).toMatchObject({ state: "paused_pending_human" });
  await app.until("the batch comes to the same state", () => {
    const json = JSON.stringify(batches()[0]?.blocks);
    const buttons = (id: string) => json.includes(`${id}:`);
    return json.includes("Approved by") && !buttons(first) && !buttons(second) && buttons(third);
  });
  const vote = (await app.running.engine.load(first))?.escalation.votes[0];
  expect(vote?.seen).toMatch(/^sha256:/);
});

test("near its time it leaves the batch and becomes a message of its own", async () => {
  await pass(3 * 60 + 5);
  const own = await app.until("the page", () =>
    dm().find((m) => JSON.stringify(m.blocks).includes(third) && JSON.stringify(m.blocks).includes("You are paged")),
  );
  expect(own).toBeDefined();
  await app.until("the batch says so", () => JSON.stringify(batches()[0]?.blocks).includes("has become urgent"));
});

test("a batch whose place could not be saved is found again, not posted twice", async () => {
  const { pool } = app.running.parts;
  const query = pool.query.bind(pool);
  const id = await credit(61);
  let saves = 0;
  const isItsPlace = (statement: { name?: string; values?: unknown[] }) =>
    statement.name === "finish_sent_batch" && JSON.stringify(statement.values).includes(id);
  Object.assign(pool, {
    query: async (statement: { name?: string; values?: unknown[] }) => {
      if (isItsPlace(statement) && saves++ === 0) throw new Error("the place could not be saved");
      return query(statement as never);
    },
  });
  await pass(30);
  const kept = async () =>
    (
      await app.db.pool.query(
        "SELECT count(*)::int AS n FROM card WHERE escalation_id = $1 AND place LIKE 'batch:%' AND ts IS NOT NULL",
        [id],
      )
    ).rows[0].n;
  await app.until("the place of the batch", kept);
  Object.assign(pool, { query });
  expect(saves, "it was tried again").toBeGreaterThan(1);
  expect(batches().filter((m) => JSON.stringify(m.blocks).includes(id))).toHaveLength(1);
});

test("in quiet hours a batch waits for the morning, what is urgent does not", async () => {
  const now = await app.running.engine.now();
  const night = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 23, 5);
  await app.db.shiftClock(night - now.getTime());
  const before = batches().length;
  const waits = await credit(41, { latency_tolerance_s: 86_400 });
  await pass(30);
  await pass(30);
  expect((await app.running.engine.load(waits))?.escalation.paging.batches).toEqual([]);
  expect(batches()).toHaveLength(before);
  const { body } = await refunds.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: {
      type: "payments.refund",
      title: "Refund",
      params: { order_id: "A-1", amount: 900, currency: "USD" },
      target: "customer/1",
    },
    brief: { decision_required: "Refund?", trigger: { kind: "policy" } },
    signals: { confidence: 0.9, risk: 0.2 },
  });
  await app.until("the page in the night", () => dm().find((m) => JSON.stringify(m.blocks).includes(body.id)));
});

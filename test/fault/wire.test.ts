import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { type Wire, wireTo } from "../support/between.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** The database is well, and the wire to it is not: it breaks unnoticed on one side, or swallows everything. */
let db: TestDatabase;
let wire: Wire;
let app: App;
let refunds: Agent;
beforeAll(async () => {
  db = await testDatabase();
  wire = await wireTo(db.appUrl);
  app = await startApp({ log: "silent", db: { ...db, appUrl: wire.url } });
  refunds = await app.agent("refund-agent");
});
afterAll(async () => {
  wire?.letThrough();
  await app?.close();
  wire?.close();
  await db?.close();
});

test("a change that goes on in the database after the wire broke is not taken for one that never happened", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  await db.owner.query(`CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.id = '${body.id}' THEN PERFORM pg_sleep(4); END IF; RETURN NEW; END $$`);
  await db.owner.query("CREATE TRIGGER slow_disk BEFORE UPDATE ON live FOR EACH ROW EXECUTE FUNCTION slow_disk()");
  const before = app.as("U0PRIYA").ephemerals().length;
  try {
    await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
    await app.until(
      "the write to be under way",
      async () => (await db.owner.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rows.length,
    );
    wire.cut();
    await app.until(
      "the decision",
      async () => (await db.owner.query("SELECT state FROM escalation WHERE id = $1", [body.id])).rows[0].state,
      (state) => state === "human_responded",
    );
  } finally {
    await db.owner.query("DROP FUNCTION slow_disk() CASCADE");
  }
  await app.cardSays(body.id, "Approved by");
  expect(app.as("U0PRIYA").ephemerals().slice(before).join()).not.toMatch(/nothing was decided|decided nothing/);
});

test("while the wire swallows everything nobody waits for longer than a few seconds, and afterwards all goes on", async () => {
  const strangers = await app.agent("infra-agent");
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(901));
  const { ts } = await app.card(body.id);
  const at = `/v1/escalations/${body.id}`;
  const before = app.as("U0MARIA").ephemerals().length;
  await refunds.call("GET", at);
  wire.hang();
  const clicked = async () => {
    await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
    const [told] = await app.until(
      "the answer to the click",
      () => app.as("U0MARIA").ephemerals().slice(before),
      (list) => list.length > 0,
    );
    return told;
  };
  const asked = {
    read: refunds.call("GET", at),
    waited: refunds.call("GET", `${at}?wait=1`),
    listed: refunds.call("GET", "/v1/escalations"),
    audit: refunds.call("GET", `${at}/audit`),
    evaluated: refunds.call("POST", "/v1/policy/evaluate", refundRequest(902)),
    submitted: refunds.call("POST", "/v1/escalations", refundRequest(902)),
    withKeyUnknownYet: strangers.call("GET", "/v1/escalations"),
    ready: refunds.call("GET", "/readyz"),
  };
  let late = false;
  const patience = setTimeout(() => {
    late = true;
    wire.letThrough();
  }, 15_000);
  try {
    const [told, ...answers] = await Promise.all([clicked(), ...Object.values(asked)]);
    // A statement that hangs is given up by itself only after twenty seconds.
    expect(late).toBe(false);
    // What is known here is decided on at once: it may be on its way, and what became of it is told when it is known.
    expect(told).toContain("you are told here as soon as we know");
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  } finally {
    clearTimeout(patience);
    wire.letThrough();
  }
  const { body: after } = await refunds.call("GET", at);
  const known = after.state === "paused_pending_human" ? "It was not recorded" : "It was recorded";
  await app.until(
    "what became of the click",
    () => app.as("U0MARIA").ephemerals().slice(before).join("\n"),
    (all) => all.includes(known),
  );
  expect((await refunds.call("POST", "/v1/escalations", refundRequest(903))).status).toBe(201);
});

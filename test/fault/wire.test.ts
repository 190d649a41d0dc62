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
  await db.owner.query("CREATE TRIGGER slow_disk BEFORE UPDATE ON escalation FOR EACH ROW EXECUTE FUNCTION slow_disk()");
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

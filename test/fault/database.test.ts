import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** The database goes away under the running product: nothing is acknowledged that is not stored, every click is answered, and it comes back by itself. */
let app: App;
let refunds: Agent;
let admin: pg.Client;
let database: string;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
  database = String((await app.db.pool.query("SELECT current_database() AS name")).rows[0].name);
  admin = new pg.Client({ connectionString: app.db.ownerUrl.replace(`/${database}?`, "/postgres?") });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await app?.close();
});

async function away<T>(work: () => Promise<T>): Promise<T> {
  await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [database]);
  try {
    return await work();
  } finally {
    await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
  }
}

test("while it is away: 503 with Retry-After, clicks and forms are answered; afterwards everything goes on", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "reject", ts);
  await app.until("the form", () => priya.top());
  await away(async () => {
    const refused = await refunds.call("POST", "/v1/escalations", refundRequest(900));
    expect(refused).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
    await app.until("the answer to the click", () =>
      app
        .as("U0MARIA")
        .ephemerals()
        .some((text) => text.includes("nothing was decided")),
    );
    expect(JSON.stringify(await priya.submit({ reason_code: "not_needed" }))).toContain("nothing was decided");
    expect(await priya.command("C0PAYMENTS", "/countersign queue")).toContain("try again in a moment");
    expect((await refunds.call("GET", "/healthz")).status).toBe(200);
    expect((await refunds.call("GET", "/readyz")).body.missing.join()).toContain("database cannot be reached");
  });
  expect((await refunds.call("GET", `/v1/escalations/${body.id}`)).body.state).toBe("paused_pending_human");
  await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    async () => (await refunds.call("GET", `/v1/escalations/${body.id}`)).body.state,
    (state) => state === "human_responded",
  );
  await app.cardSays(body.id, "Approved by");
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

/** As after a failover, when what was the primary only follows: every session reads and none writes. */
async function readOnly<T>(work: () => Promise<T>): Promise<T> {
  const set = async (how: string) => {
    await admin.query(`ALTER DATABASE ${database} ${how}`);
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [database]);
  };
  await set("SET default_transaction_read_only = on");
  try {
    return await work();
  } finally {
    await set("RESET default_transaction_read_only");
  }
}

test("while it can only be read: agents read on and get 503 with Retry-After for the rest, and people hear that nothing was decided", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  const refusals = () =>
    app
      .as("U0MARIA")
      .ephemerals()
      .filter((text) => text.includes("nothing was decided"));
  const before = refusals().length;
  const state = async () => (await refunds.call("GET", `/v1/escalations/${body.id}`)).body.state;
  await readOnly(async () => {
    await app.until("agents to read on", state, (read) => read === "paused_pending_human");
    const refused = await refunds.call("POST", "/v1/escalations", refundRequest(900));
    expect(refused).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
    await app.until("the answer to the click", () => refusals().length > before);
    expect(await state()).toBe("paused_pending_human");
  });
  await app.until("the database to be written again", async () => {
    await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
    return (await state()) === "human_responded";
  });
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

test("a session that holds the lock past the deadline is waited for, and then the click is too late", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM live WHERE id = $1 FOR UPDATE", [body.id]);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the write to wait",
    async () =>
      (
        await admin.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", [
          database,
        ])
      ).rows[0].n,
    (n) => n > 0,
  );
  await app.db.shiftClock(31 * 60_000);
  await holder.query("ROLLBACK");
  await holder.end();
  const settled = await app.until(
    "the end",
    async () => {
      await app.running.round();
      return (await refunds.call("GET", `/v1/escalations/${body.id}`)).body;
    },
    (e) => e.state !== "paused_pending_human",
  );
  expect(settled).toMatchObject({ state: "timed_out", decision: { source: "timeout" } });
});

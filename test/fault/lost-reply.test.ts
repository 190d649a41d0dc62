import { afterAll, beforeAll, expect, test } from "vitest";
import type { SubmitParts } from "../../src/engine/commands/submit.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { faults } from "../support/properties.ts";

/** Postgres commits, and the reply never comes: looking settles whether it was written, so nobody is told the wrong thing and nothing is done twice. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

/** The next statements whose name begins so run, and their replies are lost with the connection. */
function loseReplies(name: string, times: number): void {
  const { pool } = app.running.parts;
  const query = pool.query.bind(pool);
  let left = times;
  Object.assign(pool, {
    query: async (statement: { name?: string }) => {
      const answer = await query(statement as never);
      if (statement.name?.startsWith(name) && left-- > 0)
        throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
      return answer;
    },
  });
}

test("an opening whose reply is lost is acknowledged all the same, once", async () => {
  loseReplies("open_escalations", 1);
  const request = {
    ...refundRequest(),
    action: { type: "cloud.delete_volume", title: "t", params: { volume_id: "v" }, target: "vol-prod-1" },
  };
  const answer = await refunds.call("POST", "/v1/escalations", request);
  expect(answer.status).toBe(201);
  expect((await app.db.pool.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n).toBe(1);
  await app.card(answer.body.id);
});

test("a counted opening whose reply is lost is acknowledged all the same, once, and counted once", async () => {
  loseReplies("open_escalations_counted", 1);
  const before = (await app.db.pool.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n;
  const answer = await refunds.call("POST", "/v1/escalations", refundRequest(777));
  expect(answer.status).toBe(201);
  expect((await app.db.pool.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n).toBe(before + 1);
  expect((await app.db.pool.query("SELECT count, amount::float8 FROM velocity_bucket")).rows).toEqual([
    { count: 1, amount: 777 },
    { count: 1, amount: 777 },
  ]);
});

test("a decision whose reply is lost is the clicker's own, not somebody else's", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  const before = app.as("U0PRIYA").ephemerals().length;
  loseReplies("change_", 1);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    async () => (await refunds.call("GET", `/v1/escalations/${body.id}`)).body.state,
    (state) => state === "human_responded",
  );
  await app.cardSays(body.id, "Approved by");
  expect(app.as("U0PRIYA").ephemerals()).toHaveLength(before);
  const { rows } = await app.db.pool.query("SELECT count(*)::int AS n FROM decision WHERE escalation_id = $1", [body.id]);
  expect(rows[0].n).toBe(1);
});

test("while nobody can look whether it was stored, nobody is told that nothing happened; afterwards they hear what did", async () => {
  const { pool } = app.running.parts;
  const open = async (amount: number) => (await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id;
  const [clicked, withdrawn] = [await open(771), await open(772)];
  const { ts } = await app.card(clicked);
  await app.card(withdrawn);
  const { query } = pool;
  loseReplies("change_", 2);
  const losing = pool.query.bind(pool);
  Object.assign(pool, {
    query: async (statement: { name?: string }) => {
      if (statement.name === "was_written") throw Object.assign(new Error("no route to the primary"), { code: "ECONNREFUSED" });
      return losing(statement as never);
    },
  });
  const told = () => app.as("U0PRIYA").ephemerals().slice(before);
  const before = app.as("U0PRIYA").ephemerals().length;
  try {
    await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
    const answer = await refunds.call("POST", `/v1/escalations/${withdrawn}/cancel`, { reason: "not wanted" });
    expect(answer).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
    expect(answer.body.detail).toContain("did not say in time whether this was stored");
    await app.until("the honest answer to the click", () => told().some((text) => text.includes("we don't know yet")));
    expect(told().join()).not.toContain("nothing was decided");
  } finally {
    Object.assign(pool, { query });
  }
  await app.until("what became of it", () => told().some((text) => text.includes("It was recorded")));
  expect((await refunds.call("GET", `/v1/escalations/${clicked}`)).body.state).toBe("human_responded");
  expect((await refunds.call("GET", `/v1/escalations/${withdrawn}`)).body.state).toBe("completed");
  await app.cardSays(clicked, "Approved by");
});

test("a claim whose checkpoint cannot be read is not called nothing: the same again brings both", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", { ...refundRequest(773), checkpoint: { step: 7 } });
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(body.id)).ts);
  await app.until(
    "the decision",
    async () => (await refunds.call("GET", `/v1/escalations/${body.id}`)).body.state,
    (state) => state === "human_responded",
  );
  // As in a replica that has not had it in its hands.
  (app.running.parts as SubmitParts).memory.forget(body.id);
  loseReplies("checkpoint", 1);
  const resume = () => refunds.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c-1", preconditions: [] });
  const first = await resume();
  expect(first.status).toBe(503);
  expect(first.body.detail).toContain("The claim is recorded");
  expect(first.body.detail).not.toContain("nothing was changed");
  expect(await resume()).toMatchObject({ status: 200, body: { checkpoint: { step: 7 }, execution: { attempt: 1 } } });
});

test("several decisions in one lost batch are each found again", async () => {
  const ids: string[] = [];
  for (let i = 0; i < faults(6); i++) ids.push((await refunds.call("POST", "/v1/escalations", refundRequest(800 + i))).body.id);
  for (const id of ids) await app.card(id);
  const by = {
    userId: "U0PRIYA",
    teamId: "T0LOCAL",
    account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] },
    accountAgeS: 0,
  };
  loseReplies("change_", 1);
  const answers = await Promise.all(
    ids.map((id) =>
      app.running.engine.handle(
        id,
        { type: "approve", by, seen: { version: 1, digest: null, complete: true }, reason: null },
        { kind: "person" },
      ),
    ),
  );
  for (const answer of answers) expect(answer).toMatchObject({ changed: true, escalation: { state: "human_responded" } });
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

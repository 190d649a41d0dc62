import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** What one process does from the submission to the decision without asking the database what it wrote itself. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

test("a wait and a click on a card that was drawn here read nothing", async () => {
  const { engine, parts } = app.running;
  const query = vi.spyOn(parts.pool, "query");
  const reads: string[] = [];
  const { load } = engine;
  const loading = vi.spyOn(engine, "load").mockImplementation((id) => {
    // Whoever tells people of it beside the card reads it as well.
    if (/src\/(http|slack\/listening)\//.test(new Error().stack ?? "")) reads.push(id);
    return load(id);
  });
  const cycle = async (amount: number) => {
    reads.length = 0;
    query.mockClear();
    const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(amount));
    const waiting = refunds.call("GET", `/v1/escalations/${body.id}?wait=30`);
    const card = await cardOf(app, body.id);
    await card.click("U0PRIYA", "Approve refund");
    expect((await waiting).body).toMatchObject({ state: "human_responded", decision: { type: "approve" } });
    const asked = query.mock.calls.map(([one]) => (one as unknown as { name?: string }).name);
    return [...reads, ...asked.filter((name) => name === "find_drawn")];
  };
  try {
    // Where the machine stands still for a quarter of a second there is something to read.
    const all: string[][] = [];
    while (all.length < 20 && all.at(-1)?.length !== 0) all.push(await cycle(1500 + all.length));
    expect(all.at(-1)).toEqual([]);
  } finally {
    loading.mockRestore();
    query.mockRestore();
  }
});

test("what this process has just owed goes out without being looked for", async () => {
  const { pool } = app.running.parts;
  const unsent = async () => (await app.db.owner.query("SELECT FROM outbox")).rowCount;
  // The lane is its own from the first card on, and empty.
  const first = await refunds.call("POST", "/v1/escalations", refundRequest(1600));
  await app.card(first.body.id);
  await app.until("an empty outbox", unsent, (left) => left === 0);
  const lookAgain = Promise.withResolvers<void>();
  const { query } = pool;
  const held = vi.spyOn(pool, "query").mockImplementation((async (...asked: Parameters<typeof query>) => {
    if ((asked[0] as unknown as { name?: string }).name === "look") await lookAgain.promise;
    return Reflect.apply(query, pool, asked);
  }) as never);
  try {
    const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1601));
    await app.card(body.id);
  } finally {
    lookAgain.resolve();
    held.mockRestore();
  }
  await app.until("an empty outbox", unsent, (left) => left === 0);
});

test("a wait that ends without news is answered with what the database has", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1700));
  await cardOf(app, body.id);
  const { revision } = (await refunds.call("GET", `/v1/escalations/${body.id}`)).body;
  // Nothing that was written here has changed this, and no revision tells of it.
  await app.db.pool.query("UPDATE card SET permalink = 'https://elsewhere.example/p1' WHERE escalation_id = $1", [body.id]);
  const waited = await refunds.call("GET", `/v1/escalations/${body.id}?wait=1`);
  expect(waited.body).toMatchObject({ state: "paused_pending_human", revision });
  expect(JSON.stringify(waited.body)).toContain("https://elsewhere.example/p1");
});

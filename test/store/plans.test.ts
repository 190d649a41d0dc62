import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/**
 * Statements that are prepared once keep the plan of their first day, when the tables were empty. It has to be the one for a
 * million rows: each row by its key, whatever the planner knows, or does not know, of the table.
 */
const GROWING = /^(live|ended|opened|idempotency|outbox|card|rendering|lane|vote|decision|audit|velocity|agent)/;
/** All there is in an index on purpose: it holds only what is wanted, or the first of it in its order. */
const WHOLE_INDEX: Record<string, string> = {
  agent_to_withdraw: "agents that were revoked and have something open",
  outbox_later: "the first and the last that was put off",
  outbox_to_reroute: "pages and alarms that have not been sent",
};

/** These go through a table from its oldest row, and no further than they say. */
const BOUNDED: Record<string, string> = { count_outbox: "ten thousand" };

type Node = { "Node Type": string; Plans?: Node[] } & Record<string, unknown>;

const statements = new Map<string, string>();
let db: TestDatabase;
beforeAll(async () => {
  const { query } = pg.Client.prototype;
  Object.assign(pg.Client.prototype, {
    query(this: { connectionParameters: { options?: string } }, statement: { name?: string; text: string }, ...rest: unknown[]) {
      const isPlannedOnce = this.connectionParameters.options?.includes("plan_cache_mode=force_generic_plan") === true;
      if (isPlannedOnce && statement.name !== undefined) statements.set(statement.name, statement.text);
      return Reflect.apply(query, this, [statement, ...rest]);
    },
  });
  try {
    await walk();
  } finally {
    Object.assign(pg.Client.prototype, { query });
  }
  db = await testDatabase();
});
afterAll(() => db?.close());

/** The roads that everything goes: asked, decided, done; asked and answered; and the loops of the house beside them. */
async function walk(): Promise<void> {
  const app = await startApp();
  const agent = await app.agent("refund-agent");
  const ask = async (more: object) => {
    const { body } = await agent.call("POST", "/v1/escalations", { ...refundRequest(1250), ...more }, { "idempotency-key": "k" });
    return { id: body.id as string, card: await cardOf(app, body.id) };
  };
  await app.as("U0PRIYA").openHome();
  const { id, card } = await ask({ checkpoint: { step: 1 } });
  await card.click("U0PRIYA", "Approve refund");
  const wait = (state: string) =>
    app.until(
      state,
      async () => (await agent.call("GET", `/v1/escalations/${id}?wait=5`)).body.state,
      (now) => now === state,
    );
  await wait("human_responded");
  const { body } = await agent.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c1" });
  const done = {
    status: "completed",
    execution_token: body.execution.token,
    executed_action_digest: body.decision.action_digest,
  };
  await agent.call("POST", `/v1/escalations/${id}/outcome`, done);
  await card.says("did exactly this");
  await agent.call("GET", "/v1/escalations?state=completed");
  await app.until("the sweep's work", () => statements.has("take_undelivered") && statements.has("drop_old_buckets"));
  await app.close();
}

async function faultsOf(text: string): Promise<string[]> {
  const { rows } = await db.pool.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`);
  const faults: string[] = [];
  const visit = (node: Node, above: Node | null) => {
    const { "Node Type": type, "Index Cond": condition = "", Filter: filter = "" } = node;
    const table = String(node["Relation Name"] ?? above?.["Relation Name"] ?? "");
    const index = String(node["Index Name"] ?? "");
    const of = `${type} of ${table} ${index} by ${condition} then ${filter}`;
    if (GROWING.test(table) && type === "Seq Scan") faults.push(of);
    if (GROWING.test(table) && index !== "" && condition === "(workspace = 1)" && !(index in WHOLE_INDEX)) faults.push(of);
    if (GROWING.test(table) && type !== "CTE Scan" && /\b(id|escalation_id|stream|sum|dedupe|sha256) = /.test(String(filter)))
      faults.push(of);
    for (const below of node.Plans ?? []) visit(below, node);
  };
  visit(rows[0]["QUERY PLAN"][0].Plan, null);
  return faults;
}

test.each(["of which nothing is known", "that were empty when they were counted"])(
  "a row of tables %s is found by its key",
  async (what) => {
    if (what.includes("counted")) await db.owner.query("VACUUM ANALYZE");
    expect(statements.size).toBeGreaterThan(30);
    const faults: Record<string, string[]> = {};
    for (const [name, text] of statements) {
      if (name in BOUNDED) continue;
      const found = await faultsOf(text);
      if (found.length > 0) faults[name] = found;
    }
    expect(faults).toEqual({});
  },
);

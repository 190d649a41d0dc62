import { randomUUID } from "node:crypto";
import pg from "pg";
import { perSecond } from "./per-second.ts";

/** The baseline: the least that Postgres must do for the same three steps. Each is a transaction of five round trips with a row lock as its guard. */
const STEPS = ["submitted", "decided", "resumed"];

export async function prepareBare(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query(`CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, state text NOT NULL, doc jsonb NOT NULL);
    CREATE TABLE IF NOT EXISTS bare_audit (id text, at timestamptz DEFAULT now(), body jsonb);
    CREATE TABLE IF NOT EXISTS bare_outbox (id bigint GENERATED ALWAYS AS IDENTITY, ref text, body jsonb)`);
  await client.end();
}

/** Cycles a second. */
export async function bareCycle(ownerUrl: string, together: number, total: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: Math.min(16, together) });
  const doc = JSON.stringify({
    action: { type: "payments.refund", params: { amount: 1250, order: "A-4721" } },
    brief: { decision: "Refund in full?" },
  });
  const one = async () => {
    const id = randomUUID();
    for (const state of STEPS) await step(pool, id, state, doc);
  };
  const rate = await perSecond(together, total, one);
  await pool.end();
  return rate;
}

async function step(pool: pg.Pool, id: string, state: string, doc: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    if (state === "submitted")
      await client.query({ name: "bare_insert", text: "INSERT INTO bare VALUES ($1, $2, $3)", values: [id, state, doc] });
    else {
      await client.query({ name: "bare_lock", text: "SELECT state, doc FROM bare WHERE id = $1 FOR UPDATE", values: [id] });
      await client.query({
        name: "bare_update",
        text: "UPDATE bare SET state = $2, doc = $3 WHERE id = $1",
        values: [id, state, doc],
      });
    }
    await client.query({ name: "bare_audit", text: "INSERT INTO bare_audit (id, body) VALUES ($1, $2)", values: [id, doc] });
    await client.query({ name: "bare_outbox", text: "INSERT INTO bare_outbox (ref, body) VALUES ($1, $2)", values: [id, doc] });
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLASS } from "../../src/domain/consequences/deliveries.ts";
import { createTogether } from "../../src/engine/delivery/together.ts";
import { renewLease, takeLanes } from "../../src/store/lanes.ts";
import { oweAll } from "../../src/store/outbox.ts";
import { openPool } from "../../src/store/pool.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

const LANE = "slack:chat.postMessage:C1";
const owed = (n: number) => ({
  lane: LANE,
  kind: "message" as const,
  escalationId: null,
  payload: { channel: "C1", text: `${n}` },
  priority: CLASS.waiting,
  dedupe: null,
  deliveryId: `dlv_locked_${n}`,
  agentId: "agt_one",
});

test("an outbox row that somebody holds fails neither the begins nor the finishes that share a statement with it", async () => {
  await oweAll(db.pool, [0, 1, 2].map(owed));
  const deliverer = "lse_locked";
  await renewLease(db.pool, deliverer, 20);
  await takeLanes(db.pool, deliverer, [LANE]);
  const { rows } = await db.pool.query("SELECT id, generation FROM outbox ORDER BY id");
  const options = { maxConnections: 4, applicationName: "locked", statementTimeoutMs: 20_000, lockTimeoutMs: 200 };
  const pool = openPool(db.appUrl, { ...options, plans: "by key" });
  const together = createTogether({ pool, deliverer, begins: { leftS: 1, withinMs: 5000 }, owed: () => {} });
  const holder = new pg.Client({ connectionString: db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT FROM outbox WHERE id = $1 FOR UPDATE", [rows[1].id]);
  try {
    const begun = await Promise.allSettled(rows.map(({ id, generation }) => together.begin({ id, generation, drawn: [] })));
    expect(begun.map((one) => (one.status === "fulfilled" ? one.value : one.reason.code))).toEqual([true, "55P03", true]);
    const finished = await Promise.allSettled(
      rows.map(({ id, generation }) => together.finish({ delivery: { id, generation, escalationId: null }, receipt: null })),
    );
    expect(finished.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  } finally {
    await holder.end();
    await pool.end();
  }
  const left = await db.pool.query("SELECT id FROM outbox");
  expect(left.rows.map(({ id }) => id)).toEqual([rows[1].id]);
});

import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countedAnew, sumsOf, type Velocity } from "../../src/domain/policy/velocity.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { createOpenCounted, type OpenCounted } from "../../src/engine/commands/open-counted.ts";
import { answerInTime } from "../../src/engine/loops/patience.ts";
import type { Write } from "../../src/store/write.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { opened, requestFor } from "../support/domain.ts";
import { storeFirst, waitingOne, writeOf } from "../support/stored.ts";

/** Several replicas that open what is counted, each with its own judgement. */
let db: TestDatabase;
let replicas: OpenCounted[];
beforeAll(async () => {
  db = await testDatabase();
  await storeFirst(db, waitingOne());
  const parts = { pool: db.pool, log: pino({ level: "silent" }), committed: () => {} };
  replicas = Array.from({ length: 3 }, () => createOpenCounted(parts));
});
afterAll(() => db?.close());

let made = 1;
function refundOf(target: string, createdAt: Date, amount: number): Escalation {
  const request = requestFor("payments.refund", { amount, currency: "USD" }, { action: { target } });
  const id = `esc_${String(++made).padStart(20, "0")}`;
  return { ...opened(request, "refund-agent"), id, createdAt, auditSeq: 1, auditHash: "0".repeat(64) };
}

/** Opens one and tells what had been counted before it. */
async function open(replica: OpenCounted, target: string, key: string | null = null): Promise<Velocity | null> {
  const seen: Velocity[] = [];
  const sums = sumsOf("type payments.refund", target, { target });
  const write = await answerInTime((patience) =>
    replica({
      sums: [sums],
      agentId: waitingOne().agentId,
      idempotencyKey: key,
      bytes: 1,
      patience,
      async compose(now, before, judgedBy): Promise<Write> {
        seen.push(before(sums));
        const after = { ...refundOf(target, now, 10), agentId: target };
        const plain = writeOf(null, after);
        const opening = { checkpoint: null, media: [], idempotencyKey: key, content: plain.opening?.content ?? "" };
        return { ...plain, after: { ...after, agentId: target }, opening, counted: countedAnew(null, after), judgedBy };
      },
    }),
  );
  return write === null ? null : (seen.at(-1) ?? null);
}

test("whatever comes at once on several replicas is judged by all that was counted before it, each by its own number", async () => {
  const before = await Promise.all(Array.from({ length: 120 }, (_, n) => open(replicas[n % 3] as OpenCounted, "customer/busy")));
  const counts = before.map((one) => one?.target.count24h ?? -1).sort((a, b) => a - b);
  expect(counts).toEqual(Array.from({ length: 120 }, (_, n) => n));
  expect(before.map((one) => one?.target.sum1h ?? -1).sort((a, b) => a - b)).toEqual(counts.map((n) => n * 10));
});

test("a sum that somebody holds keeps nobody waiting who adds to another", async () => {
  const [one, two] = replicas as [OpenCounted, OpenCounted];
  await open(one, "customer/held");
  const client = await db.owner.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM velocity_sum WHERE sum = decode($1, 'hex') FOR UPDATE", [
      sumsOf("type payments.refund", "customer/held", { target: "customer/held" }).target,
    ]);
    const held = open(one, "customer/held");
    const waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await db.owner.query(waits)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const others = await Promise.all([one, two, one].map((replica, n) => open(replica as OpenCounted, `customer/free-${n}`)));
    expect(others.map((other) => other?.target.count24h)).toEqual([0, 0, 0]);
    await client.query("COMMIT");
    expect((await held)?.target.count24h).toBe(1);
  } finally {
    client.release();
  }
});

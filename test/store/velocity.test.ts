import { afterAll, beforeAll, expect, test } from "vitest";
import { countedAnew, countedBack, sumsOf } from "../../src/domain/policy/velocity.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { forgetOldCounts } from "../../src/engine/watching/old-counts.ts";
import { readVelocity } from "../../src/store/velocity.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { opened, requestFor } from "../support/domain.ts";
import { planOf, storeFirst, touched, waitingOne, writeOf } from "../support/stored.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await storeFirst(db, waitingOne());
});
afterAll(() => db?.close());

const now = async (): Promise<Date> => (await db.pool.query("SELECT db_now() AS now")).rows[0].now;
let made = 1;
async function store(target: string, amount: number): Promise<Escalation> {
  const request = requestFor("payments.refund", { amount, currency: "USD" }, { action: { target } });
  const id = `esc_${String(++made).padStart(20, "0")}`;
  const one = { ...opened(request, "refund-agent"), id, createdAt: await now(), auditSeq: 1, auditHash: "0".repeat(64) };
  await writeEscalations(db.pool, [{ ...writeOf(null, one), counted: countedAnew(null, one) }]);
  return one;
}
async function end(one: Escalation, endedReason: "rejected" | "executed"): Promise<void> {
  const after: Escalation = { ...one, revision: 2, state: "completed", endedReason, endedAt: await now(), dueAt: null };
  const written = await writeEscalations(db.pool, [{ ...writeOf(one, after), counted: countedAnew(one, after) }]);
  expect(written.size).toBe(1);
}
const sums = (target: string) => sumsOf("type payments.refund", waitingOne().agentId, { target });
const targetOf = async (target: string, besides = countedBack(waitingOne())) => {
  const name = sums(target).target;
  return (await readVelocity(db.pool, [name], besides)).sums.get(name)?.counts;
};

test("what ends without having been allowed to run takes back exactly what it had added, however large it was", async () => {
  await store("customer/small", 450.1);
  const huge = await store("customer/small", 1e300);
  expect(await targetOf("customer/small")).toMatchObject({ count24h: 2, sum24h: 1e300 });
  await end(huge, "rejected");
  expect(await targetOf("customer/small")).toMatchObject({ count1h: 1, count24h: 1, sum1h: 450.1, sum24h: 450.1 });
  await end(await store("customer/small", 50.2), "executed");
  expect(await targetOf("customer/small")).toMatchObject({ count24h: 2, sum24h: 500.3 });
});

test("a sum beyond every number is read as infinite", async () => {
  for (let n = 0; n < 3; n++) await store("customer/endless", 1.7e308);
  expect(await targetOf("customer/endless")).toMatchObject({ sum24h: Number.POSITIVE_INFINITY });
});

test("what is judged once more is left out of its own sums", async () => {
  await store("customer/again", 100);
  const changed = await store("customer/again", 700);
  expect(await targetOf("customer/again", countedBack(changed))).toMatchObject({
    count24h: 1,
    sum24h: 100,
    count1h: 1,
    sum1h: 100,
  });
});

test("a window holds its hour or day and up to five minutes more, and what no window reaches is forgotten", async () => {
  const old = await store("customer/windows", 10);
  await db.shiftClock(60 * 60_000 - 1000);
  expect(await targetOf("customer/windows")).toMatchObject({ count1h: 1, count24h: 1 });
  await db.shiftClock(5 * 60_000 + 1000);
  expect(await targetOf("customer/windows")).toMatchObject({ count1h: 0, sum1h: 0, count24h: 1, sum24h: 10 });
  await db.shiftClock(23 * 60 * 60_000 - 6 * 60_000);
  expect(await targetOf("customer/windows")).toMatchObject({ count24h: 1 });
  await store("customer/recent", 10);
  await db.shiftClock(6 * 60_000);
  expect(await targetOf("customer/windows")).toMatchObject({ count24h: 0, sum24h: 0 });
  await db.shiftClock(60 * 60_000);
  await forgetOldCounts(db);
  // What ends after that takes nothing back: nothing is left of it.
  await end(old, "rejected");
  expect((await db.pool.query("SELECT count FROM velocity_bucket")).rows).toEqual([{ count: 1 }, { count: 1 }]);
});

test("what was counted in a day is read from so many rows at the most, however busy the day was", async () => {
  const { agent, target } = sums("customer/busy-day");
  for (const name of [agent, target])
    await db.owner.query(
      `INSERT INTO velocity_bucket (sum, starts_at, count, amount)
       SELECT decode($1, 'hex'), date_bin('5 min', db_now(), 'epoch') - n * interval '5 min', 700, 70000 FROM generate_series(0, 400) n
       ON CONFLICT DO NOTHING`,
      [name],
    );
  const nodes = await planOf(db.pool, (spy) => readVelocity(spy, [agent, target]));
  const buckets = nodes.filter((node) => node["Relation Name"] === "velocity_bucket");
  expect(buckets.map((node) => node["Index Name"])).toEqual(buckets.map(() => "velocity_bucket_pkey"));
  expect(buckets.reduce((sum, node) => sum + touched(node), 0)).toBeLessThanOrEqual(2 * 290);
  expect(nodes.filter((node) => node["Node Type"] === "Seq Scan")).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { beginNext, leaseLanes, oweAll, postpone } from "../../src/store/outbox.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

const owed = (lane: string, n: number) => ({
  lane,
  kind: "message" as const,
  escalationId: null,
  payload: {},
  priority: 1,
  dedupe: null,
  deliveryId: `dlv_${lane}_${n}`,
});
const release = () => db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");

test("what hangs on one road takes no place of another: callbacks never keep Slack waiting", async () => {
  const callbacks = Array.from({ length: 40 }, (_, i) => owed(`callback:agt_${i}:0`, i));
  await oweAll(db.pool, [...callbacks, owed("slack:chat.postMessage:C1", 0), owed("email_page:a@b.example", 0)]);
  const leased = await leaseLanes(db.pool, "lse_1", { slack: 16, callback: 16, other: 8 }, 45);
  expect(leased.filter((one) => one.road === "callback")).toHaveLength(16);
  expect(
    leased
      .filter((one) => one.road !== "callback")
      .map((one) => one.lane)
      .sort(),
  ).toEqual(["email_page:a@b.example", "slack:chat.postMessage:C1"]);
  expect(await leaseLanes(db.pool, "lse_2", { slack: 16, callback: 0, other: 8 }, 45)).toEqual([]);
  await release();
});

test("what is put off for hours is not taken for a time from before the clock was set back", async () => {
  await db.owner.query("DELETE FROM outbox");
  await oweAll(db.pool, [owed("callback:agt_x:0", 1)]);
  const [leased] = await leaseLanes(db.pool, "lse_3", { slack: 1, callback: 1, other: 1 }, 45);
  const delivery = await beginNext(db.pool, leased?.lane ?? "", "lse_3", 45);
  if (delivery === null) throw new Error("nothing to send");
  await postpone(db.pool, delivery, 90 * 60_000, false, false, "Retry-After: 3600");
  await release();
  expect(await leaseLanes(db.pool, "lse_4", { slack: 1, callback: 1, other: 1 }, 45)).toEqual([]);
  await db.shiftClock(51 * 60_000);
  expect(await leaseLanes(db.pool, "lse_5", { slack: 1, callback: 1, other: 1 }, 45)).toHaveLength(1);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { CLASS } from "../../src/domain/consequences/deliveries.ts";
import { openAlarm } from "../../src/store/alarms.ts";
import { oweAll, takeUndelivered } from "../../src/store/outbox.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** What was written while the database's clock was ahead, and is looked at after it was set back. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const DAY_MS = 24 * 3_600_000;

test("an alarm that rang before the clock was set back rings again, and not a day later", async () => {
  await db.shiftClock(DAY_MS);
  expect(await openAlarm(db.pool, "slack_down", 3600)).toBe(true);
  expect(await openAlarm(db.pool, "slack_down", 3600)).toBe(false);
  await db.shiftClock(-DAY_MS);
  expect(await openAlarm(db.pool, "slack_down", 3600)).toBe(true);
  expect(await openAlarm(db.pool, "slack_down", 3600)).toBe(false);
});

test("a page that is owed since before the clock was set back goes another way, and not a day later", async () => {
  const page = {
    lane: "slack:chat.postMessage:U0PRIYA",
    kind: "page" as const,
    escalationId: null,
    deliveryId: "dlv_page",
    payload: { userId: "U0PRIYA", token: 1, label: "primary", round: 1, via: ["dm" as const] },
    priority: CLASS.page,
    dedupe: null,
  };
  await db.shiftClock(DAY_MS);
  await oweAll(db.pool, [page]);
  expect(await takeUndelivered(db.pool, 60, 10)).toEqual([]);
  await db.shiftClock(-DAY_MS);
  expect(await takeUndelivered(db.pool, 60, 10)).toMatchObject([{ deliveryId: "dlv_page" }]);
  expect(await takeUndelivered(db.pool, 60, 10)).toEqual([]);
});

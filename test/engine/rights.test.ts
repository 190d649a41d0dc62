import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { watchRights } from "../../src/engine/watching/rights.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { directory } from "../support/domain.ts";

/** What the roles of the database promise, looked at by a server that should hold no more than it needs. */
let db: TestDatabase;
const log = pino({ level: "silent" });
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

async function alarms(): Promise<string[]> {
  const { rows } = await db.owner.query("SELECT payload ->> 'text' AS text FROM outbox WHERE kind = 'message' ORDER BY id");
  return rows.map((row) => row.text);
}

test("a moved clock rings once for as long as it lasts, and again when it happens again", async () => {
  const parts = { pool: db.pool, directory: () => directory, log };
  for (const shift of ["0", "1 h", "1 h", "0", "1 h"]) {
    await db.owner.query("UPDATE clock_shift SET shift = $1", [shift]);
    await watchRights(parts, false);
  }
  expect(await alarms()).toEqual([expect.stringContaining("has been moved"), expect.stringContaining("has been moved")]);
});

test("a server that works as the owner of its tables rings, and one that works as the application does not", async () => {
  await db.owner.query("UPDATE clock_shift SET shift = '0'; DELETE FROM outbox");
  await watchRights({ pool: db.pool, directory: () => directory, log }, false);
  expect(await alarms()).toEqual([]);
  await watchRights({ pool: db.owner, directory: () => directory, log }, false);
  expect(await alarms()).toEqual([expect.stringContaining("which owns the tables")]);
});

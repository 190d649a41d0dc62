import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test("the application role may not change or delete audit entries, decisions or the clock", async () => {
  for (const sql of [
    "DELETE FROM audit_entry",
    "UPDATE audit_entry SET hash = ''",
    "TRUNCATE audit_entry",
    "DELETE FROM decision",
    "UPDATE clock_shift SET shift = '1 h'",
    "DELETE FROM vote",
  ]) {
    await expect(db.pool.query(sql)).rejects.toThrow(/permission denied/);
  }
});

test("even the owner is refused by the triggers", async () => {
  await db.owner.query("INSERT INTO audit_entry (stream, seq, at, body, hash) VALUES ('x', 1, now(), 'b', repeat('0', 64))");
  for (const sql of ["DELETE FROM audit_entry", "UPDATE audit_entry SET at = now()", "TRUNCATE audit_entry"]) {
    await expect(db.owner.query(sql)).rejects.toThrow(/written once/);
  }
});

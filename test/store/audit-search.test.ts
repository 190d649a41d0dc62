import { afterAll, beforeAll, expect, test } from "vitest";
import { findEscalations } from "../../src/engine/reading/audit.ts";
import { type AuditSearch, searchEscalations } from "../../src/store/audit-search.ts";
import { makeMonths } from "../../src/store/months.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { planOf, storeCopies, storeFirst, touched, waitingOne } from "../support/stored.ts";

/** What an auditor looks for is found by the time that ids begin with: no index beside the key is kept for it. */
const EVERYTHING: AuditSearch = { agent: null, person: null, actionType: null, since: null, until: null, outcome: null };
const COPIES = 2000;
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await makeMonths(db.pool, "", 1);
  await makeMonths(db.pool, "eu1", 1);
  const first = waitingOne();
  await storeFirst(db, first);
  // One a minute, in turn from before the cell had a name and from afterwards.
  const time = "timestamptz '2026-01-01Z' + interval '1 minute' * n";
  const id = `first_id_at((ARRAY['', 'eu1'])[n % 2 + 1], ${time}) || lpad(n::text, 16, '0')`;
  await storeCopies(db, first.id, COPIES, { id, created_at: time });
  await db.owner.query("DELETE FROM live WHERE id = $1", [first.id]);
  await db.owner.query("DELETE FROM opened WHERE id = $1", [first.id]);
  await db.owner.query("VACUUM ANALYZE");
});
afterAll(() => db.close());

/** The minutes of what is found, in the order in which it is. */
async function minutesOf(search: Partial<AuditSearch>): Promise<number[]> {
  const minutes: number[] = [];
  for await (const { id } of findEscalations(db.pool, { ...EVERYTHING, ...search })) minutes.push(Number(id.slice(-16)));
  return minutes;
}
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i);

test("everything is found, newest first over all pages, also what was opened before the cell had its name", async () => {
  expect(await minutesOf({})).toEqual(down(COPIES, 1));
  const before1970 = new Date("1900-01-01Z");
  expect(await minutesOf({ since: before1970, until: new Date("9999-01-01Z") })).toEqual(down(COPIES, 1));
  expect(await minutesOf({ until: before1970 })).toEqual([]);
});

test("from a moment on, and until before another", async () => {
  expect(await minutesOf({ since: at(1990) })).toEqual(down(COPIES, 1990));
  expect(await minutesOf({ since: at(100), until: at(900) })).toEqual(down(899, 100));
  expect(await minutesOf({ until: new Date(at(3).getTime() + 1) })).toEqual([3, 2, 1]);
});

test("what lies outside the time is not looked at", async () => {
  const search = { ...EVERYTHING, since: at(1000), until: at(1020) };
  const plan = await planOf(db.pool, (pool) => searchEscalations(pool, search, 200, null));
  const looked = plan.filter((node) => node["Relation Name"] === "opened");
  expect(looked.map((node) => node["Index Name"])).toEqual(["opened_pkey"]);
  expect(looked.reduce((sum, node) => sum + touched(node), 0)).toBeLessThan(50);
});

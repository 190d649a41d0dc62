import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** What belongs to a customer is found by its workspace first, so that a database may hold several one day. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

/** Of the whole database: its clock, its migrations, the months it is cut into and what its ids begin with, what was restored, and which processes send. */
const OF_THE_HOUSE = ["cell", "clock_shift", "deliverer", "migration", "month", "monthly", "recovery"];

async function customersTables(): Promise<string[]> {
  const { rows } = await db.owner.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'countersign'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition ORDER BY 1`,
  );
  const names = rows.map((row) => row.name as string);
  expect(names).toEqual(expect.arrayContaining(OF_THE_HOUSE));
  return names.filter((name) => !OF_THE_HOUSE.includes(name));
}

test("every key and index of what belongs to a customer begins with its workspace", async () => {
  const tables = await customersTables();
  expect(tables).toEqual(expect.arrayContaining(["opened", "live", "ended", "audit_entry", "outbox", "card"]));
  const { rows } = await db.owner.query(
    `SELECT t.relname AS on, i.relname AS index, pg_get_indexdef(i.oid) AS def, a.amname AS method
      FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
      WHERE t.relname = ANY($1) AND t.relnamespace = 'countersign'::regnamespace`,
    [tables],
  );
  const keyed = new Set(rows.filter(({ def }) => / UNIQUE INDEX .* btree \(workspace, /.test(def)).map((row) => row.on));
  expect(tables.filter((name) => !keyed.has(name))).toEqual([]);
  // An index of words holds no numbers, and is of what waits only.
  const others = rows
    .filter(({ def, method }) => method === "btree" && !/ btree \(workspace, /.test(def))
    .map((row) => row.index);
  expect(others).toEqual([]);
});

/** Moves the clock, or looks after all that there was: the owner's, and for every workspace. */
const WHOLE_DATABASE = ["clock-shift.ts", "recovery.ts"];
const LITERALS = /`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/g;

/** What is quoted in a file, with what its constants put in. */
function statementsOf(text: string): string[] {
  const constants = [...text.matchAll(/const (\w+)\b[^=\n]*=\s*(`(?:\\.|[^`\\])*`|"[^"\n]*")/g)];
  const put = (one: string): string =>
    constants.reduce((so, [, name, value]) => (name === undefined ? so : so.replaceAll(`\${${name}}`, () => value ?? "")), one);
  return (text.match(LITERALS) ?? []).map((one) => put(put(put(one))));
}

test("every statement names the workspace of each table it touches", async () => {
  const tables = await customersTables();
  const touching = new RegExp(`\\b(?:FROM|JOIN|UPDATE|INTO|USING) (?:${tables.join("|")}|moving|escalation)\\b`, "g");
  const files = readdirSync("src/store").filter((name) => !WHOLE_DATABASE.includes(name));
  const statements = files.flatMap((name) =>
    statementsOf(readFileSync(path.join("src/store", name), "utf8")).map((text) => ({ name, text })),
  );
  const isPart = (text: string) => /^.UPDATE/.test(text) && !text.includes(" WHERE ");
  const count = (text: string, what: RegExp) => (text.match(what) ?? []).length;
  const touched = statements.filter(({ text }) => count(text, touching) > 0 && !isPart(text));
  expect(touched.length).toBeGreaterThan(80);
  const found = touched.filter(({ text }) => count(text, touching) > count(text, /\bworkspace\b/g));
  expect(found.map(({ name, text }) => `${name}: ${text.slice(0, 200)}`)).toEqual([]);
});

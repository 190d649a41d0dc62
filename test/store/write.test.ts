import { afterAll, beforeAll, expect, test } from "vitest";
import { DELIVERY_KINDS } from "../../src/domain/consequences/deliveries.ts";
import {
  DECISION_SOURCES,
  DECISION_TYPES,
  ENDED_REASONS,
  STATES,
  SUPPORTED_KINDS,
  TIERS,
} from "../../src/domain/shapes/vocabulary.ts";
import { insertConfiguration } from "../../src/store/configurations.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { storeFirst, waitingOne, writeOf } from "../support/stored.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test("the application role may not change or delete audit entries, decisions, configurations or the clock, nor what was asked for and by whom", async () => {
  for (const sql of [
    "DELETE FROM audit_entry",
    "UPDATE audit_entry SET hash = ''",
    "TRUNCATE audit_entry",
    "DELETE FROM decision",
    "UPDATE clock_shift SET shift = '1 h'",
    "DELETE FROM vote",
    "UPDATE opened SET content = ''",
    "UPDATE opened SET agent_id = 'agt_x'",
    "UPDATE opened SET priority = 'urgent'",
    "UPDATE opened SET created_at = now()",
    "UPDATE opened SET idempotency_key = NULL",
    "UPDATE agent SET owner = NULL",
    "UPDATE agent_key SET agent_id = ''",
    "UPDATE configuration SET text = ''",
    "DELETE FROM configuration",
  ]) {
    await expect(db.pool.query(sql)).rejects.toThrow(/permission denied/);
  }
});

test("the database's types hold every word of the domain's lists", async () => {
  const lists = {
    escalation_kind: SUPPORTED_KINDS,
    escalation_state: STATES,
    tier: TIERS,
    ended_reason: ENDED_REASONS,
    decision_type: DECISION_TYPES,
    decision_source: DECISION_SOURCES,
    delivery_kind: DELIVERY_KINDS,
  };
  for (const [type, words] of Object.entries(lists)) {
    const { rows } = await db.pool.query(`SELECT unnest(enum_range(NULL::${type}))::text AS word`);
    expect(
      rows.map((row) => row.word),
      type,
    ).toEqual(expect.arrayContaining([...words]));
  }
});

test("even the owner is refused by the triggers", async () => {
  await db.owner.query("INSERT INTO audit_entry (stream, seq, body, hash) VALUES ('x', 1, 'b', '0')");
  for (const sql of ["DELETE FROM audit_entry", "UPDATE audit_entry SET seq = 2", "TRUNCATE audit_entry"]) {
    await expect(db.owner.query(sql)).rejects.toThrow(/written once/);
  }
});

test("what was judged by a configuration that is no longer the newest is not written", async () => {
  const policy = `sha256:${"0".repeat(64)}`;
  await db.owner.query("INSERT INTO policy_version (hash, source) VALUES ($1, '') ON CONFLICT DO NOTHING", [policy]);
  const put = (number: number) =>
    insertConfiguration(db.pool, { number, digest: "0".repeat(64), text: "schema: 1", policyHash: policy });
  expect(await put(1)).toBe(true);
  expect(await put(1)).toBe(false);
  const first = waitingOne();
  await storeFirst(db, first);
  const vote = (configuration: number) => ({ ...writeOf(first, { ...first, revision: 2 }), configuration });
  await put(2);
  expect(await writeEscalations(db.pool, [vote(1)])).toEqual(new Set());
  expect(await writeEscalations(db.pool, [vote(2)])).toEqual(new Set([first.id]));
  const another = { ...waitingOne(), id: "esc_Another1" };
  const opening = (configuration: number) => ({ ...writeOf(null, another), configuration });
  expect(await writeEscalations(db.pool, [opening(1)])).toEqual(new Set());
  expect(await writeEscalations(db.pool, [opening(2)])).toEqual(new Set([another.id]));
});

test("the database tries nowhere to pack again what is sealed, in no month", async () => {
  const { rows } = await db.owner.query(
    `SELECT c.relname AS table, a.attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'countersign'::regnamespace AND a.attname IN ('content', 'checkpoint')
       AND a.attstorage = 'e' ORDER BY 1, 2`,
  );
  const found = rows.map(({ table, column }) => `${table}.${column}`);
  expect(found).toEqual(
    expect.arrayContaining(["audit_secret.content", "audit_secret_other.content", "opened.checkpoint", "opened.content"]),
  );
  expect(found.filter((name) => /^audit_secret_\d{4}_\d\d\.content$/.test(name)).length).toBeGreaterThan(0);
});

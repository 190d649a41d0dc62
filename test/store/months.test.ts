import { afterAll, beforeAll, expect, test } from "vitest";
import { firstIdAt, newEscalationId } from "../../src/engine/ids.ts";
import { makeMonths } from "../../src/store/months.ts";
import { findByIdempotencyKey } from "../../src/store/read-escalations.ts";
import type { Write } from "../../src/store/write.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { storeFirst, waitingOne, writeOf } from "../support/stored.ts";

/** What is kept for ever lies in months, which the application may ask for and never owns. */
const THIS_MONTH = new Date(Date.UTC(2030, 0, 15));
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.shiftClock(THIS_MONTH.getTime() - performance.timeOrigin - performance.now());
  expect(await makeMonths(db.pool, "", 2)).toBe(3);
});
afterAll(() => db.close());

const months = async () =>
  (await db.owner.query("SELECT to_char(begins AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM month ORDER BY begins")).rows.map(
    (row) => row.month as string,
  );
const drop = (month: string) => db.pool.query("SELECT drop_partition($1)", [`${month}-01T00:00:00Z`]);
const lies = async (id: string) =>
  (await db.owner.query("SELECT tableoid::regclass::text AS at FROM audit_entry WHERE stream = $1", [id])).rows[0]?.at;
const opened = async (id: string) => (await db.owner.query("SELECT FROM opened WHERE id = $1", [id])).rowCount;

test("the database begins an id as the product does, and a month is made once", async () => {
  for (const at of [new Date(0), THIS_MONTH, new Date("2026-11-25T01:02:03.456Z"), new Date("4200-01-01")]) {
    const { rows } = await db.pool.query("SELECT first_id_at($1, $2) AS id", ["eu1", at]);
    expect(rows[0].id).toBe(firstIdAt(at, "eu1"));
  }
  expect(await makeMonths(db.pool, "", 2)).toBe(0);
  expect(await makeMonths(db.pool, "", 3)).toBe(1);
  expect(await months()).toEqual(expect.arrayContaining(["2030-01", "2030-02", "2030-03", "2030-04"]));
  await expect(makeMonths(db.pool, "x; --", 1)).rejects.toThrow("no such cell");
});

const keyed = (id: string, key: string): Write => {
  const write = writeOf(null, { ...waitingOne(), id });
  return { ...write, opening: { checkpoint: null, media: [], idempotencyKey: key, content: write.opening?.content ?? "" } };
};

test("what was opened in a month goes with it, and so do the keys that led there; but nothing that is open, unsealed or held", async () => {
  const january = newEscalationId(THIS_MONTH, "");
  const march = newEscalationId(new Date(Date.UTC(2030, 2, 2)), "");
  await storeFirst(db, { ...waitingOne(), id: newEscalationId(THIS_MONTH, "") });
  expect([...(await writeEscalations(db.pool, [keyed(january, "k-1"), keyed(march, "k-2")]))]).toEqual([january, march]);
  for (const id of [january, march])
    await db.owner.query("INSERT INTO audit_entry (stream, seq, body, hash) VALUES ($1, 1, '', '')", [id]);
  await db.owner.query("INSERT INTO card (escalation_id, place) VALUES ($1, 'C1'), ($2, 'C1')", [january, march]);
  // The same key once more, in another month.
  const again = newEscalationId(new Date(Date.UTC(2030, 1, 2)), "");
  expect([...(await writeEscalations(db.pool, [keyed(again, "k-1")]))]).toEqual([]);
  expect(await lies(january)).toBe("audit_entry_2030_01");
  expect(await lies(march)).toBe("audit_entry_2030_03");
  expect(await lies(again)).toBeUndefined();

  await expect(drop("2030-01")).rejects.toThrow("is not over");
  await expect(drop("2029-01")).rejects.toThrow("there is no month");
  await db.shiftClock(31 * 86_400_000);
  await expect(drop("2030-01")).rejects.toThrow("still open");
  await db.owner.query("DELETE FROM live WHERE id < $1", [firstIdAt(new Date(Date.UTC(2030, 1, 1)), "")]);
  await expect(drop("2030-01")).rejects.toThrow("is not sealed");
  await expect(db.pool.query("UPDATE month SET sealed_at = now()")).rejects.toThrow(/permission denied/);
  await db.owner.query("UPDATE month SET sealed_at = now(), held_for = 'a court' WHERE begins = '2030-01-01T00:00:00Z'");
  await expect(drop("2030-01")).rejects.toThrow("is held: a court");
  await db.owner.query("UPDATE month SET held_for = NULL");
  await expect(db.pool.query("DROP TABLE audit_entry_2030_01")).rejects.toThrow(/must be owner/);
  await drop("2030-01");
  expect(await months()).not.toContain("2030-01");
  expect([await lies(january), await opened(january), await opened(march)]).toEqual([undefined, 0, 1]);
  expect((await db.owner.query("SELECT escalation_id FROM card")).rows).toEqual([{ escalation_id: march }]);
  const agent = waitingOne().agentId;
  expect(await findByIdempotencyKey(db.pool, agent, "k-1")).toBeNull();
  expect(await findByIdempotencyKey(db.pool, agent, "k-2")).toBe(march);
});

import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { createCommit } from "../../src/engine/commands/commit.ts";
import { createCarriedClock } from "../../src/engine/loops/carried-clock.ts";
import { answerInTime } from "../../src/engine/loops/patience.ts";
import type { Write } from "../../src/store/write.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { storeFirst, waitingOne, writeOf } from "../support/stored.ts";

/** What becomes of writes that travel together when the database refuses one of them. */
let db: TestDatabase;
let changed: Escalation;
beforeAll(async () => {
  db = await testDatabase();
  changed = waitingOne();
  await storeFirst(db, changed);
});
afterAll(() => db?.close());

const another = (): Escalation => ({ ...waitingOne(), id: `esc_${Math.random().toString(36).slice(2).padEnd(20, "0")}` });

for (const [code, what] of [
  ["23514", "is refused"],
  ["55P03", "meets a lock"],
] as const) {
  test(`an opening beside a change that ${what} is acknowledged, once`, async () => {
    const { rows } = await db.owner.query("SELECT count(*)::int AS n FROM escalation");
    await db.owner.query(`CREATE FUNCTION refuse_change_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '${code}'; END $$`);
    await db.owner.query("CREATE TRIGGER refuse_one BEFORE UPDATE ON live FOR EACH ROW EXECUTE FUNCTION refuse_change_of_one()");
    const commit = createCommit({
      pool: db.pool,
      log: pino({ level: "silent" }),
      clock: createCarriedClock(),
      committed: () => {},
    });
    const writing = (write: Write) => answerInTime((patience) => commit(write, patience));
    try {
      const answers = await Promise.allSettled([
        writing(writeOf(null, another())),
        writing(writeOf(changed, { ...changed, revision: changed.revision + 1 })),
        writing(writeOf(null, another())),
      ]);
      expect(answers).toMatchObject([{ value: true }, { status: "rejected", reason: { code } }, { value: true }]);
      expect((await db.owner.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n).toBe(rows[0].n + 2);
    } finally {
      await db.owner.query("DROP FUNCTION refuse_change_of_one() CASCADE");
    }
  });
}

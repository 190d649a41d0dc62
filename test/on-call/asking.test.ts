import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import type { Directory, Source } from "../../src/domain/people/directory.ts";
import { createRosterBook } from "../../src/engine/on-call/roster.ts";
import { type AskSource, askOnCall, type SourceAnswer } from "../../src/engine/on-call/sources.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import { readNow } from "../../src/store/read-escalations.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** Asking the sources that live elsewhere: how often, what is kept of their answers, and what is said of them. */
const source: Source = { kind: "ical", url: "https://calendar.example/on-call.ics" };
const NAME = "platform";
const directory = {
  onCall: new Map([[NAME, source]]),
  reviewers: new Map([["U0ANNA", {}]]),
  alarmsChannel: "C0ALARMS",
} as unknown as Directory;
const anna: SourceAnswer = { ok: true, userIds: ["U0ANNA"], until: null, unmatched: [] };

let db: TestDatabase;
let parts: EngineParts;
let asked: number;
beforeEach(async () => {
  db = await testDatabase();
  const log = pino({ level: "silent" });
  parts = { pool: db.pool, log, directory: () => directory, roster: createRosterBook(db.pool) } as unknown as EngineParts;
  asked = 0;
});
afterEach(() => db.close());

const answering =
  (answer: SourceAnswer): AskSource =>
  async () => {
    asked++;
    return answer;
  };
const onCall = async () => whoIsOnCall(directory, parts.roster.current(), NAME, await readNow(db.pool));
const alarms = async () =>
  (await db.pool.query("SELECT payload FROM outbox ORDER BY id")).rows.map(({ payload }) => String(payload.text));

test("a source is asked once a minute, and again at once when the database's clock was set back", async () => {
  await askOnCall(parts, answering(anna));
  await askOnCall(parts, answering(anna));
  expect(asked).toBe(1);
  await db.shiftClock(61_000);
  await askOnCall(parts, answering(anna));
  expect(asked).toBe(2);
  await db.shiftClock(-3 * 3_600_000);
  await askOnCall(parts, answering(anna));
  expect(asked).toBe(3);
  await askOnCall(parts, answering(anna));
  expect(asked).toBe(3);
  expect(await onCall()).toEqual({ userIds: ["U0ANNA"], note: null });
});

test("an answer from the future is not fresh: it is from before the clock was set back", async () => {
  await askOnCall(parts, answering(anna));
  expect(await onCall()).toEqual({ userIds: ["U0ANNA"], note: null });
  await db.shiftClock(-3 * 3_600_000);
  expect(await onCall()).toEqual({ userIds: ["U0ANNA"], note: "last known answer, from before the clock was set back" });
  await askOnCall(parts, answering({ ok: false, why: "it answered 503" }));
  expect(await onCall()).toEqual({
    userIds: ["U0ANNA"],
    note: "last known answer, from before the clock was set back: it answered 503",
  });
});

const hostile = `Zoe\u202e\n@here\u0000${"x".repeat(500)}`;

test("names of people outside can hide nothing in an alarm, nor fill it", async () => {
  await askOnCall(parts, answering({ ok: true, userIds: [], until: null, unmatched: [hostile, hostile, "Kim"] }));
  const [text = ""] = await alarms();
  expect(text).toContain("Zoe\ufffd @here\ufffdxxx");
  expect(text).toContain("…, Kim.");
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text.length).toBeLessThan(200);
});

test("the reason for which a source does not answer can hide nothing in an alarm or a note, nor fill it", async () => {
  await askOnCall(parts, answering(anna));
  await db.shiftClock(61_000);
  await askOnCall(parts, answering({ ok: false, why: hostile }));
  const { note } = await onCall();
  for (const text of [note ?? "", (await alarms())[0] ?? ""]) {
    expect(text).toContain("Zoe\ufffd @here\ufffdxxx");
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.length).toBeLessThan(200);
  }
});

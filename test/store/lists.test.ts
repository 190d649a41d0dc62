import type { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import { publishHome } from "../../src/slack/home/publish.ts";
import { listBatched, listWaiting } from "../../src/store/read-escalations.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { directory } from "../support/domain.ts";
import { planOf, storeCopies, storeFirst, touched, waitingOne } from "../support/stored.ts";

/** What is asked all the time does not read all that waits: told by what the database touches, never by how long it takes. */
const WAITING = 20_000;
const PAGE = 200;
const WINDOW = new Date("2026-11-18T11:30:00Z");
const BOTH = ["busy", "rare"];
const batch = (userId: string, window: Date) =>
  `jsonb_build_array(jsonb_build_object('userIds', jsonb_build_array('U0OTHER', '${userId}'), 'window', '${window.toISOString()}'))`;
let db: TestDatabase;
let first: Escalation;

beforeAll(async () => {
  db = await testDatabase();
  first = waitingOne();
  await storeFirst(db, first);
  const id = (from: number) => `'esc_' || lpad((n + ${from})::text, 20, '0')`;
  await storeCopies(db, first.id, WAITING, {
    id: id(100_000),
    queue: "CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'busy' END",
    // Several have one deadline: their ids tell them apart.
    deadline: "deadline + (n / 7) * interval '1 ms'",
  });
  const ended = { state: "'completed'", ended_at: "created_at", ended_reason: "'cancelled'", due_at: "NULL" };
  await storeCopies(db, first.id, WAITING, { id: id(200_000), ...ended });
  const of = (userId: string, window: Date) => `jsonb_set(progress, '{paging,batches}', ${batch(userId, window)})`;
  const voted = `jsonb_set(${of("U0SAM", WINDOW)}, '{votes}', '[{"userId": "U0SAM"}]')`;
  await storeCopies(db, first.id, 3, { id: id(300_000), progress: of("U0SAM", WINDOW) });
  await storeCopies(db, first.id, 5, { id: id(310_000), progress: of("U0SAM", new Date("2026-11-18T12:00:00Z")) });
  await storeCopies(db, first.id, 400, { id: id(320_000), progress: of("U0LIZ", WINDOW) });
  await storeCopies(db, first.id, 40, { id: id(330_000), progress: of("U0SAM", WINDOW), ...ended });
  await storeCopies(db, first.id, 1, { id: id(340_000), progress: voted });
});
afterAll(() => db?.close());

/** Counts what is asked. */
function counted(): { engine: Engine; asked: () => number } {
  let count = 0;
  const query = (...args: [never]) => {
    count += 1;
    return db.pool.query(...args);
  };
  const { engine } = createEngine({ pool: { query }, reads: { query } } as unknown as EngineParts, () => {});
  return { engine, asked: () => count };
}

test("page after page is what waits in these queues, in the order of its deadlines, each once", async () => {
  const { rows } = await db.owner.query(
    "SELECT id FROM escalation WHERE state = 'paused_pending_human' AND queue = ANY($1) ORDER BY deadline, id LIMIT 1000",
    [BOTH],
  );
  const seen: string[] = [];
  for (let after: Escalation | null = null, i = 0; i < 5; i++) {
    const page: Escalation[] = await listWaiting(db.pool, BOTH, PAGE, after);
    seen.push(...page.map((one) => one.id));
    after = page.at(-1) ?? null;
  }
  expect(seen).toEqual(rows.map((row) => row.id));
  expect(await listWaiting(db.pool, ["rare", "rare"], 500)).toHaveLength(WAITING / 100);
  expect(await listWaiting(db.pool, [], PAGE)).toEqual([]);
});

test("one answer looks at so much and no more, and says that it has not seen everything", async () => {
  const none = counted();
  expect(await none.engine.findWaiting(BOTH, 16, () => false)).toEqual({ found: [], mayBeMore: true });
  expect(none.asked()).toBe(25);
  const some = counted();
  const { found, mayBeMore } = await some.engine.findWaiting(BOTH, 16, (one) => one.ruling.queue !== "");
  expect({ found: found.length, mayBeMore, asked: some.asked() }).toEqual({ found: 16, mayBeMore: false, asked: 1 });
  // All of a short queue was seen.
  expect(await counted().engine.findWaiting(["rare"], 16, () => false)).toEqual({ found: [], mayBeMore: false });
});

test("a Home says that it has not looked at everything, and nothing of that where it has", async () => {
  const publish = async (queue: string) => {
    const { engine } = counted();
    const queues = new Map([[queue, { ...directory.queues.values().next().value, name: queue, members: ["U0SAM"] }]]);
    const views: { view: { blocks: unknown[] } }[] = [];
    const client = { views: { publish: async (view: never) => views.push(view) } };
    const account = { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] };
    const people = { recall: async () => account };
    const parts = { engine, people, directory: () => ({ ...directory, queues, teamId: "T0LOCAL" }) };
    await publishHome(parts as unknown as Parameters<typeof publishHome>[0], client as unknown as WebClient, "U0SAM");
    return JSON.stringify(views[0]?.view.blocks);
  };
  const busy = await publish("busy");
  expect(busy).toMatch(/Waiting for you.*more may wait behind them/);
  // Nobody may take that for an empty list.
  expect(busy).not.toContain("Nothing waits for you");
  expect(await publish("rare")).not.toContain("more may wait behind them");
});

test("a batch holds what has come into this window for this person, waits, and was not answered by them", async () => {
  const engine = counted();
  expect(await engine.engine.batchedFor("U0SAM", WINDOW, 500)).toHaveLength(3);
  expect(await engine.engine.batchedFor("U0SAM", null, 500)).toHaveLength(8);
  expect(await engine.engine.batchedFor("U0NOBODY", null, 500)).toEqual([]);
  expect(engine.asked()).toBe(3);
});

describe.each(["before", "after"])("%s the database knows its tables", (when) => {
  beforeAll(async () => {
    if (when === "after") await db.owner.query("ANALYZE");
  });

  test("a page touches no more than a page of each queue, at the front of the backlog and far inside it", async () => {
    const [far] = await listWaiting(db.pool, ["rare"], 1, (await listWaiting(db.pool, ["rare"], 150)).at(-1));
    for (const after of [null, far ?? null]) {
      const plan = await planOf(db.pool, (one) => listWaiting(one, BOTH, PAGE, after));
      expect(Math.max(...plan.map(touched))).toBeLessThanOrEqual(BOTH.length * PAGE);
      expect(plan.map((node) => node["Index Name"])).toContain("live_waiting");
    }
  });

  test("what is in a batch is found by its batch index", async () => {
    const plan = await planOf(db.pool, (one) => listBatched(one, "U0SAM", WINDOW, 500));
    expect(plan.map((node) => node["Index Name"])).toContain("live_batched");
    // With what they have voted on; and an index of words may give one or the other too many.
    expect(Math.max(...plan.map(touched))).toBeLessThan(20);
  });
});

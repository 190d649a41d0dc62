import type { WebClient } from "@slack/web-api";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import { publishHome } from "../../src/slack/home/publish.ts";
import { findByEnding, type ListFilter, listForAgent, listVotedBy } from "../../src/store/list-escalations.ts";
import { type After, glanceAtWaiting, listBatched } from "../../src/store/list-waiting.ts";
import { openPool } from "../../src/store/pool.ts";
import { countDecisions, queueDepths, responseTimes } from "../../src/store/stats.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { directory } from "../support/domain.ts";
import { planOf, plansOf, storeCopies, storeFirst, touched, waitingOne } from "../support/stored.ts";

/** What is asked all the time does not read all that waits: told by what the database touches, never by how long it takes. */
const WAITING = 20_000;
const PAGE = 200;
const WINDOW = new Date("2026-11-18T11:30:00Z");
const BOTH = ["busy", "rare"];
const batch = (userId: string, window: Date) =>
  `jsonb_build_array(jsonb_build_object('userIds', jsonb_build_array('U0OTHER', '${userId}'), 'window', '${window.toISOString()}'))`;
let db: TestDatabase;
let reads: pg.Pool;
let first: Escalation;

beforeAll(async () => {
  db = await testDatabase();
  const options = { maxConnections: 4, applicationName: "test", statementTimeoutMs: 20_000, plans: "by need" as const };
  reads = openPool(db.appUrl, options);
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
  const of = (userId: string, window: Date) =>
    `jsonb_set(progress, '{paging}', jsonb_build_object('batches', ${batch(userId, window)}))`;
  const voted = `jsonb_set(${of("U0SAM", WINDOW)}, '{votes}', '[{"userId": "U0SAM"}]')`;
  await storeCopies(db, first.id, 3, { id: id(300_000), progress: of("U0SAM", WINDOW) });
  await storeCopies(db, first.id, 5, { id: id(310_000), progress: of("U0SAM", new Date("2026-11-18T12:00:00Z")) });
  await storeCopies(db, first.id, 400, { id: id(320_000), progress: of("U0LIZ", WINDOW) });
  await storeCopies(db, first.id, 40, { id: id(330_000), progress: of("U0SAM", WINDOW), ...ended });
  await storeCopies(db, first.id, 1, { id: id(340_000), progress: voted });
  // Few among many, and the oldest of all: in one session, of one type, in one state, of one queue.
  await storeCopies(db, first.id, 5, { id: id(10), session_id: "'rare'", action_type: "'rare.type'", ...ended, queue: "'rare'" });
  await storeCopies(db, first.id, 5, { id: id(20), ...ended, state: "'failed'", ended_reason: "'outcome_unknown'" });
  await db.owner.query(
    `INSERT INTO vote (escalation_id, round, version, user_id, team_id, verdict, at)
     SELECT id, 1, version.n, 'U0OFTEN', 'T', 'approve', db_now() - row_number() OVER (ORDER BY id) * interval '1 min' FROM ended,
       generate_series(1, 2) AS version(n) WHERE id > 'esc_00000000000000215'`,
  );
  await db.owner.query(
    `INSERT INTO decision (escalation_id, round, type, source, tier, decided_at, deadline)
     SELECT id, 1, 'approve', 'human', 'hard_approval', db_now() - row_number() OVER () * interval '1 s', db_now() FROM ended
     WHERE id > 'esc_00000000000000215'`,
  );
  await db.owner.query("UPDATE ended SET ended_at = db_now() - interval '1 hour'");
});
afterAll(async () => {
  await reads?.end();
  await db?.close();
});

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
  for (let after: After | null = null, i = 0; i < 5; i++) {
    const { page, end } = await glanceAtWaiting(db.pool, BOTH, PAGE, after);
    seen.push(...page.map((one) => one.id));
    after = end;
  }
  expect(seen).toEqual(rows.map((row) => row.id));
  expect((await glanceAtWaiting(db.pool, ["rare", "rare"], 500)).page).toHaveLength(WAITING / 100);
  expect(await glanceAtWaiting(db.pool, [], PAGE)).toEqual({ page: [], end: null });
});

test("one answer looks at so much and no more, and says that it has not seen everything", async () => {
  const none = counted();
  expect(await none.engine.findWaiting(BOTH, 16, () => false)).toEqual({ found: [], mayBeMore: true });
  expect(none.asked()).toBeLessThanOrEqual(11);
  const some = counted();
  const { found, mayBeMore } = await some.engine.findWaiting(BOTH, 16, (one) => one.ruling.queue !== "");
  expect({ found: found.length, mayBeMore, asked: some.asked() }).toEqual({ found: 16, mayBeMore: false, asked: 2 });
  // All of a short queue was seen.
  expect(await counted().engine.findWaiting(["rare"], 16, () => false)).toEqual({ found: [], mayBeMore: false });
});

test("a glance at what waits has what its whole has", async () => {
  const { page } = await glanceAtWaiting(db.pool, ["rare"], 3);
  const whole = await counted().engine.findWaiting(["rare"], 3, () => true);
  expect(whole.found).toMatchObject(page);
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

const NO_FILTER: ListFilter = {
  state: null,
  sessionId: null,
  actionType: null,
  queue: null,
  idempotencyKey: null,
  after: null,
  limit: 20,
};
/** Page after page to the end. */
async function listAll(filter: Partial<ListFilter>): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages++) {
    const { items, next } = await listForAgent(reads, first.agentId, { ...NO_FILTER, ...filter, after }, () => {});
    ids.push(...items.map((one) => one.id));
    if (next === null) return { ids, pages };
    after = next;
  }
}

test.each([
  [{ sessionId: "rare" }, "session_id = 'rare'"],
  [{ state: "failed" }, "state = 'failed'"],
  [{ state: "paused_pending_human", queue: "rare" }, "state = 'paused_pending_human' AND queue = 'rare'"],
  [{ queue: "rare" }, "queue = 'rare'"],
  [{ state: "completed", queue: "rare" }, "state = 'completed' AND queue = 'rare'"],
  [{ sessionId: "rare", state: "completed", queue: "rare" }, "session_id = 'rare'"],
  [{ actionType: "rare.type", queue: "rare" }, "action_type = 'rare.type'"],
] as const)("a list by %j has each that fits, once, the newest first", async (filter, where) => {
  const { rows } = await db.owner.query(`SELECT id FROM escalation WHERE ${where} ORDER BY id DESC`);
  expect(rows.length).toBeGreaterThan(4);
  expect((await listAll(filter)).ids).toEqual(rows.map((row) => row.id));
});

test("a list whose filter finds little behind much gives short pages, and goes on behind them to the end", async () => {
  const filter = { ...NO_FILTER, actionType: "rare.type" };
  const page = await listForAgent(reads, first.agentId, filter, () => {});
  expect(page.items).toEqual([]);
  expect(page.next).not.toBeNull();
  const { ids, pages } = await listAll(filter);
  expect(ids).toHaveLength(5);
  expect(pages).toBeLessThan(20);
});

describe.each(["before", "after"])("%s the database knows its tables", (when) => {
  beforeAll(async () => {
    if (when === "after") await db.owner.query("VACUUM ANALYZE");
  });

  test("a page touches no more than a page of each queue, at the front of the backlog and far inside it", async () => {
    const { end } = await glanceAtWaiting(db.pool, ["rare"], 150);
    for (const after of [null, end]) {
      const plan = await planOf(db.pool, (one) => glanceAtWaiting(one, BOTH, PAGE, after));
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

describe("once the database knows its tables", () => {
  beforeAll(() => db.owner.query("VACUUM ANALYZE"));

  test.each([
    ["everything", {}, /^opened_by_agent$/],
    ["a session", { sessionId: "rare" }, /^opened_by_session$/],
    ["a session and a state", { sessionId: "rare", state: "failed" }, /^opened_by_session$/],
    ["a state", { state: "completed" }, /^ended_of_agent$/],
    ["a queue", { queue: "rare" }, /^ended_of_agent$/],
    ["a queue and a state", { queue: "rare", state: "failed" }, /^ended_of_agent$/],
  ] as const)("a list of %s touches what it shows and what is open, and nothing of the past", async (_what, filter, index) => {
    const whole = { ...NO_FILTER, ...filter };
    const plans = await plansOf(reads, (one) => listForAgent(one, first.agentId, whole, () => {}));
    expect(plans[0]?.map((node) => node["Index Name"] ?? "")).toContainEqual(expect.stringMatching(index));
    const past = plans.flat().filter((node) => /^(opened|ended)/.test(node["Relation Name"] ?? ""));
    expect(Math.max(...past.map(touched))).toBeLessThanOrEqual(2 * (NO_FILTER.limit + 1));
  });

  test("what somebody voted on lately is found by their last votes, however many they have given", async () => {
    const plans = await plansOf(reads, (one) => listVotedBy(one, "U0OFTEN", 8, () => {}));
    expect(plans[0]?.map((node) => node["Index Name"] ?? "")).toContainEqual(expect.stringMatching(/^vote_.*user_id_at_idx$/));
    expect(Math.max(...plans.flat().map(touched))).toBeLessThanOrEqual(24);
    const { rows } = await db.owner.query(
      "SELECT escalation_id AS id FROM vote GROUP BY escalation_id ORDER BY max(at) DESC, escalation_id LIMIT 8",
    );
    const voted = await listVotedBy(reads, "U0OFTEN", 8, () => {});
    expect(voted.map((one) => one.id)).toEqual(rows.map((row) => row.id));
  });

  test("what queues hold is counted where the open ones lie, and numbers of the past are made of the newest", async () => {
    const depths = await planOf(reads, (one) => queueDepths(one, BOTH));
    expect(depths.filter((node) => /^(opened|ended)/.test(node["Relation Name"] ?? ""))).toEqual([]);
    const atMost = 100;
    const decided = await planOf(reads, (one) => countDecisions(one, 30, BOTH, atMost));
    const answered = await planOf(reads, (one) => responseTimes(one, 30, BOTH, atMost));
    const past = [...decided, ...answered].filter((node) => /^(decision|ended|opened)/.test(node["Relation Name"] ?? ""));
    expect(past.map((node) => node["Index Name"] ?? "")).toContainEqual(expect.stringMatching(/decided_at_idx$/));
    expect(past.map((node) => node["Index Name"] ?? "")).toContainEqual(expect.stringMatching(/^ended_lately$/));
    const narrow = past.filter((node) => /^(decision|ended)/.test(node["Relation Name"] ?? ""));
    expect(Math.max(...narrow.map(touched))).toBeLessThanOrEqual(atMost);
    expect(await countDecisions(reads, 30, ["lists"], atMost)).toMatchObject({ looked: atMost });
  });

  test("an id is found by its last characters from indexes alone", async () => {
    const within = { queues: ["rare"], owner: "", agents: [] };
    const { rows } = await db.owner.query("SELECT id FROM escalation WHERE id LIKE '%00015' AND queue = 'rare'");
    expect(rows).toHaveLength(1);
    expect(await findByEnding(reads, within, "00015", 3)).toEqual(rows.map((row) => row.id));
    const plan = await planOf(reads, (one) => findByEnding(one, within, "00015", 3));
    const wide = plan.filter((node) => touched(node) > 1000 && /^opened/.test(node["Relation Name"] ?? ""));
    expect(wide.map((node) => node["Node Type"])).toEqual(["Index Only Scan"]);
  });
});

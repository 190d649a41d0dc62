import { afterAll, beforeAll, expect, test } from "vitest";
import { CLASS, type Class } from "../../src/domain/consequences/deliveries.ts";
import { type Group, groupOf, PLACES, rangesFor } from "../../src/engine/delivery/ranges.ts";
import { createTogether } from "../../src/engine/delivery/together.ts";
import { giveAllBack, renewLease, takeLanes } from "../../src/store/lanes.ts";
import { HOPS_MAX } from "../../src/store/look.ts";
import { countOutbox, oweAgain, oweAll } from "../../src/store/outbox.ts";
import { type PutOff, postpone, setAside } from "../../src/store/sends.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { beginIt, beginNext, lanesFor, lookAs } from "../support/deliver.ts";
import { pagesOf, planOf } from "../support/stored.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

const owed = (lane: string, n: number) => ({
  lane,
  kind: "message" as const,
  escalationId: null,
  payload: { channel: "C1", text: "hello" },
  priority: CLASS.waiting,
  dedupe: null,
  deliveryId: `dlv_${lane}_${n}`,
});
const putOff = (afterMs: number, more: Partial<PutOff> = {}): PutOff => ({
  afterMs,
  why: "for now",
  maybeSent: false,
  counts: true,
  ...more,
});
async function begun(lane: string, deliverer = "lease_1") {
  const delivery = await beginNext(db.pool, lane, deliverer);
  if (delivery === null) throw new Error("nothing to send");
  return delivery;
}

test("callbacks that hang never keep Slack waiting: each transport has places of its own", async () => {
  const callbacks = Array.from({ length: 40 }, (_, i) => owed(`callback:agt_${i}:0`, i));
  await oweAll(db.pool, [...callbacks, owed("slack:chat.postMessage:C1", 0), owed("email_page:a@b.example", 0)]);
  const lanes = await lanesFor(db.pool, "lease_1");
  expect(lanes.filter((lane) => lane.startsWith("callback:"))).toHaveLength(16);
  expect(lanes.filter((lane) => !lane.startsWith("callback:")).sort()).toEqual([
    "email_page:a@b.example",
    "slack:chat.postMessage:C1",
  ]);
});

test("what is put off for hours is not taken for a time from before the clock was set back", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "callback:agt_x:0";
  await oweAll(db.pool, [owed(lane, 1)]);
  await postpone(db.pool, await begun(lane), putOff(90 * 60_000), false, null);
  expect(await lanesFor(db.pool, "lease_1")).toEqual([]);
  await db.shiftClock(51 * 60_000);
  expect(await lanesFor(db.pool, "lease_1")).toEqual([lane]);
});

test("a send that fails for good takes no newer wish with it", async () => {
  await db.owner.query("DELETE FROM outbox");
  const update = { ...owed("slack:chat.update:C9", 1), dedupe: "update:esc_1:C9" };
  await oweAll(db.pool, [update]);
  const take = () => begun("slack:chat.update:C9");
  const old = await take();
  // Asked for again while the old one is under way.
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_newer" }]);
  expect(await setAside(db.pool, old, "dead", "invalid_blocks")).toBe(false);
  const newer = await take();
  expect(newer).toMatchObject({ generation: 2, status: "owed", attempts: 0 });
  expect(await setAside(db.pool, newer, "dead", "invalid_blocks")).toBe(true);
  // And what was set aside is owed once more when something new happens.
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_newest" }]);
  expect(await take()).toMatchObject({ generation: 3, status: "owed" });
});

test("a newer callback takes the place of one that has not arrived, under an id of its own and with time of its own", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "callback:agt_o:0";
  const callback = (escalationId: string, n: number, type: "escalation.message" | "escalation.decided") => ({
    ...owed(lane, n),
    kind: "callback" as const,
    payload: { type },
    escalationId,
    dedupe: `callback:${escalationId}`,
  });
  const next = () => beginNext(db.pool, lane, "lease_1");
  await oweAll(db.pool, [callback("esc_1", 1, "escalation.message"), callback("esc_2", 2, "escalation.message")]);
  const asked = await next();
  if (asked === null) throw new Error("nothing to send");
  await postpone(db.pool, asked, putOff(60_000), false, null);
  expect(await next()).toMatchObject({ escalationId: "esc_2" });
  await oweAll(db.pool, [callback("esc_1", 3, "escalation.decided")]);
  const decided = await next();
  expect(decided).toMatchObject({ deliveryId: `dlv_${lane}_3`, payload: { type: "escalation.decided" }, attempts: 0 });
  expect(decided?.createdAt.getTime()).toBeGreaterThan(asked.createdAt.getTime());
  if (decided === null) throw new Error("nothing to send");
  expect(await setAside(db.pool, decided, "dead", "gone for good")).toBe(true);
  // What is sent again to an agent is known to it by its id.
  expect(await oweAgain(db.pool, decided.id, "dlv_another")).toBe(decided.deliveryId);
});

test("a row remembers when the first of its sends began that may have arrived", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "slack:chat.postMessage:C7";
  await oweAll(db.pool, [owed(lane, 1)]);
  const first = await begun(lane);
  expect(first.startedAt).toBeNull();
  await postpone(db.pool, first, putOff(1000, { maybeSent: true }), false, null);
  await db.shiftClock(5000);
  const second = await begun(lane);
  await postpone(db.pool, second, putOff(1000, { maybeSent: true }), false, null);
  await db.shiftClock(5000);
  expect((await begun(lane)).startedAt).toEqual(second.startedAt);
});

test("news that ends a card does not wait for the pause of an earlier failure", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "slack:chat.update:C8";
  const update = { ...owed(lane, 1), dedupe: "update:esc_8:C8" };
  await oweAll(db.pool, [update]);
  await postpone(db.pool, await begun(lane), putOff(300_000), false, null);
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_vote" }]);
  expect(await lanesFor(db.pool, "lease_1")).toEqual([]);
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_end", priority: CLASS.end }]);
  expect(await lanesFor(db.pool, "lease_1")).toEqual([lane]);
});

test("what two owe at once in another order is owed by both, and neither waits for the other for ever", async () => {
  const updates = Array.from({ length: 300 }, (_, n) => ({
    lane: `slack:chat.update:C${n}`,
    kind: "card_update" as const,
    escalationId: "esc_00000000000000000001",
    payload: { channel: `C${n}` },
    priority: CLASS.end,
    dedupe: `both:${n}`,
  }));
  let deliveries = 0;
  const owe = (list: typeof updates) =>
    oweAll(
      db.pool,
      list.map((one) => ({ ...one, deliveryId: `dlv_both${deliveries++}` })),
    );
  await owe(updates);
  for (let round = 0; round < 8; round++) await Promise.all([owe(updates), owe(updates.toReversed())]);
  const { rows } = await db.pool.query("SELECT DISTINCT generation FROM outbox WHERE dedupe LIKE 'both:%'");
  expect(rows).toEqual([{ generation: 17 }]);
});

test("a lane is one process's own until its lease ends; what it has not begun by then is another's", async () => {
  await db.owner.query("DELETE FROM outbox; DELETE FROM lane; DELETE FROM deliverer");
  const lane = "slack:chat.postMessage:C5";
  await oweAll(db.pool, [owed(lane, 1), owed(lane, 2)]);
  const first = await begun(lane, "lease_a");
  expect(await beginNext(db.pool, lane, "lease_b")).toBeNull();
  // Less is left than a send may take.
  await db.shiftClock(6_000);
  expect(await beginIt(db.pool, first, "lease_a")).toBe(false);
  expect(await beginNext(db.pool, lane, "lease_b")).toBeNull();
  await db.shiftClock(15_000);
  const again = await begun(lane, "lease_b");
  // It may have arrived: whoever sends it now looks for it first.
  expect(again).toMatchObject({ id: first.id, startedAt: expect.any(Date), attempts: 1 });
  await renewLease(db.pool, "lease_a", 20);
  expect(await beginIt(db.pool, first, "lease_a")).toBe(false);
  expect(await lanesFor(db.pool, "lease_a")).toEqual([]);
  await giveAllBack(db.pool, "lease_b");
  expect(await lanesFor(db.pool, "lease_a")).toEqual([lane]);
});

test("what was owed anew since it was looked at is not begun", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "slack:chat.update:C6";
  const update = { ...owed(lane, 1), dedupe: "update:esc_6:C6" };
  await oweAll(db.pool, [update]);
  const old = await begun(lane);
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_newer" }]);
  expect(await beginIt(db.pool, old, "lease_1")).toBe(false);
});

test("agents take turns within a class, and a class goes before the next", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "slack:chat.postMessage:C4";
  const of = (agentId: string, n: number, priority: Class = CLASS.notice) => ({ ...owed(lane, n), agentId, priority });
  const flood = Array.from({ length: 30 }, (_, n) => of("agt_a", n));
  const others = [of("agt_b", 31), of("agt_c", 32), of("agt_a", 33, CLASS.waiting), of("agt_z", 34, CLASS.end)];
  await oweAll(db.pool, [...flood, ...others]);
  const turns = new Map<string, string>();
  const sent: string[] = [];
  for (let i = 0; i < 7; i++) {
    const [next] = (await lookAs(db.pool, "lease_1", { turns })).rows;
    if (next === undefined) throw new Error("nothing to send");
    turns.set(lane, next.delivery.agentId);
    sent.push(`${next.priority} ${next.delivery.agentId}`);
    await db.owner.query("DELETE FROM outbox WHERE id = $1", [next.delivery.id]);
  }
  expect(sent).toEqual(["0 agt_z", "2 agt_a", "4 agt_b", "4 agt_c", "4 agt_a", "4 agt_a", "4 agt_a"]);
});

test("a look touches no more of the database for ten thousand idle lanes and fifty thousand rows that are put off", async () => {
  await db.owner.query("DELETE FROM outbox; DELETE FROM lane");
  await oweAll(db.pool, [owed("callback:agt_q:0", 1), owed("slack:chat.postMessage:C1", 2)]);
  await db.owner.query("VACUUM ANALYZE outbox");
  const pages = async () => pagesOf(await planOf(db.pool, (asked) => lookAs(asked as typeof db.pool, "lease_1")));
  const before = await pages();
  await db.owner.query("INSERT INTO lane (name) SELECT 'slack:chat.update:D' || n FROM generate_series(1, 10000) n");
  await db.owner.query(`INSERT INTO outbox (lane, kind, delivery_id, payload, status, run_at)
    SELECT 'callback:agt_' || n % 100 || ':0', 'callback', 'dlv_later' || n, '{}', 'later', db_now() + interval '10 minutes'
    FROM generate_series(1, 50000) n`);
  await db.owner.query("VACUUM ANALYZE");
  expect((await lookAs(db.pool, "lease_1")).rows).toHaveLength(2);
  // An index that has grown is one or two levels deeper.
  expect(await pages()).toBeLessThan(2 * before);
  await db.owner.query("DELETE FROM outbox");
});

test("ten thousand lanes that pause with something owed in each cost a look no more than some, and hide nothing for long", async () => {
  await db.owner.query("DELETE FROM outbox");
  await db.owner.query("DELETE FROM lane");
  const pausing = (from: number, upTo: number) => async () => {
    await db.owner.query(
      `INSERT INTO outbox (lane, kind, delivery_id, payload) SELECT 'slack:chat.postMessage:C' || lpad(n::text, 5, '0'), 'message', 'd' || n, '{}'
       FROM generate_series($1::int, $2::int) n`,
      [from, upTo],
    );
    await db.owner.query(
      `INSERT INTO lane (name, not_before) SELECT 'slack:chat.postMessage:C' || lpad(n::text, 5, '0'), db_now() + interval '50 minutes'
       FROM generate_series($1::int, $2::int) n`,
      [from, upTo],
    );
    await db.owner.query("VACUUM ANALYZE outbox, lane");
  };
  const pages = async () => pagesOf(await planOf(db.pool, (asked) => lookAs(asked as typeof db.pool, "lease_1")));
  await pausing(1, 1000)();
  const few = await pages();
  await pausing(1001, 10_000)();
  expect(await pages()).toBeLessThan(few * 1.5);

  const [mine, theirs] = ["slack:chat.postMessage:D1", "slack:chat.postMessage:C09999x"];
  await oweAll(db.pool, [owed(mine, 1), owed(theirs, 1)]);
  expect((await lookAs(db.pool, "lease_1", { told: [mine] })).rows.map(({ delivery }) => delivery.lane)).toEqual([mine]);
  // What another replica owes is come to by and by.
  let last = new Map<Group, string>();
  let looks = 0;
  for (let found = false; !found; looks++) {
    const { rows, stoppedAt } = await lookAs(db.pool, "lease_1", { ranges: rangesFor(PLACES, last) });
    found = rows.some(({ delivery }) => delivery.lane === theirs);
    last = new Map(stoppedAt.toReversed().map((lane) => [groupOf(lane), lane]));
  }
  expect(looks).toBeLessThanOrEqual(Math.ceil(10_000 / HOPS_MAX) + 1);
});

test("a flood is counted up to a bound, and its oldest row is still known", async () => {
  const owe = (from: number, to: number, status: string) =>
    db.owner.query(
      `INSERT INTO outbox (workspace, lane, kind, delivery_id, payload, status, created_at)
       SELECT 1, 'slack:chat.postMessage:C' || n % 7, 'message', 'dlv_count' || n, '{}', $3::delivery_status,
         db_now() - make_interval(secs => $2 - n) FROM generate_series($1::int, $2::int) n`,
      [from, to, status],
    );
  await db.owner.query("DELETE FROM outbox");
  await owe(1, 50, "dead");
  await owe(51, 12_050, "owed");
  expect(await countOutbox(db.pool)).toMatchObject({ owed: 10_000, delayed: 0, uncertain: 0, dead: 50 });
  expect((await countOutbox(db.pool)).oldestForSlackS).toBeGreaterThan(11_900);
  // What was set aside is found by its own index, however much is owed.
  await db.owner.query("ANALYZE outbox");
  const aside = (await planOf(db.pool, countOutbox)).filter((node) => node["Index Name"] === "outbox_set_aside");
  expect(aside.map((node) => node["Actual Rows"])).toEqual([0, 50]);
  await db.owner.query("DELETE FROM outbox");
});

test("a heap of callbacks for endpoints that are gone does not hide that Slack takes nothing", async () => {
  await db.owner.query(
    `INSERT INTO outbox (workspace, lane, kind, delivery_id, payload, status, created_at)
     SELECT 1, 'callback:agt_' || n % 7, 'callback', 'dlv_gone' || n, '{"type":"escalation.decided"}', 'later', db_now()
     FROM generate_series(1, 10100) n`,
  );
  await db.owner.query(
    `INSERT INTO outbox (workspace, lane, kind, delivery_id, payload, created_at)
     VALUES (1, 'slack:chat.postMessage:C_stuck', 'message', 'dlv_stuck', '{}', db_now() - interval '20 minutes')`,
  );
  expect((await countOutbox(db.pool)).oldestForSlackS).toBeGreaterThan(1000);
  await db.owner.query("DELETE FROM outbox");
});

test("what another process has begun since keeps the mark that it may have arrived", async () => {
  const lane = "slack:chat.postMessage:C_lapsed";
  await db.owner.query("DELETE FROM outbox; DELETE FROM lane; DELETE FROM deliverer");
  await oweAll(db.pool, [owed(lane, 1)]);
  const first = await begun(lane, "lease_a");
  await db.shiftClock(21_000);
  await begun(lane, "lease_b");
  await postpone(db.pool, first, putOff(1000), false, null);
  const { rows } = await db.owner.query("SELECT status, started_at IS NOT NULL AS marked FROM outbox");
  expect(rows).toEqual([{ status: "owed", marked: true }]);
});

test("a process that stood still after it had asked whether it may send does not send any more", async () => {
  await oweAll(db.pool, [owed("slack:chat.postMessage:C_late", 1)]);
  const [row] = (await lookAs(db.pool, "lease_late")).rows.filter(({ delivery }) => delivery.lane.endsWith("C_late"));
  await renewLease(db.pool, "lease_late", 20);
  await takeLanes(db.pool, "lease_late", ["slack:chat.postMessage:C_late"]);
  const beginAs = (withinMs: number) =>
    createTogether({ pool: db.pool, deliverer: "lease_late", begins: { leftS: 15, withinMs }, owed: () => {} }).begin({
      id: row?.delivery.id ?? 0,
      generation: 1,
      drawn: [],
    });
  expect(await beginAs(0)).toBe(false);
  expect(await beginAs(60_000)).toBe(true);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { leaseLanes } from "../../src/store/lanes.ts";
import { oweAgain, oweAll } from "../../src/store/outbox.ts";
import { beginNext, postpone, setAside } from "../../src/store/sends.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

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
  priority: 1,
  dedupe: null,
  deliveryId: `dlv_${lane}_${n}`,
});
const release = () => db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");

test("callbacks that hang never keep Slack waiting: each transport has places of its own", async () => {
  const callbacks = Array.from({ length: 40 }, (_, i) => owed(`callback:agt_${i}:0`, i));
  await oweAll(db.pool, [...callbacks, owed("slack:chat.postMessage:C1", 0), owed("email_page:a@b.example", 0)]);
  const leased = await leaseLanes(db.pool, "lse_1", { slack: 16, callback: 16, other: 8 }, 45);
  expect(leased.filter((one) => one.transport === "callback")).toHaveLength(16);
  expect(
    leased
      .filter((one) => one.transport !== "callback")
      .map((one) => one.lane)
      .sort(),
  ).toEqual(["email_page:a@b.example", "slack:chat.postMessage:C1"]);
  expect(await leaseLanes(db.pool, "lse_2", { slack: 16, callback: 0, other: 8 }, 45)).toEqual([]);
  await release();
});

test("what is put off for hours is not taken for a time from before the clock was set back", async () => {
  await db.owner.query("DELETE FROM outbox");
  await oweAll(db.pool, [owed("callback:agt_x:0", 1)]);
  const [leased] = await leaseLanes(db.pool, "lse_3", { slack: 1, callback: 1, other: 1 }, 45);
  const delivery = await beginNext(db.pool, leased?.lane ?? "", "lse_3", 45);
  if (delivery === null) throw new Error("nothing to send");
  await postpone(db.pool, delivery, 90 * 60_000, false, false, "Retry-After: 3600");
  await release();
  expect(await leaseLanes(db.pool, "lse_4", { slack: 1, callback: 1, other: 1 }, 45)).toEqual([]);
  await db.shiftClock(51 * 60_000);
  expect(await leaseLanes(db.pool, "lse_5", { slack: 1, callback: 1, other: 1 }, 45)).toHaveLength(1);
});

test("a send that fails for good takes no newer wish with it", async () => {
  await db.owner.query("DELETE FROM outbox");
  const update = { ...owed("slack:chat.update:C9", 1), dedupe: "update:esc_1:C9" };
  await oweAll(db.pool, [update]);
  const take = async (lease: string) => {
    await release();
    await leaseLanes(db.pool, lease, { slack: 1, callback: 1, other: 1 }, 45);
    const delivery = await beginNext(db.pool, "slack:chat.update:C9", lease, 45);
    if (delivery === null) throw new Error("nothing to send");
    return delivery;
  };
  const old = await take("lse_6");
  // Asked for again while the old one is under way.
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_newer" }]);
  expect(await setAside(db.pool, old, "dead", "invalid_blocks")).toBe(false);
  const newer = await take("lse_7");
  expect(newer).toMatchObject({ generation: 2, status: "owed", attempts: 0 });
  expect(await setAside(db.pool, newer, "dead", "invalid_blocks")).toBe(true);
  // And what was set aside is owed once more when something new happens.
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_newest" }]);
  expect(await take("lse_8")).toMatchObject({ generation: 3, status: "owed" });
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
  const next = async (lease: string) => {
    await release();
    const leased = await leaseLanes(db.pool, lease, { slack: 1, callback: 1, other: 1 }, 45);
    return leased.length === 0 ? null : beginNext(db.pool, lane, lease, 45);
  };
  await oweAll(db.pool, [callback("esc_1", 1, "escalation.message"), callback("esc_2", 2, "escalation.message")]);
  const asked = await next("lse_c1");
  if (asked === null) throw new Error("nothing to send");
  await postpone(db.pool, asked, 60_000, false, false, "the endpoint answered 500");
  expect(await next("lse_c2")).toMatchObject({ escalationId: "esc_2" });
  await oweAll(db.pool, [callback("esc_1", 3, "escalation.decided")]);
  const decided = await next("lse_c3");
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
  const begin = async (lease: string) => {
    await release();
    await leaseLanes(db.pool, lease, { slack: 1, callback: 1, other: 1 }, 45);
    const delivery = await beginNext(db.pool, lane, lease, 45);
    if (delivery === null) throw new Error("nothing to send");
    return delivery;
  };
  const first = await begin("lse_s1");
  expect(first.startedAt).toBeNull();
  await postpone(db.pool, first, 1000, false, true, "no answer");
  await db.shiftClock(5000);
  const second = await begin("lse_s2");
  await postpone(db.pool, second, 1000, false, true, "no answer");
  await db.shiftClock(5000);
  expect((await begin("lse_s3")).startedAt).toEqual(second.startedAt);
});

test("news that ends a card does not wait for the pause of an earlier failure", async () => {
  await db.owner.query("DELETE FROM outbox");
  const lane = "slack:chat.update:C8";
  const update = { ...owed(lane, 1), dedupe: "update:esc_8:C8" };
  await oweAll(db.pool, [update]);
  await leaseLanes(db.pool, "lse_p1", { slack: 1, callback: 1, other: 1 }, 45);
  const delivery = await beginNext(db.pool, lane, "lse_p1", 45);
  if (delivery === null) throw new Error("nothing to send");
  await postpone(db.pool, delivery, 300_000, false, false, "refused for now");
  await release();
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_vote" }]);
  expect(await leaseLanes(db.pool, "lse_p2", { slack: 1, callback: 1, other: 1 }, 45)).toEqual([]);
  await oweAll(db.pool, [{ ...update, deliveryId: "dlv_end", priority: 0 }]);
  expect(await leaseLanes(db.pool, "lse_p3", { slack: 1, callback: 1, other: 1 }, 45)).toHaveLength(1);
  await release();
});

test("what two owe at once in another order is owed by both, and neither waits for the other for ever", async () => {
  const updates = Array.from({ length: 300 }, (_, n) => ({
    lane: `slack:chat.update:C${n}`,
    kind: "card_update" as const,
    escalationId: "esc_00000000000000000001",
    payload: { channel: `C${n}` },
    priority: 0,
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

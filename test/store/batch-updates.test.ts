import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CLASS, type Envelope } from "../../src/domain/consequences/deliveries.ts";
import { batchPlace, burstPlace, cardKey, effects, type Telling, updateLaneOf } from "../../src/domain/consequences/effects.ts";
import { postLane, updateLane } from "../../src/domain/consequences/lanes.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { findCardAt, findDrawn, joinBatch } from "../../src/store/cards.ts";
import { type BatchReceipt, finishBatch, finishSent } from "../../src/store/finish.ts";
import { oweAll } from "../../src/store/outbox.ts";
import { begin as beginSends } from "../../src/store/sends.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { beginNext } from "../support/deliver.ts";
import { later, NOW } from "../support/domain.ts";
import { storeFirst, waitingOne, writeOf } from "../support/stored.ts";

/** A batch is one message: whatever of it changes owes one update of it, which is not lost while another is on its way. */
const WINDOW = later(30);
const PLACE = batchPlace("U0SAM", WINDOW);
const LANE = updateLaneOf(PLACE);
const AT = { place: PLACE, channel: "D0SAM", ts: "1.1" };
const telling: Telling = {
  alarmsChannel: null,
  threadLine: () => null,
  alarmLine: () => "",
  requesterLine: () => "",
  watchers: () => [],
  ownerOf: () => null,
  contact: () => ({ email: null, pager: null }),
};
let db: TestDatabase;
let items: Escalation[];
let deliveries = 0;

beforeAll(async () => {
  db = await testDatabase();
  const first = waitingOne();
  const paging = { ...first.paging, batches: [{ userIds: ["U0SAM"], window: WINDOW }] };
  items = Array.from({ length: 12 }, (_, i) => ({ ...first, paging, id: `esc_${String(i + 1).padStart(20, "0")}` }));
  await storeFirst(db, items[0] as Escalation);
  await writeEscalations(
    db.pool,
    items.slice(1).map((one) => writeOf(null, one)),
  );
});
afterAll(() => db?.close());
beforeEach(async () => {
  await db.owner.query("DELETE FROM outbox");
});

/** Changes some of them in one write, as a sweep does; `ends`: cancelled, else only asked about. */
async function change(which: readonly number[], ends: boolean): Promise<void> {
  const writes = which.map((i) => {
    const before = items[i] as Escalation;
    const cancelled = { state: "completed", endedAt: NOW, endedReason: "cancelled", dueAt: null } as const;
    const after: Escalation = { ...before, ...(ends ? cancelled : {}), revision: before.revision + 1 };
    const event = ends ? { type: "cancelled" as const } : { type: "handed_back" as const, by: "U0SAM" };
    const owed = effects(before, after, [event] as unknown as Parameters<typeof effects>[2], telling);
    items[i] = after;
    return writeOf(
      before,
      after,
      owed.map((one) => ({ ...one, deliveryId: `dlv_${deliveries++}` })),
    );
  });
  expect((await writeEscalations(db.pool, writes)).size).toBe(which.length);
}
const updates = async () =>
  (await db.owner.query("SELECT priority, generation FROM outbox WHERE lane = $1 AND payload->>'channel' = $2", [LANE, PLACE]))
    .rows;
async function begin(): Promise<Envelope> {
  const delivery = await beginNext(db.pool, LANE, "lease_1");
  if (delivery === null) throw new Error("nothing to send");
  return delivery;
}
const finish = (delivery: Envelope, receipt: BatchReceipt | null) =>
  receipt === null ? finishSent(db.pool, [{ delivery, receipt: null }]) : finishBatch(db.pool, delivery, receipt);

test("many that change at once owe one update of their batch, and each its own card", async () => {
  await change([0, 1, 2, 3, 4, 5, 6, 7], false);
  expect(await updates()).toEqual([{ priority: CLASS.waiting, generation: 8 }]);
  const own = "SELECT count(*)::int AS n FROM outbox WHERE kind = 'card_update' AND payload->>'channel' = $1";
  const { rows } = await db.owner.query(own, [items[0]?.ruling.channel]);
  expect(rows[0].n).toBe(8);
});

test("one that ends makes the update of the whole as pressing as the end of a card", async () => {
  await change([0, 1], false);
  await change([8], true);
  await change([0], false);
  expect(await updates()).toEqual([{ priority: CLASS.end, generation: 4 }]);
});

test("what changes while the update is on its way is owed once more", async () => {
  await change([0], false);
  const sending = await begin();
  await change([1, 2], false);
  await finish(sending, null);
  expect(await updates()).toHaveLength(1);
  await finish(await begin(), null);
  expect(await updates()).toEqual([]);
});

test("what has changed since it was drawn owes the message an update, with the receipt of the send that drew it", async () => {
  await change([0], false);
  const drawn = items.map(({ id, revision }) => ({ id, revision: id === items[3]?.id ? revision - 1 : revision }));
  await finish(await begin(), { ...AT, shown: drawn });
  expect(await updates()).toHaveLength(1);
  // Drawn as it stands, nothing is owed beyond that.
  await finish(await begin(), { ...AT, shown: items });
  expect(await updates()).toEqual([]);
});

test("a page that joined a burst while its message was drawn without it owes the message an update", async () => {
  const place = burstPlace("U0SAM", NOW);
  const at = { place, channel: "D0SAM", ts: "2.2" };
  const owed = async () => (await db.owner.query("SELECT lane, kind FROM outbox WHERE payload->>'channel' = $1", [place])).rows;
  const drawnAndSent = async () => {
    await change([0], false);
    await finish(await begin(), { ...at, shown: items.slice(0, 2) });
  };
  await joinBatch(db.pool, at, items[1]?.id ?? "");
  await drawnAndSent();
  expect(await owed()).toEqual([]);
  await joinBatch(db.pool, at, items[2]?.id ?? "");
  await drawnAndSent();
  expect(await owed()).toEqual([{ lane: updateLaneOf(place), kind: "card_update" }]);
});

test("what a batch shows of all its escalations is kept by the statement that begins its send", async () => {
  await change([0], false);
  const delivery = await begin();
  const drawn = items.map(({ id, version }) => ({
    escalationId: id,
    version,
    place: PLACE,
    digest: `sha256:${"a".repeat(64)}`,
    complete: false,
  }));
  await db.owner.query("DELETE FROM card");
  const { id, generation } = delivery;
  expect(await beginSends(db.pool, "lease_1", 15, [{ id, generation, drawn }])).toEqual(new Set([id]));
  // Nothing stands anywhere until Slack has taken it.
  expect(await findCardAt(db.pool, PLACE)).toBeNull();
  await finish(delivery, { ...AT, shown: items });
  const on = { channel: AT.channel, ts: AT.ts, mark: null };
  for (const one of items)
    expect(await findDrawn(db.pool, one.id, one.version, on)).toMatchObject({ digest: `sha256:${"a".repeat(64)}` });
});

test("a card remembers the newest drawings of a version, and which of them a click was on", async () => {
  const [one] = items as [Escalation];
  const digest = (n: number) => `sha256:${String(n).padStart(2, "0").repeat(32)}`;
  await db.owner.query("DELETE FROM card");
  await change([0], false);
  const { id, generation } = await begin();
  for (const n of [1, 2, 2, 3, 4, 5, 6, 7, 8, 9])
    await beginSends(db.pool, "lease_1", 15, [
      { id, generation, drawn: [{ escalationId: one.id, version: 7, place: "C1", digest: digest(n), complete: n > 8 }] },
    ]);
  const find = (mark: string | null, version = 7) => findDrawn(db.pool, one.id, version, { channel: "C1", ts: "1.1", mark });
  expect(await find(null)).toEqual({ version: 7, digest: digest(9), complete: true });
  expect(await find(digest(2).slice(0, 23))).toEqual({ version: 7, digest: digest(2), complete: false });
  expect(await find(digest(1).slice(0, 23))).toBeNull();
  expect(await find(null, 8)).toBeNull();
});

test("what follows on a decision is drawn once for what follows at once; the end of a wait is drawn without delay", async () => {
  const lane = "slack:chat.update:C0SETTLES";
  const next = () => beginNext(db.pool, lane, "lease_1");
  const owe = async (events: Partial<Escalation>, type: string) => {
    const before = items[9] as Escalation;
    const after = { ...before, ...events, revision: before.revision + 1 };
    const moved = effects(before, after, [{ type, by: "U0SAM" }] as unknown as Parameters<typeof effects>[2], telling)
      .filter((one) => one.kind === "card_update" && one.payload.channel === before.ruling.channel)
      .map((one) => ({ ...one, lane, dedupe: `update:settles`, deliveryId: `dlv_${deliveries++}` }));
    items[9] = after;
    await writeEscalations(db.pool, [writeOf(before, after, moved)]);
  };
  await owe({ state: "human_responded" }, "decided");
  const end = await next();
  expect(end).not.toBeNull();
  // Resumed while that is on its way: drawn once more, but not at once.
  await owe({ state: "resuming" }, "resumed");
  await finish(end as Envelope, null);
  expect(await next()).toBeNull();
  await owe({ state: "resuming" }, "lease_lapsed");
  expect(await next()).toBeNull();
  await db.shiftClock(1100);
  const settled = await next();
  expect(settled).toMatchObject({ generation: 3 });
  await finish(settled as Envelope, null);
  await db.shiftClock(1100);
  expect(await next()).toBeNull();
});

test("an update of the message that stood there before does not take the card's row back", async () => {
  const card = (ts: string, revision: number) => ({ place: "C_anew", channel: "C_anew", ts, revision, permalink: null });
  const arrive = (ts: string, revision: number) =>
    finishSent(db.pool, [{ delivery: { id: 0, generation: 1, escalationId: "esc_anew" }, receipt: card(ts, revision) }]);
  for (const [ts, revision] of [
    ["100.1", 1],
    ["200.1", 2],
    ["100.1", 3],
  ] as const)
    await arrive(ts, revision);
  const { rows } = await db.pool.query("SELECT ts, revision FROM card WHERE escalation_id = 'esc_anew'");
  expect(rows).toEqual([{ ts: "200.1", revision: 2 }]);
});

test("a copy that arrives in one statement with the card in the channel is drawn once more, and leads there", async () => {
  const { id, ruling, revision } = items[11] as Escalation;
  const now = ruling.channel;
  const [left, paged] = ["C0LEFT", "U0SAM"];
  const common = { escalationId: id, priority: CLASS.waiting };
  const update = (place: string) => ({ lane: updateLane(place), dedupe: `update:${id}:${place}` });
  await oweAll(db.pool, [
    { ...common, ...update(left), kind: "card_update", payload: { channel: left }, deliveryId: "dlv_left" },
    {
      ...common,
      lane: postLane(now),
      kind: "card_post",
      payload: { channel: now },
      dedupe: cardKey(id, now),
      deliveryId: "dlv_now",
    },
    {
      ...common,
      lane: postLane(paged),
      kind: "card_post",
      payload: { channel: paged },
      dedupe: cardKey(id, paged),
      deliveryId: "d",
    },
  ]);
  const { rows } = await db.owner.query("SELECT id, payload ->> 'channel' AS place, generation FROM outbox");
  await finishSent(
    db.pool,
    rows.map(({ id: row, place, generation }) => ({
      delivery: { id: row, generation, escalationId: id },
      receipt: { place, channel: place, ts: "7.1", revision, permalink: place === now ? "https://x.slack.com/p7" : null },
    })),
  );
  const owed = await db.owner.query("SELECT lane, status, generation, started_at FROM outbox ORDER BY lane");
  const again = { status: "owed", started_at: null };
  expect(owed.rows).toEqual([
    { lane: update(left).lane, generation: 2, ...again },
    { lane: update(paged).lane, generation: 1, ...again },
  ]);
});

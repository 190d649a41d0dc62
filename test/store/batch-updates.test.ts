import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Envelope } from "../../src/domain/consequences/deliveries.ts";
import { batchPlace, burstPlace, effects, type Telling, updateLaneOf } from "../../src/domain/consequences/effects.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { joinBatch, saveRenderings } from "../../src/store/cards.ts";
import { leaseLanes } from "../../src/store/lanes.ts";
import { beginNext, finishSent } from "../../src/store/sends.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
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
  await db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");
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
async function begin(lease: string): Promise<Envelope> {
  await leaseLanes(db.pool, lease, { slack: 16, callback: 0, other: 0 }, 45);
  const delivery = await beginNext(db.pool, LANE, lease, 45);
  if (delivery === null) throw new Error("nothing to send");
  return delivery;
}

test("many that change at once owe one update of their batch, and each its own card", async () => {
  await change([0, 1, 2, 3, 4, 5, 6, 7], false);
  expect(await updates()).toEqual([{ priority: 1, generation: 8 }]);
  const own = "SELECT count(*)::int AS n FROM outbox WHERE kind = 'card_update' AND payload->>'channel' = $1";
  const { rows } = await db.owner.query(own, [items[0]?.ruling.channel]);
  expect(rows[0].n).toBe(8);
});

test("one that ends makes the update of the whole as pressing as the end of a card", async () => {
  await change([0, 1], false);
  await change([8], true);
  await change([0], false);
  expect(await updates()).toEqual([{ priority: 0, generation: 4 }]);
});

test("what changes while the update is on its way is owed once more", async () => {
  await change([0], false);
  const sending = await begin("lse_1");
  await change([1, 2], false);
  await finishSent(db.pool, sending, null);
  expect(await updates()).toHaveLength(1);
  await db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");
  await finishSent(db.pool, await begin("lse_2"), null);
  expect(await updates()).toEqual([]);
});

test("what has changed since it was drawn owes the message an update, with the receipt of the send that drew it", async () => {
  await change([0], false);
  const drawn = items.map(({ id, revision }) => ({ id, revision: id === items[3]?.id ? revision - 1 : revision }));
  await finishSent(db.pool, await begin("lse_3"), { ...AT, shown: drawn });
  expect(await updates()).toHaveLength(1);
  await db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");
  // Drawn as it stands, nothing is owed beyond that.
  await finishSent(db.pool, await begin("lse_4"), { ...AT, shown: items });
  expect(await updates()).toEqual([]);
});

test("a page that joined a burst while its message was drawn without it owes the message an update", async () => {
  const place = burstPlace("U0SAM", NOW);
  const at = { place, channel: "D0SAM", ts: "2.2" };
  const owed = async () => (await db.owner.query("SELECT lane, kind FROM outbox WHERE payload->>'channel' = $1", [place])).rows;
  const drawnAndSent = async (lease: string) => {
    await change([0], false);
    await finishSent(db.pool, await begin(lease), { ...at, shown: items.slice(0, 2) });
    await db.owner.query("UPDATE lane SET lease = NULL, leased_until = '-infinity'");
  };
  await joinBatch(db.pool, at, items[1]?.id ?? "");
  await drawnAndSent("lse_5");
  expect(await owed()).toEqual([]);
  await joinBatch(db.pool, at, items[2]?.id ?? "");
  await drawnAndSent("lse_6");
  expect(await owed()).toEqual([{ lane: updateLaneOf(place), kind: "card_update" }]);
});

test("what a batch shows of all its escalations is kept by one statement", async () => {
  let asked = 0;
  const query = (...args: [never]) => {
    asked += 1;
    return db.pool.query(...args);
  };
  const drawn = { surface: `card:${PLACE}`, userId: null, digest: "sha256:x", complete: false };
  await saveRenderings(
    { query } as unknown as Parameters<typeof saveRenderings>[0],
    items.map(({ id, version }) => ({ ...drawn, escalationId: id, version })),
  );
  const { rows } = await db.owner.query(
    "SELECT escalation_id AS id, version, user_id, digest, complete FROM rendering ORDER BY 1",
  );
  expect({ asked, rows }).toEqual({
    asked: 1,
    rows: items.map(({ id, version }) => ({ id, version, user_id: null, digest: "sha256:x", complete: false })),
  });
});

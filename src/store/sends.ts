import { LIMITS } from "../domain/base/limits.ts";
import type { Delivery, Envelope, Unreadable } from "../domain/consequences/deliveries.ts";
import { batchUpdateKey, updateLaneOf } from "../domain/consequences/effects.ts";
import { parseDelivery } from "./delivery-row.ts";
import { hasCome, ROW_DUE } from "./lanes.ts";
import { OWED_AGAIN } from "./outbox.ts";
import type { Queryable } from "./pool.ts";

/**
 * What one send does to its row: begun before it leaves, and by every answer finished, put off or set aside. Nothing is put
 * off for longer than this, or it would be taken for a time from before the clock was set back.
 */
const POSTPONE_MS_MAX = LIMITS.putOff.value;

/**
 * Takes the next row of a leased lane and marks its send as begun, in one statement: whoever finds the mark later knows that it
 * may have arrived. Renews the lease. null = nothing (more) to send, or the lease is gone.
 */
export async function beginNext(
  db: Queryable,
  lane: string,
  lease: string,
  leaseS: number,
): Promise<Delivery | Unreadable | null> {
  const { rows } = await db.query({
    name: "begin_next",
    text: `WITH held AS (UPDATE lane SET leased_until = (SELECT db_now()) + make_interval(secs => $3)
        WHERE name = $1 AND lease = $2 AND ${hasCome("not_before", "1 hour")} RETURNING name),
      next AS (SELECT o.id, o.started_at, o.tried_at FROM outbox o JOIN held ON o.lane = held.name
        WHERE o.status = 'owed' AND ${ROW_DUE} ORDER BY o.priority, o.id LIMIT 1 FOR UPDATE OF o),
      begun AS (UPDATE outbox o SET started_at = coalesce(o.started_at, (SELECT db_now())),
          tried_at = (SELECT db_now()), attempts = attempts + 1
        FROM next WHERE o.id = next.id RETURNING o.*)
      SELECT begun.id, lane, kind, escalation_id, delivery_id, payload, generation, told, attempts - 1 AS attempts,
        next.started_at, next.tried_at, status, last_error, created_at, run_at
      FROM begun JOIN next USING (id)`,
    values: [lane, lease, leaseS],
  });
  return rows[0] === undefined ? null : parseDelivery(rows[0]);
}

/** `permalink`: of the card in the channel, where this is that card; on a copy the one that was drawn there. */
export type CardReceipt = { place: string; channel: string; ts: string; revision: number; permalink: string | null };
/** Of one message that shows several escalations, each at the revision that was drawn. */
export type BatchReceipt = { place: string; channel: string; ts: string; shown: readonly { id: string; revision: number }[] };
export type Receipt = CardReceipt | BatchReceipt;

/** Owed again while it was being sent: what goes next is another message, told apart by an id of its own. */
const again = (id: string, generation: string) => `UPDATE outbox SET started_at = NULL, attempts = 0, last_error = NULL,
  told = ${generation}, delivery_id = 'dlv_' || replace(gen_random_uuid()::text, '-', '')
  WHERE id = ${id} AND generation <> ${generation}`;

/** It arrived: the row goes, unless it was asked for again meanwhile, and the receipt is saved with it in one statement. */
export async function finishSent(db: Queryable, delivery: Envelope, receipt: Receipt | null): Promise<void> {
  if (receipt === null) return finish(db, delivery);
  return "shown" in receipt ? finishBatch(db, delivery, receipt) : finishCard(db, delivery, receipt);
}

async function finish(db: Queryable, delivery: Envelope): Promise<void> {
  await db.query({
    name: "finish_sent",
    text: `WITH again AS (${again("$1", "$2")})
      DELETE FROM outbox WHERE id = $1 AND generation = $2`,
    values: [delivery.id, delivery.generation],
  });
}

/**
 * A card that was rendered before the newest change of its escalation owes an update at once, and so does a copy that was drawn
 * without the address of the card in the channel, as soon as both are known.
 */
async function finishCard(db: Queryable, delivery: Envelope, receipt: CardReceipt): Promise<void> {
  await db.query({
    name: "finish_sent_card",
    text: `WITH again AS (${again("$1", "$2")}),
      gone AS (DELETE FROM outbox WHERE id = $1 AND generation = $2),
      e AS (SELECT id, revision, ruling ->> 'channel' AS channel FROM escalation WHERE id = $3),
      stale AS (SELECT $4 AS place, 0 AS priority FROM e WHERE e.revision > $7
        UNION SELECT $4, 1 FROM e JOIN card c ON c.escalation_id = e.id AND c.place = e.channel
          WHERE $4 ~ '^[CGUW]' AND $4 <> e.channel AND e.revision <= $7 AND c.permalink IS DISTINCT FROM $8
            AND c.permalink IS NOT NULL
        UNION SELECT c.place, 1 FROM e JOIN card c ON c.escalation_id = e.id AND c.place <> e.channel AND c.place ~ '^[CGUW]'
          WHERE $4 = e.channel AND c.permalink IS DISTINCT FROM $8 AND $8 IS NOT NULL),
      lanes AS (INSERT INTO lane (name) SELECT 'slack:chat.update:' || place FROM stale ORDER BY 1 ON CONFLICT (name) DO NOTHING),
      owed AS (INSERT INTO outbox (lane, kind, escalation_id, delivery_id, payload, priority, dedupe)
        SELECT 'slack:chat.update:' || place, 'card_update', $3, 'dlv_' || replace(gen_random_uuid()::text, '-', ''),
          jsonb_build_object('channel', place), priority, 'update:' || $3 || ':' || place
        FROM stale ORDER BY place ON CONFLICT (dedupe) DO UPDATE SET ${OWED_AGAIN})
      INSERT INTO card (escalation_id, place, channel, ts, revision, permalink) VALUES ($3, $4, $5, $6, $7, $8)
      ON CONFLICT (escalation_id, place) DO UPDATE SET channel = excluded.channel, ts = excluded.ts,
        revision = GREATEST(card.revision, excluded.revision), permalink = excluded.permalink`,
    values: [
      delivery.id,
      delivery.generation,
      delivery.escalationId,
      receipt.place,
      receipt.channel,
      receipt.ts,
      receipt.revision,
      receipt.permalink,
    ],
  });
}

/**
 * An escalation that has changed since it was drawn owes the whole message an update at once, and so does one that joined a burst
 * meanwhile: the message may have been drawn without it after it was drawn with it.
 */
async function finishBatch(db: Queryable, delivery: Envelope, { place, channel, ts, shown }: BatchReceipt): Promise<void> {
  await db.query({
    name: "finish_sent_batch",
    text: `WITH again AS (${again("$1", "$2")}),
      gone AS (DELETE FROM outbox WHERE id = $1 AND generation = $2),
      shown AS (SELECT * FROM unnest($6::text[], $7::int[]) AS x(id, revision)),
      stale AS (SELECT id FROM (SELECT s.id FROM shown s JOIN moving e ON e.id = s.id WHERE e.revision > s.revision
        UNION ALL SELECT c.escalation_id FROM card c WHERE c.place = $3 AND starts_with($3, 'burst:')
          AND c.escalation_id <> ALL ($6) AND cardinality($6) < ${LIMITS.inOneMessage.value}) AS any_of_these LIMIT 1),
      lanes AS (INSERT INTO lane (name) SELECT $8::text FROM stale ON CONFLICT (name) DO NOTHING),
      owed AS (INSERT INTO outbox (lane, kind, escalation_id, delivery_id, payload, priority, dedupe)
        SELECT $8::text, 'card_update', id, 'dlv_' || replace(gen_random_uuid()::text, '-', ''),
          jsonb_build_object('channel', $3::text), 1, $9::text
        FROM stale ON CONFLICT (dedupe) DO UPDATE SET ${OWED_AGAIN})
      INSERT INTO card (escalation_id, place, channel, ts, revision) SELECT id, $3::text, $4::text, $5::text, revision FROM shown
      ON CONFLICT (escalation_id, place) DO UPDATE SET channel = excluded.channel, ts = excluded.ts,
        revision = GREATEST(card.revision, excluded.revision)`,
    values: [
      delivery.id,
      delivery.generation,
      place,
      channel,
      ts,
      shown.map((one) => one.id),
      shown.map((one) => one.revision),
      updateLaneOf(place),
      batchUpdateKey(place),
    ],
  });
}

/**
 * Not now: the row keeps its place (and the mark that it may have arrived), and the whole lane waits where order or a rate limit
 * asks for it.
 */
export async function postpone(
  db: Queryable,
  delivery: Envelope,
  afterMs: number,
  wholeLane: boolean,
  maybeSent: boolean,
  error: string,
): Promise<void> {
  await db.query({
    name: "postpone",
    text: `WITH row AS (UPDATE outbox SET started_at = CASE WHEN $6 THEN started_at END, last_error = $3,
        run_at = CASE WHEN $4 THEN run_at ELSE (SELECT db_now()) + make_interval(secs => $2 / 1000.0) END WHERE id = $1)
      UPDATE lane SET not_before = (SELECT db_now()) + make_interval(secs => $2 / 1000.0) WHERE name = $5 AND $4`,
    values: [delivery.id, Math.min(afterMs, POSTPONE_MS_MAX), error.slice(0, 500), wholeLane, delivery.lane, maybeSent],
  });
}

/** Kept back on purpose: it is as if it were owed then, and no route is tried for it before. */
export async function holdBack(db: Queryable, delivery: Envelope, afterMs: number): Promise<void> {
  await db.query({
    name: "hold_back",
    text: `UPDATE outbox SET run_at = (SELECT db_now()) + make_interval(secs => $2 / 1000.0), started_at = NULL, attempts = $3,
        created_at = (SELECT db_now()) + make_interval(secs => $2 / 1000.0) WHERE id = $1`,
    values: [delivery.id, Math.min(afterMs, POSTPONE_MS_MAX), delivery.attempts],
  });
}

/**
 * It may have arrived or not, and asking did not help: kept, shown, and never blindly sent again. `dead`: it cannot be delivered
 * at all.
 */
export async function setAside(db: Queryable, delivery: Envelope, status: "uncertain" | "dead", error: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "set_aside",
    text: "UPDATE outbox SET status = $2, last_error = $3 WHERE id = $1 AND generation = $4",
    values: [delivery.id, status, error.slice(0, 500), delivery.generation],
  });
  // Asked for again while it was being sent: the newer one is worth its own try.
  if (rowCount === 0)
    await db.query({
      name: "owe_newer",
      text: "UPDATE outbox SET attempts = 0, last_error = $2 WHERE id = $1",
      values: [delivery.id, error.slice(0, 500)],
    });
  return rowCount === 1;
}

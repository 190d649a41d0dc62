import { z } from "zod";
import {
  type Delivery,
  type DeliveryKind,
  type DeliveryOf,
  type Envelope,
  type Owed,
  type PayloadOf,
  readDelivery,
  type Unreadable,
} from "../domain/consequences/deliveries.ts";
import type { Queryable } from "./pool.ts";
import { OWED_AGAIN } from "./write-escalation.ts";

/** The outbox: lanes that keep their order, leases that die with their process, and rows that stay until they were sent. */
const DeliveryRow = z.object({
  id: z.coerce.number(),
  lane: z.string(),
  kind: z.string(),
  escalation_id: z.string().nullable(),
  delivery_id: z.string(),
  payload: z.unknown(),
  generation: z.int(),
  told: z.int(),
  attempts: z.int(),
  started_at: z.date().nullable(),
  status: z.enum(["owed", "uncertain", "dead"]),
  last_error: z.string().nullable(),
  created_at: z.date(),
  run_at: z.date(),
});
function parse(row: unknown): { envelope: Envelope; payload: unknown } {
  const r = DeliveryRow.parse(row);
  const envelope = {
    id: r.id,
    lane: r.lane,
    kind: r.kind,
    escalationId: r.escalation_id,
    deliveryId: r.delivery_id,
    generation: r.generation,
    told: r.told,
    attempts: r.attempts,
    startedAt: r.started_at,
    status: r.status,
    lastError: r.last_error,
    createdAt: r.created_at,
    runAt: r.run_at,
  };
  return { envelope, payload: r.payload };
}

function parseDelivery(row: unknown): Delivery | Unreadable {
  const { envelope, payload } = parse(row);
  return readDelivery(envelope, payload);
}

/**
 * Whether a time has come. One that lies further ahead than anything is ever put off was written before the database's clock was
 * set back: it has come as well, or a pause of a second would last as long as the clock was wrong. What is held on purpose is
 * held for ever.
 */
const come = (column: string, most: string): string =>
  `(${column} <= (SELECT db_now()) OR (isfinite(${column}) AND ${column} > (SELECT db_now()) + interval '${most}'))`;
const LEASE_ENDED = come("l.leased_until", "2 minutes");
const ROW_DUE = come("o.run_at", "1 hour");

/** Nothing is put off for longer than this, or it would be taken for a time from before the clock was set back. */
const POSTPONE_MS_MAX = 50 * 60_000;

/** Where a lane leads: what hangs on one road must not hold up another. */
export const ROADS = ["slack", "callback", "other"] as const;
export type Road = (typeof ROADS)[number];
const IS_ROAD: Record<Road, string> = {
  slack: "starts_with(l.name, 'slack:')",
  callback: "starts_with(l.name, 'callback:')",
  other: "NOT starts_with(l.name, 'slack:') AND NOT starts_with(l.name, 'callback:')",
};
const freeLanes = (road: Road, limit: string): string =>
  `${road} AS (SELECT l.name FROM lane l WHERE ${IS_ROAD[road]} AND ${LEASE_ENDED} AND ${come("l.not_before", "1 hour")}
    AND EXISTS (SELECT FROM outbox o WHERE o.lane = l.name AND o.status = 'owed' AND ${ROW_DUE})
    ORDER BY l.leased_until, random() LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
const LEASE_LANES = `WITH ${ROADS.map((road, i) => freeLanes(road, `$${i + 3}`)).join(",\n  ")}
  UPDATE lane SET lease = $1, leased_until = (SELECT db_now()) + make_interval(secs => $2)
  WHERE name IN (${ROADS.map((road) => `SELECT name FROM ${road}`).join(" UNION ALL ")})
  RETURNING name`;

/**
 * Leases lanes that have something to send now, at most `room` of each road; lanes held by a living process are skipped. `leaseS`
 * outlasts any single send.
 */
export async function leaseLanes(
  db: Queryable,
  lease: string,
  room: Record<Road, number>,
  leaseS: number,
): Promise<{ lane: string; road: Road }[]> {
  const { rows } = await db.query({
    name: "lease_lanes",
    text: LEASE_LANES,
    values: [lease, leaseS, ...ROADS.map((road) => room[road])],
  });
  return rows.map(({ name }) => ({ lane: name as string, road: roadOf(name) }));
}

function roadOf(lane: string): Road {
  if (lane.startsWith("slack:")) return "slack";
  return lane.startsWith("callback:") ? "callback" : "other";
}

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
        WHERE name = $1 AND lease = $2 AND ${come("not_before", "1 hour")} RETURNING name),
      next AS (SELECT o.id, o.started_at FROM outbox o JOIN held ON o.lane = held.name WHERE o.status = 'owed' AND ${ROW_DUE}
        ORDER BY o.priority, o.id LIMIT 1 FOR UPDATE OF o),
      begun AS (UPDATE outbox o SET started_at = coalesce(o.started_at, (SELECT db_now())), attempts = attempts + 1
        FROM next WHERE o.id = next.id RETURNING o.*)
      SELECT begun.id, lane, kind, escalation_id, delivery_id, payload, generation, told, attempts - 1 AS attempts,
        next.started_at, status, last_error, created_at, run_at
      FROM begun JOIN next USING (id)`,
    values: [lane, lease, leaseS],
  });
  return rows[0] === undefined ? null : parseDelivery(rows[0]);
}

/** `permalink`: of the card in the channel, where this is that card; on a copy the one that was drawn there. */
export type Receipt = { place: string; channel: string; ts: string; revision: number; permalink: string | null };

/** Owed again while it was being sent: what goes next is another message, told apart by an id of its own. */
const AGAIN = `UPDATE outbox SET started_at = NULL, attempts = 0, last_error = NULL, told = $2,
  delivery_id = 'dlv_' || replace(gen_random_uuid()::text, '-', '') WHERE id = $1 AND generation <> $2`;

/**
 * It arrived: the row goes, unless it was asked for again meanwhile, and the receipt is saved with it in one statement. A card
 * that was rendered before the newest change of its escalation owes an update at once, and so does a copy that was drawn without
 * the address of the card in the channel, as soon as both are known.
 */
export async function finishSent(db: Queryable, delivery: Envelope, receipt: Receipt | null): Promise<void> {
  if (receipt === null) {
    await db.query({
      name: "finish_sent",
      text: `WITH again AS (${AGAIN})
        DELETE FROM outbox WHERE id = $1 AND generation = $2`,
      values: [delivery.id, delivery.generation],
    });
    return;
  }
  await db.query({
    name: "finish_sent_card",
    text: `WITH again AS (${AGAIN}),
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

/** Gives a lane back. Its pause, if any, stays. */
export async function releaseLane(db: Queryable, lane: string, lease: string): Promise<void> {
  await db.query({
    name: "release_lane",
    text: "UPDATE lane SET lease = NULL, leased_until = '-infinity' WHERE name = $1 AND lease = $2",
    values: [lane, lease],
  });
}

export async function listNotSent(db: Queryable, limit: number): Promise<Envelope[]> {
  const { rows } = await db.query({
    text: `SELECT id, lane, kind, escalation_id, delivery_id, payload, generation, told, attempts, started_at, status,
      last_error, created_at, run_at
      FROM outbox ORDER BY status = 'owed', id LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => parse(row).envelope);
}

/**
 * Owes a delivery that was set aside once more; answers the id it goes under. A new one in Slack, where the old one may be on a
 * message that nobody found; a callback keeps its own, by which the agent knows it again.
 */
export async function oweAgain(db: Queryable, id: number, deliveryId: string): Promise<string | null> {
  const { rows } = await db.query({
    text: `UPDATE outbox SET status = 'owed', attempts = 0, started_at = NULL, run_at = (SELECT db_now()),
      delivery_id = CASE WHEN kind = 'callback' THEN delivery_id ELSE $2 END WHERE id = $1 AND status <> 'owed'
        RETURNING delivery_id`,
    values: [id, deliveryId],
  });
  return z.object({ delivery_id: z.string() }).optional().parse(rows[0])?.delivery_id ?? null;
}

const UNDELIVERED = ["page", "message", "email_page", "pager_page"] as const satisfies DeliveryKind[];
export type Undelivered = DeliveryOf<(typeof UNDELIVERED)[number]>;
const isUndelivered = (delivery: Delivery | Unreadable): delivery is Undelivered =>
  !("unreadable" in delivery) && UNDELIVERED.some((kind) => kind === delivery.kind);

/**
 * Pages and alarms that have not arrived: refused, uncertain, or still owed after `patienceS` (or owed before the clock was set
 * back, nobody knows how long). Each is taken once; the next route is owed in the same transaction.
 */
export async function takeUndelivered(tx: Queryable, patienceS: number, limit: number): Promise<Undelivered[]> {
  const { rows } = await tx.query({
    name: "take_undelivered",
    text: `UPDATE outbox SET rerouted_at = (SELECT db_now()) WHERE id IN (SELECT id FROM outbox
        WHERE rerouted_at IS NULL AND kind IN (${UNDELIVERED.map((kind) => `'${kind}'`).join(", ")}) AND (kind <> 'message' OR
          payload ? 'alarm')
          AND (status <> 'owed' OR created_at <= (SELECT db_now()) - make_interval(secs => $1)
            OR created_at > (SELECT db_now()) + make_interval(secs => $1))
        ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING id, lane, kind, escalation_id, delivery_id, payload, generation, told, attempts, started_at, status, last_error,
        created_at, run_at`,
    values: [patienceS, limit],
  });
  return rows.map(parseDelivery).filter(isUndelivered);
}

/** Owes several deliveries that follow from no commit of an escalation. */
export async function oweAll(db: Queryable, owed: readonly (Owed & { deliveryId: string })[]): Promise<void> {
  if (owed.length === 0) return;
  await db.query({
    name: "owe_all",
    text: `WITH owed AS (SELECT * FROM jsonb_to_recordset($1::jsonb)
        AS x(lane text, kind text, "escalationId" text, "deliveryId" text, payload jsonb, priority int, dedupe text)),
      lanes AS (INSERT INTO lane (name) SELECT DISTINCT lane FROM owed ON CONFLICT (name) DO NOTHING)
      INSERT INTO outbox (lane, kind, escalation_id, delivery_id, payload, priority, dedupe)
      SELECT lane, kind, "escalationId", "deliveryId", payload, priority, dedupe FROM owed
      ON CONFLICT (dedupe) DO UPDATE SET ${OWED_AGAIN}`,
    values: [JSON.stringify(owed)],
  });
}

/** Owes a plain message that belongs to no escalation. */
export async function oweMessage(db: Queryable, lane: string, payload: PayloadOf<"message">, deliveryId: string): Promise<void> {
  await db.query({
    text: `WITH lanes AS (INSERT INTO lane (name) VALUES ($1) ON CONFLICT (name) DO NOTHING)
      INSERT INTO outbox (lane, kind, delivery_id, payload, priority) VALUES ($1, 'message', $2, $3, 0)`,
    values: [lane, deliveryId, JSON.stringify(payload)],
  });
}

import { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import {
  CLASS,
  type Delivery,
  type DeliveryKind,
  type DeliveryOf,
  type Envelope,
  type Owed,
  type PayloadOf,
  type Unreadable,
} from "../domain/consequences/deliveries.ts";
import { DELIVERY_COLUMNS, parse, parseDelivery } from "./delivery-row.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * The outbox: what is owed stays until it was sent, or set aside where people see it.
 *
 * What was handed to another route goes there again only if it is owed again this much later: alarms can come by the hundred.
 */
const REROUTE_AGAIN = "10 minutes";
const BEGINS_ANEW = "outbox.status IN ('uncertain', 'dead') OR outbox.kind = 'callback'";
/** What ends a wait is not kept back by the pause of an earlier failure, nor is anything by what only waited for company. */
const GOES_SOONER = `excluded.priority = ${CLASS.end} OR outbox.attempts = 0`;

/**
 * What is owed once more while it is still unsent is one delivery, drawn from what is true when it goes. Had it been set aside
 * (dead, uncertain), the news is worth another try: a card must not keep its buttons because an earlier update failed. A mark
 * that it may have arrived stays, so that it is looked for first. A callback is another message under an id of its own, or an
 * agent that has seen the older one would take the newer one for the same; its tries and its time begin anew.
 */
export const OWED_AGAIN = `generation = outbox.generation + excluded.generation, payload = excluded.payload,
  escalation_id = excluded.escalation_id, agent_id = excluded.agent_id,
  rerouted_at = CASE WHEN outbox.rerouted_at > excluded.created_at - interval '${REROUTE_AGAIN}' THEN outbox.rerouted_at END,
  attempts = CASE WHEN ${BEGINS_ANEW} THEN 0 ELSE outbox.attempts END,
  run_at = CASE WHEN ${BEGINS_ANEW} OR outbox.status = 'owed' THEN excluded.run_at WHEN ${GOES_SOONER}
    THEN LEAST(outbox.run_at, excluded.run_at) ELSE outbox.run_at END,
  status = CASE WHEN ${BEGINS_ANEW} THEN excluded.status WHEN outbox.status = 'owed' THEN 'owed'
    WHEN (${GOES_SOONER}) AND excluded.status = 'owed' THEN 'owed' ELSE 'later' END,
  delivery_id = CASE outbox.kind WHEN 'callback' THEN excluded.delivery_id ELSE outbox.delivery_id END,
  created_at = CASE outbox.kind WHEN 'callback' THEN excluded.created_at ELSE outbox.created_at END,
  priority = LEAST(outbox.priority, excluded.priority)`;

export async function listNotSent(db: Queryable, limit: number): Promise<Envelope[]> {
  const { rows } = await db.query({
    text: `SELECT ${DELIVERY_COLUMNS} FROM outbox WHERE workspace = ${WORKSPACE}
      ORDER BY status IN ('owed', 'later'), id LIMIT $1`,
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
      delivery_id = CASE WHEN kind = 'callback' THEN delivery_id ELSE $2 END WHERE workspace = ${WORKSPACE} AND id = $1
        AND status IN ('uncertain', 'dead') RETURNING delivery_id`,
    values: [id, deliveryId],
  });
  return z.object({ delivery_id: z.string() }).optional().parse(rows[0])?.delivery_id ?? null;
}

/** Owes a delivery no longer, whatever it is; answers what it was. */
export async function leaveOut(db: Queryable, id: number): Promise<Envelope | null> {
  const { rows } = await db.query({
    text: `DELETE FROM outbox WHERE workspace = ${WORKSPACE} AND id = $1 RETURNING ${DELIVERY_COLUMNS}`,
    values: [id],
  });
  return rows[0] === undefined ? null : parse(rows[0]).envelope;
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
    text: `UPDATE outbox SET rerouted_at = (SELECT db_now()) WHERE workspace = ${WORKSPACE} AND id = ANY (ARRAY(
        SELECT id FROM outbox
        WHERE workspace = ${WORKSPACE} AND rerouted_at IS NULL AND kind IN (${UNDELIVERED.map((kind) => `'${kind}'`).join(", ")})
          AND (kind <> 'message' OR payload ? 'alarm')
          AND (status IN ('uncertain', 'dead') OR created_at <= (SELECT db_now()) - make_interval(secs => $1)
            OR created_at > (SELECT db_now()) + make_interval(secs => $1))
        ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
      RETURNING ${DELIVERY_COLUMNS}`,
    values: [patienceS, limit],
  });
  return rows.map(parseDelivery).filter(isUndelivered);
}

/**
 * Owes several deliveries that follow from no commit of an escalation, in the order in which commits owe theirs: two who take the
 * same rows never wait for each other.
 */
export async function oweAll(db: Queryable, owed: readonly (Owed & { deliveryId: string; agentId?: string })[]): Promise<void> {
  if (owed.length === 0) return;
  await db.query({
    name: "owe_all",
    text: `INSERT INTO outbox (workspace, lane, kind, escalation_id, agent_id, delivery_id, payload, priority, dedupe)
      SELECT ${WORKSPACE}, lane, kind, "escalationId", COALESCE("agentId", ''), "deliveryId", payload, priority, dedupe
      FROM jsonb_to_recordset($1::jsonb) AS x(lane text, kind delivery_kind, "escalationId" text, "agentId" text,
        "deliveryId" text, payload jsonb, priority int, dedupe text) ORDER BY dedupe NULLS FIRST
      ON CONFLICT (workspace, dedupe) WHERE dedupe IS NOT NULL DO UPDATE SET ${OWED_AGAIN}`,
    values: [JSON.stringify(owed)],
  });
}

/** Owes a plain message that belongs to no escalation. */
export async function oweMessage(db: Queryable, lane: string, payload: PayloadOf<"message">, deliveryId: string): Promise<void> {
  await db.query({
    text: `INSERT INTO outbox (workspace, lane, kind, delivery_id, payload, priority)
      VALUES (${WORKSPACE}, $1, 'message', $2, $3, ${CLASS.page})`,
    values: [lane, deliveryId, JSON.stringify(payload)],
  });
}

/** How much is owed, for the numbers that people and alarms look at. */
export type OutboxCounts = {
  owed: number;
  delayed: number;
  uncertain: number;
  dead: number;
  oldestOwedS: number;
  /** Of those for Slack alone: callbacks wait for their agents' own troubles. */
  oldestForSlackS: number;
};

const AT_MOST = LIMITS.deliveriesCounted.value;
/** The first of them, which are the oldest: a flood is counted no further than this. */
const first = (columns: string, statuses: string): string => `(SELECT ${columns} FROM outbox
  WHERE workspace = ${WORKSPACE} AND status IN (${statuses}) ORDER BY id LIMIT ${AT_MOST})`;
/** What Slack does not take stays owed in its lane; callbacks for endpoints that are gone must not stand before it. */
const OWED_TO_SLACK = `(SELECT created_at FROM outbox
  WHERE workspace = ${WORKSPACE} AND status = 'owed' AND lane > 'slack:' AND lane < 'slack;' LIMIT ${AT_MOST})`;
const age = (created: string): string => `coalesce(extract(epoch FROM (SELECT db_now()) - ${created}), 0)::float8`;

/** At most `deliveriesCounted` of each; the oldest are among those. */
export async function countOutbox(db: Queryable): Promise<OutboxCounts> {
  const { rows } = await db.query({
    name: "count_outbox",
    text: `WITH unsent AS MATERIALIZED ${first("lane, attempts, created_at", "'owed', 'later'")}
      SELECT count(*)::int AS owed, count(*) FILTER (WHERE attempts > 0)::int AS delayed,
        (SELECT count(*) FROM ${first("id", "'uncertain'")} AS counted)::int AS uncertain,
        (SELECT count(*) FROM ${first("id", "'dead'")} AS counted)::int AS dead,
        ${age("min(created_at)")} AS "oldestOwedS",
        ${age(`LEAST(min(created_at) FILTER (WHERE lane LIKE 'slack:%'),
          (SELECT min(created_at) FROM ${OWED_TO_SLACK} AS owed))`)} AS "oldestForSlackS"
      FROM unsent`,
  });
  return z
    .object({
      owed: z.number(),
      delayed: z.number(),
      uncertain: z.number(),
      dead: z.number(),
      oldestOwedS: z.number(),
      oldestForSlackS: z.number(),
    })
    .parse(rows[0]);
}

import { LIMITS } from "../domain/base/limits.ts";
import { CLASS, type Envelope } from "../domain/consequences/deliveries.ts";
import { batchUpdateKey, updateLaneOf } from "../domain/consequences/effects.ts";
import { OWED_AGAIN } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { LOCKED } from "./sends.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** `permalink`: of the card in the channel, where this is that card; on a copy the one that was drawn there. */
export type CardReceipt = { place: string; channel: string; ts: string; revision: number; permalink: string | null };
/** Of one message that shows several escalations, each at the revision that was drawn. */
export type BatchReceipt = { place: string; channel: string; ts: string; shown: readonly { id: string; revision: number }[] };
export type Receipt = CardReceipt | BatchReceipt;

/** What arrived, with Slack's receipt where it is a card. */
export type Arrival = { delivery: Pick<Envelope, "id" | "generation" | "escalationId">; receipt: CardReceipt | null };

const NEW_ID = "'dlv_' || replace(gen_random_uuid()::text, '-', '')";
const UPDATE_LANE = "'slack:chat.update:' || CASE WHEN strpos(place, ':') > 0 THEN split_part(place, ':', 2) ELSE place END";

const ANEW = `started_at = NULL, attempts = 0, last_error = NULL, delivery_id = ${NEW_ID}`;

/**
 * Owed again while it was being sent: what goes next is another message, told apart by an id of its own, and not before the time
 * for which it was owed. That is known of one wish only: of several, one may have been pressing. All else has arrived, and goes.
 */
const againOrGone = (isStale: string): string => `again AS (
  UPDATE outbox o SET ${ANEW}, told = done.generation,
    generation = o.generation + CASE WHEN locked.generation = done.generation THEN 1 ELSE 0 END,
    status = CASE WHEN locked.generation = done.generation + 1 AND o.run_at > (SELECT db_now()) THEN 'later'
      ELSE 'owed' END::delivery_status
  FROM locked JOIN done USING (id) WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2) AND o.id = locked.id
    AND (locked.generation <> done.generation OR ${isStale}) RETURNING o.lane, o.status),
gone AS (
  DELETE FROM outbox o USING locked JOIN done USING (id) WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2) AND o.id = locked.id
    AND locked.generation = done.generation AND NOT ${isStale})`;

/** What is owed already keeps its time, but is another wish: whoever sends the older one just now sends it once more. */
const WISHED_AGAIN = `generation = outbox.generation + 1,
  attempts = CASE WHEN outbox.status IN ('uncertain', 'dead') THEN 0 ELSE outbox.attempts END,
  status = CASE WHEN outbox.status IN ('uncertain', 'dead') THEN 'owed' ELSE outbox.status END`;

const OWED_NOW = "SELECT lane FROM again WHERE status = 'owed'";

/** The card was posted anew there, and this was an update of the older message. */
const OLDER = "card.channel = excluded.channel AND card.ts > excluded.ts";
const unlessOlder = (column: string, value: string): string =>
  `${column} = CASE WHEN ${OLDER} THEN card.${column} ELSE ${value} END`;

const FINISH = `WITH done AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id bigint, generation int)),
${LOCKED},
${againOrGone("false")}
${OWED_NOW}`;

/**
 * A card that was rendered before the newest change of its escalation owes an update at once, and so does a copy that was drawn
 * without the address of the card in the channel, as soon as both are known. An update owes itself anew by its own row, also
 * where that address comes with the same statement.
 */
const FINISH_CARDS = `WITH done AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    id bigint, generation int, escalation text, place text, channel text, ts text, revision int, permalink text)),
${LOCKED},
receipt AS MATERIALIZED (
  SELECT DISTINCT ON (escalation, place) * FROM done WHERE place IS NOT NULL ORDER BY escalation, place, revision DESC),
e AS MATERIALIZED (SELECT id, revision, agent_id, channel FROM moving
  WHERE workspace = ${WORKSPACE} AND id = ANY($3)),
stale AS MATERIALIZED (
  SELECT DISTINCT ON (id, place) id, agent_id, place, class,
    bool_or(leads) OVER (PARTITION BY id, place) AS leads, 'update:' || id || ':' || place AS dedupe FROM (
    SELECT e.id, agent_id, r.place, ${CLASS.end} AS class, false AS leads FROM e JOIN receipt r ON r.escalation = e.id
      WHERE e.revision > r.revision
    UNION ALL SELECT e.id, agent_id, r.place, ${CLASS.notice}, true FROM e JOIN receipt r ON r.escalation = e.id
      CROSS JOIN ${byKey("card", "escalation_id = e.id AND place = e.channel")} c
      WHERE r.place ~ '^[CGUW]' AND r.place <> e.channel AND e.revision <= r.revision
        AND c.permalink IS DISTINCT FROM r.permalink AND c.permalink IS NOT NULL
    UNION ALL SELECT e.id, agent_id, c.place, ${CLASS.notice}, true FROM e
      JOIN receipt r ON r.escalation = e.id AND r.place = e.channel
      CROSS JOIN ${byKey("card", "escalation_id = e.id")} c
      WHERE c.place <> e.channel AND c.place ~ '^[CGUW]' AND c.ts IS NOT NULL AND r.permalink IS NOT NULL
        AND c.permalink IS DISTINCT FROM r.permalink
    UNION ALL SELECT e.id, agent_id, r.place, ${CLASS.notice}, true FROM e JOIN receipt r ON r.escalation = e.id
      JOIN receipt m ON m.escalation = e.id AND m.place = e.channel
      WHERE r.place ~ '^[CGUW]' AND r.place <> e.channel AND e.revision <= r.revision
        AND m.permalink IS DISTINCT FROM r.permalink AND m.permalink IS NOT NULL
  ) AS all_of_them ORDER BY id, place, class),
${againOrGone("COALESCE(locked.dedupe = ANY (ARRAY(SELECT dedupe FROM stale WHERE leads)), false)")},
owed AS (
  INSERT INTO outbox (workspace, lane, kind, escalation_id, agent_id, delivery_id, payload, priority, dedupe)
  SELECT ${WORKSPACE}, ${UPDATE_LANE}, 'card_update', id, agent_id, ${NEW_ID}, jsonb_build_object('channel', place), class, dedupe
  FROM stale WHERE NOT EXISTS (SELECT FROM locked WHERE locked.dedupe = stale.dedupe) ORDER BY dedupe
  ON CONFLICT (workspace, dedupe) WHERE dedupe IS NOT NULL DO UPDATE SET ${WISHED_AGAIN} RETURNING lane, status),
received AS (
INSERT INTO card (workspace, escalation_id, place, channel, ts, revision, permalink)
SELECT ${WORKSPACE}, escalation, place, channel, ts, revision, permalink FROM receipt ORDER BY escalation, place
ON CONFLICT (workspace, escalation_id, place) DO UPDATE SET channel = excluded.channel, ${unlessOlder("ts", "excluded.ts")},
  ${unlessOlder("revision", "GREATEST(card.revision, excluded.revision)")}, ${unlessOlder("permalink", "excluded.permalink")})
${OWED_NOW} UNION SELECT lane FROM owed WHERE status = 'owed'`;

/**
 * They arrived: the rows go, unless they were asked for again meanwhile, and the receipts are saved in the same statement.
 * Answers the lanes in which something is owed because of it.
 */
export async function finishSent(db: Queryable, arrivals: readonly Arrival[]): Promise<string[]> {
  const done = arrivals.map(({ delivery, receipt }) => ({
    id: delivery.id,
    generation: delivery.generation,
    ...(receipt === null ? {} : { escalation: delivery.escalationId, ...receipt }),
  }));
  const ids = done.map(({ id }) => id);
  const cards = arrivals.flatMap(({ delivery, receipt }) => (receipt === null ? [] : (delivery.escalationId ?? [])));
  const values = [JSON.stringify(done), ids];
  const { rows } = await db.query(
    cards.length === 0
      ? { name: "finish_sent", text: FINISH, values }
      : { name: "finish_sent_cards", text: FINISH_CARDS, values: [...values, cards] },
  );
  return rows.map(({ lane }) => lane as string);
}

/**
 * An escalation that has changed since it was drawn owes the whole message an update at once, and so does one that joined a burst
 * meanwhile: the message may have been drawn without it after it was drawn with it.
 */
export async function finishBatch(
  db: Queryable,
  delivery: Pick<Envelope, "id" | "generation">,
  { place, channel, ts, shown }: BatchReceipt,
): Promise<void> {
  const key = batchUpdateKey(place);
  await db.query({
    name: "finish_sent_batch",
    text: `WITH done AS (SELECT $1::bigint AS id, $10::int AS generation),
${LOCKED},
shown AS (SELECT * FROM unnest($6::text[], $7::int[]) AS x(id, revision)),
stale AS MATERIALIZED (SELECT id FROM (SELECT s.id FROM shown s CROSS JOIN ${byKey("moving", "id = s.id")} e
    WHERE e.revision > s.revision
  UNION ALL SELECT c.escalation_id FROM card c WHERE c.workspace = ${WORKSPACE} AND c.place = $3 AND strpos(c.place, ':') > 0
    AND starts_with($3, 'burst:') AND c.escalation_id <> ALL ($6) AND cardinality($6) < ${LIMITS.inOneMessage.value}
  ) AS any_of_these LIMIT 1),
again AS (
  UPDATE outbox o SET ${ANEW}, told = done.generation,
    generation = o.generation + CASE WHEN locked.dedupe = $9 AND EXISTS (SELECT FROM stale) THEN 1 ELSE 0 END
  FROM locked JOIN done USING (id) WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2) AND o.id = locked.id
    AND (locked.generation <> done.generation OR (locked.dedupe = $9 AND EXISTS (SELECT FROM stale)))),
gone AS (
  DELETE FROM outbox o USING locked JOIN done USING (id) WHERE o.workspace = ${WORKSPACE} AND o.id = ANY($2) AND o.id = locked.id
    AND locked.generation = done.generation AND NOT (locked.dedupe IS NOT DISTINCT FROM $9 AND EXISTS (SELECT FROM stale))),
owed AS (
  INSERT INTO outbox (workspace, lane, kind, escalation_id, delivery_id, payload, priority, dedupe)
  SELECT ${WORKSPACE}, $8::text, 'card_update', id, ${NEW_ID}, jsonb_build_object('channel', $3::text), ${CLASS.waiting}, $9::text
  FROM stale WHERE NOT EXISTS (SELECT FROM locked WHERE locked.dedupe = $9)
  ON CONFLICT (workspace, dedupe) WHERE dedupe IS NOT NULL DO UPDATE SET ${OWED_AGAIN})
INSERT INTO card (workspace, escalation_id, place, channel, ts, revision)
SELECT ${WORKSPACE}, id, $3::text, $4::text, $5::text, revision FROM shown ORDER BY id
ON CONFLICT (workspace, escalation_id, place) DO UPDATE SET channel = excluded.channel, ${unlessOlder("ts", "excluded.ts")},
  ${unlessOlder("revision", "GREATEST(card.revision, excluded.revision)")}`,
    values: [
      delivery.id,
      [delivery.id],
      place,
      channel,
      ts,
      shown.map((one) => one.id),
      shown.map((one) => one.revision),
      updateLaneOf(place),
      key,
      delivery.generation,
    ],
  });
}

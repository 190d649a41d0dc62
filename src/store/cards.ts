import { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import { cardKey } from "../domain/consequences/effects.ts";
import { postLane } from "../domain/consequences/lanes.ts";
import { type Drawn, readDrawn, type Shown } from "./drawn.ts";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** Where cards stand in Slack, and the digests of what people had before them. */
export type Card = {
  escalationId: string;
  place: string;
  channel: string;
  ts: string;
  revision: number;
  permalink: string | null;
};

const Row = z.object({
  escalation_id: z.string(),
  place: z.string(),
  channel: z.string(),
  ts: z.string(),
  revision: z.int(),
  permalink: z.string().nullable(),
});
const parse = (row: unknown): Card => {
  const { escalation_id, ...card } = Row.parse(row);
  return { escalationId: escalation_id, ...card };
};

const COLUMNS = "escalation_id, place, channel, ts, revision, permalink";
/** What was drawn and has not arrived yet stands nowhere. */
const STANDING = `workspace = ${WORKSPACE} AND ts IS NOT NULL`;
/** Only messages that show several escalations are looked for by their place; an index knows these. */
const IS_SHARED = "strpos(place, ':') > 0";

export async function findCard(db: Queryable, escalationId: string, place: string): Promise<Card | null> {
  const { rows } = await db.query({
    name: "find_card",
    text: `SELECT ${COLUMNS} FROM card WHERE ${STANDING} AND escalation_id = $1 AND place = $2`,
    values: [escalationId, place],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

/**
 * Whether its post there is on its way, or has arrived by now. A card and a batch are found by the name under which they are owed
 * once, a page in the lane of its person.
 */
export async function isPosting(db: Queryable, escalationId: string, place: string): Promise<boolean> {
  const { rows } = await db.query({
    name: "is_posting",
    text: `SELECT COALESCE((SELECT ts IS NOT NULL FROM card
          WHERE workspace = ${WORKSPACE} AND escalation_id = $1 AND place = $2), false)
        OR COALESCE((SELECT true FROM outbox WHERE workspace = ${WORKSPACE} AND dedupe = ANY($3::text[])
          AND started_at IS NOT NULL LIMIT 1), false)
        OR COALESCE((SELECT true FROM outbox WHERE workspace = ${WORKSPACE} AND status = 'owed' AND lane = $4
          AND escalation_id = $1 AND kind = 'page' AND started_at IS NOT NULL LIMIT 1), false) AS posting`,
    values: [escalationId, place, [cardKey(escalationId, place), place], postLane(place)],
  });
  return z.object({ posting: z.boolean() }).parse(rows[0]).posting;
}

/** All messages of an escalation whose place begins like this: the reminders of one person. */
export async function findCardsIn(db: Queryable, escalationId: string, prefix: string): Promise<Card[]> {
  const { rows } = await db.query({
    name: "find_cards_in",
    text: `SELECT ${COLUMNS} FROM card WHERE ${STANDING} AND escalation_id = $1 AND starts_with(place, $2)
      ORDER BY posted_at LIMIT 50`,
    values: [escalationId, prefix],
  });
  return rows.map(parse);
}

/** The message of a batch or a burst, by whichever of its escalations. */
export async function findCardAt(db: Queryable, place: string): Promise<Card | null> {
  const { rows } = await db.query({
    name: "find_card_at",
    text: `SELECT ${COLUMNS} FROM card WHERE ${STANDING} AND place = $1 AND ${IS_SHARED} ORDER BY posted_at DESC LIMIT 1`,
    values: [place],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

/** Ids of the escalations that stand in a place, in the order they came there. */
export async function listAtPlace(db: Queryable, place: string): Promise<string[]> {
  const { rows } = await db.query({
    name: "at_place",
    text: `SELECT escalation_id FROM card WHERE ${STANDING} AND place = $1 AND ${IS_SHARED} ORDER BY posted_at, escalation_id
      LIMIT ${LIMITS.inOneMessage.value}`,
    values: [place],
  });
  return rows.map((row) => row.escalation_id as string);
}

/** What waits for the people of these queues and has its card in a place, earliest deadline first. */
export async function listWaitingAt(db: Queryable, queues: readonly string[], place: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "waiting_at",
    text: `SELECT e.id FROM live e CROSS JOIN ${byKey("card", "escalation_id = e.id AND place = $2 AND ts IS NOT NULL")} c
      WHERE e.workspace = ${WORKSPACE} AND e.state = 'paused_pending_human' AND e.queue = ANY($1) ORDER BY e.deadline, e.id
        LIMIT $3`,
    values: [queues, place, limit],
  });
  return rows.map((row) => row.id as string);
}

/** Saves that one message lists another escalation as well, before it is drawn anew from all that it lists. */
export async function joinBatch(db: Queryable, at: { place: string; channel: string; ts: string }, id: string): Promise<void> {
  await db.query({
    name: "join_batch",
    text: `INSERT INTO card (workspace, escalation_id, place, channel, ts) VALUES (${WORKSPACE}, $1, $2, $3, $4)
      ON CONFLICT (workspace, escalation_id, place) DO UPDATE SET channel = excluded.channel, ts = excluded.ts
      WHERE card.ts IS NULL`,
    values: [id, at.place, at.channel, at.ts],
  });
}

/**
 * Which drawing a click was on: where its message stands, and the beginning of the digest where the message carries it. In a
 * channel the place of a card has the channel's name; in somebody's DM several messages can stand for one escalation.
 */
export type ClickedOn = { channel: string; ts: string; mark: string | null };

/** The newest drawing of a version on a message; with a mark, that very one or none. */
export async function findDrawn(
  db: Queryable,
  escalationId: string,
  version: number,
  { channel, ts, mark }: ClickedOn,
): Promise<Drawn | null> {
  const { rows } = await db.query({
    name: "find_drawn",
    text: `SELECT drawn FROM card WHERE workspace = ${WORKSPACE} AND escalation_id = $1
      AND (place = $2 OR (channel = $2 AND ts = $3)) ORDER BY (channel = $2 AND ts = $3) DESC NULLS LAST LIMIT 1`,
    values: [escalationId, channel, ts],
  });
  const drawn = rows[0] === undefined ? [] : readDrawn(rows[0].drawn);
  return drawn.find((one) => one.version === version && (mark === null || one.digest.startsWith(mark))) ?? null;
}

/** A form as somebody has it before them. */
export type Rendering = {
  escalationId: string;
  version: number;
  surface: string;
  userId: string;
  digest: string;
  complete: boolean;
};

/**
 * Kept before it is shown, so that it stands there before anybody can answer in it. What one form shows of several is one
 * statement. The newest takes the place of the one before.
 */
export async function saveRenderings(db: Queryable, renderings: readonly Rendering[]): Promise<void> {
  if (renderings.length === 0) return;
  await db.query({
    name: "save_renderings",
    text: `INSERT INTO rendering (workspace, escalation_id, version, surface, user_id, digest, complete)
      SELECT ${WORKSPACE}, * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[]) ORDER BY 2
      ON CONFLICT (workspace, escalation_id, version, surface, user_id) DO UPDATE
        SET digest = excluded.digest, complete = excluded.complete, at = excluded.at`,
    values: [
      renderings.map((one) => one.escalationId),
      renderings.map((one) => one.version),
      renderings.map((one) => one.surface),
      renderings.map((one) => one.userId),
      renderings.map((one) => one.digest),
      renderings.map((one) => one.complete),
    ],
  });
}

/** The newest form of this kind that somebody was shown of a version. */
export async function findRendering(
  db: Queryable,
  escalationId: string,
  version: number,
  { surface, userId }: Pick<Rendering, "surface" | "userId">,
): Promise<Shown | null> {
  const { rows } = await db.query({
    name: "find_rendering",
    text: `SELECT digest, complete FROM rendering WHERE workspace = ${WORKSPACE} AND escalation_id = $1 AND version = $2
      AND surface = $3 AND user_id = $4`,
    values: [escalationId, version, surface, userId],
  });
  return z.object({ digest: z.string(), complete: z.boolean() }).optional().parse(rows[0]) ?? null;
}

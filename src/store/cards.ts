import { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

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

export async function findCard(db: Queryable, escalationId: string, place: string): Promise<Card | null> {
  const { rows } = await db.query({
    name: "find_card",
    text: "SELECT escalation_id, place, channel, ts, revision, permalink FROM card WHERE escalation_id = $1 AND place = $2",
    values: [escalationId, place],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

/** All messages of an escalation whose place begins like this: the reminders of one person. */
export async function findCardsIn(db: Queryable, escalationId: string, prefix: string): Promise<Card[]> {
  const { rows } = await db.query({
    name: "find_cards_in",
    text: `SELECT escalation_id, place, channel, ts, revision, permalink FROM card WHERE escalation_id = $1
      AND starts_with(place, $2)
      ORDER BY posted_at LIMIT 50`,
    values: [escalationId, prefix],
  });
  return rows.map(parse);
}

/** Any card in a place; all of a batch's stand on one message. */
export async function findCardAt(db: Queryable, place: string): Promise<Card | null> {
  const { rows } = await db.query({
    name: "find_card_at",
    text: `SELECT escalation_id, place, channel, ts, revision, permalink FROM card WHERE place = $1 ORDER BY posted_at DESC
      LIMIT 1`,
    values: [place],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

/** Where a message of Slack stands for an escalation. */
export async function findPlace(db: Queryable, escalationId: string, channel: string, ts: string): Promise<string | null> {
  const { rows } = await db.query({
    name: "find_place",
    text: "SELECT place FROM card WHERE escalation_id = $1 AND channel = $2 AND ts = $3",
    values: [escalationId, channel, ts],
  });
  return z.object({ place: z.string() }).optional().parse(rows[0])?.place ?? null;
}

/** Ids of the escalations that stand in a place, in the order they came there. */
export async function listAtPlace(db: Queryable, place: string): Promise<string[]> {
  const { rows } = await db.query({
    name: "at_place",
    text: `SELECT escalation_id FROM card WHERE place = $1 ORDER BY posted_at, escalation_id LIMIT ${LIMITS.inOneMessage.value}`,
    values: [place],
  });
  return rows.map((row) => row.escalation_id as string);
}

/** What waits for the people of these queues and has its card in a place, earliest deadline first. */
export async function listWaitingAt(db: Queryable, queues: readonly string[], place: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "waiting_at",
    text: `SELECT e.id FROM live e JOIN card c ON c.escalation_id = e.id AND c.place = $2
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
    text: `INSERT INTO card (escalation_id, place, channel, ts, revision) VALUES ($1, $2, $3, $4, 0)
      ON CONFLICT (escalation_id, place) DO NOTHING`,
    values: [id, at.place, at.channel, at.ts],
  });
}

export type Rendering = {
  escalationId: string;
  version: number;
  surface: string;
  userId: string | null;
  digest: string;
  complete: boolean;
};

/**
 * Kept before it is shown, so that it stands there before anybody can click on it. What one message or form shows of several is
 * one statement.
 */
export async function saveRenderings(db: Queryable, renderings: readonly Rendering[]): Promise<void> {
  if (renderings.length === 0) return;
  await db.query({
    name: "save_renderings",
    text: `INSERT INTO rendering (escalation_id, version, surface, user_id, digest, complete)
      SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[])`,
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

/**
 * `userId`: where the surface is a modal, whose; `mark`: the beginning of the digest, where it is known which drawing of several
 * it was.
 */
export type Surface = { surface: string; userId: string | null; mark: string | null };

/** The newest rendering of a version on a surface; with a mark, that very one or none. */
export async function findRendering(
  db: Queryable,
  escalationId: string,
  version: number,
  { surface, userId, mark }: Surface,
): Promise<{ digest: string; complete: boolean } | null> {
  const { rows } = await db.query({
    name: "find_rendering",
    text: `SELECT digest, complete FROM rendering WHERE escalation_id = $1 AND version = $2 AND surface = $3
      AND user_id IS NOT DISTINCT FROM $4
        AND ($5::text IS NULL OR starts_with(digest, $5)) ORDER BY id DESC LIMIT 1`,
    values: [escalationId, version, surface, userId, mark],
  });
  return z.object({ digest: z.string(), complete: z.boolean() }).optional().parse(rows[0]) ?? null;
}

import { z } from "zod";
import type { Queryable } from "./write-escalation.ts";

/** Where cards stand in Slack, and the digests of what people had before them. */
export type Card = { escalationId: string; place: string; channel: string; ts: string; revision: number };

const Row = z.object({ escalation_id: z.string(), place: z.string(), channel: z.string(), ts: z.string(), revision: z.int() });
const parse = (row: unknown): Card => {
  const r = Row.parse(row);
  return { escalationId: r.escalation_id, place: r.place, channel: r.channel, ts: r.ts, revision: r.revision };
};

export async function findCard(db: Queryable, escalationId: string, place: string): Promise<Card | null> {
  const { rows } = await db.query({
    name: "find_card",
    text: "SELECT escalation_id, place, channel, ts, revision FROM card WHERE escalation_id = $1 AND place = $2",
    values: [escalationId, place],
  });
  return rows[0] === undefined ? null : parse(rows[0]);
}

export type Rendering = {
  escalationId: string;
  version: number;
  surface: string;
  userId: string | null;
  digest: string;
  complete: boolean;
};

/** Kept before it is shown, so that it stands there before anybody can click on it. */
export async function saveRendering(db: Queryable, rendering: Rendering): Promise<void> {
  await db.query({
    name: "save_rendering",
    text: "INSERT INTO rendering (escalation_id, version, surface, user_id, digest, complete) VALUES ($1, $2, $3, $4, $5, $6)",
    values: [
      rendering.escalationId,
      rendering.version,
      rendering.surface,
      rendering.userId,
      rendering.digest,
      rendering.complete,
    ],
  });
}

/** The newest rendering of a version on a surface (and for a person, where the surface is a modal). */
export async function findRendering(
  db: Queryable,
  escalationId: string,
  version: number,
  surface: string,
  userId: string | null,
): Promise<{ digest: string; complete: boolean } | null> {
  const { rows } = await db.query({
    name: "find_rendering",
    text: `SELECT digest, complete FROM rendering WHERE escalation_id = $1 AND version = $2 AND surface = $3 AND user_id IS NOT DISTINCT FROM $4
      ORDER BY id DESC LIMIT 1`,
    values: [escalationId, version, surface, userId],
  });
  return z.object({ digest: z.string(), complete: z.boolean() }).optional().parse(rows[0]) ?? null;
}

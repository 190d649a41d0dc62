import type { Pool } from "pg";
import { type Card, findCard } from "../store/cards.ts";

/** Where the card of an escalation stands in a place; null while it has not been posted. */
export type CardPlaces = { find(escalationId: string, place: string): Promise<Card | null> };
export const createCardPlaces = (pool: Pool): CardPlaces => ({
  find: (escalationId, place) => findCard(pool, escalationId, place),
});

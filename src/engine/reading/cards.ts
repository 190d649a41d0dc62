import type { Pool } from "pg";
import { type Card, findCard, findCardAt, findCardsIn, isPosting, joinBatch } from "../../store/cards.ts";

/** Where the card of an escalation stands in a place; null while it has not been posted. */
export type CardPlaces = {
  find(escalationId: string, place: string): Promise<Card | null>;
  /** Whether its post there is on its way, or has arrived by now. */
  isPosting(escalationId: string, place: string): Promise<boolean>;
  /** All messages whose place begins like this. */
  findAll(escalationId: string, prefix: string): Promise<Card[]>;
  /** The one message of a batch, whichever escalation it is found by. */
  findBatch(place: string): Promise<Card | null>;
  /** One message lists another escalation as well. */
  join(at: { place: string; channel: string; ts: string }, escalationId: string): Promise<void>;
};
export const createCardPlaces = (pool: Pool): CardPlaces => ({
  find: (escalationId, place) => findCard(pool, escalationId, place),
  isPosting: (escalationId, place) => isPosting(pool, escalationId, place),
  findAll: (escalationId, prefix) => findCardsIn(pool, escalationId, prefix),
  findBatch: (place) => findCardAt(pool, place),
  join: (at, escalationId) => joinBatch(pool, at, escalationId),
});

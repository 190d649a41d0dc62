import type pg from "pg";
import { LIMITS } from "../../src/domain/base/limits.ts";
import type { Delivery, Envelope } from "../../src/domain/consequences/deliveries.ts";
import { PLACES, rangesFor } from "../../src/engine/delivery/ranges.ts";
import { renewLease, takeLanes } from "../../src/store/lanes.ts";
import { type Look, look, type Wish, wake } from "../../src/store/look.ts";
import { begin } from "../../src/store/sends.ts";

/** What a deliverer does to the database, step by step, for tests of the store. */
export function lookAs(pool: pg.Pool, deliverer: string, more: Partial<Wish> = {}): Promise<Look> {
  const ranges = rangesFor(PLACES, new Map());
  return look(pool, { deliverer, ranges, told: [], busy: [], inFlight: [], turns: new Map(), ...more });
}

/** The lanes in which there is something to send now. */
export const lanesFor = async (pool: pg.Pool, deliverer: string): Promise<string[]> => {
  await wake(pool, 100);
  return (await lookAs(pool, deliverer)).rows.map(({ delivery }) => delivery.lane);
};

/** Begins the next row of a lane as this deliverer; null = there is none that it may send. */
export async function beginNext(pool: pg.Pool, lane: string, deliverer: string): Promise<Delivery | null> {
  await wake(pool, 100);
  await renewLease(pool, deliverer, LIMITS.laneLease.value);
  const seen = (await lookAs(pool, deliverer)).rows.find(({ delivery }) => delivery.lane === lane);
  if (seen === undefined || "unreadable" in seen.delivery) return null;
  if (!seen.isHeld && !(await takeLanes(pool, deliverer, [lane])).has(lane)) return null;
  return (await beginIt(pool, seen.delivery, deliverer)) ? seen.delivery : null;
}

export const beginIt = async (pool: pg.Pool, { id, generation }: Pick<Envelope, "id" | "generation">, deliverer: string) =>
  (await begin(pool, deliverer, 15, [{ id, generation, drawn: [] }])).has(id);

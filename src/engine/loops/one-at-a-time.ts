import { busy } from "./database-away.ts";

/**
 * Work with the same key waits here, in this process, rather than each with a connection of its own in the database: a burst of
 * one kind must not take every connection. Work with other keys goes on beside it; beyond `waitingMax` of one key the next is
 * refused at once.
 */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createQueues(waitingMax: number): InTurn {
  const lines = new Map<string, { last: Promise<unknown>; length: number }>();
  return async (key, work) => {
    const line = lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= waitingMax) throw busy("too much waits for its turn");
    lines.set(key, line);
    line.length++;
    const mine = line.last.then(work, work);
    line.last = mine;
    try {
      return await mine;
    } finally {
      line.length--;
      if (line.length === 0) lines.delete(key);
    }
  };
}

/** At most `togetherMax` at once, whatever they are; `waitingMax` more wait, and the next is refused at once. */
export function createPlaces(togetherMax: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken >= togetherMax) {
      if (waiting.length >= waitingMax) throw busy("too much waits for a place");
      const place = Promise.withResolvers<void>();
      waiting.push(place.resolve);
      await place.promise;
    } else taken++;
    try {
      return await work();
    } finally {
      // A place is handed on, not given back.
      const next = waiting.shift();
      if (next === undefined) taken--;
      else next();
    }
  };
}

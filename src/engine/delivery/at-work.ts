import type { Transport } from "../../store/lanes.ts";
import type { Pace } from "./pace.ts";
import { groupOf, PLACES } from "./ranges.ts";

/** What this process is sending: which rows, and how many of each lane. */
export type AtWork = {
  busy: ReadonlyMap<string, number>;
  rows: ReadonlyMap<number, Promise<void>>;
  /** `over` hears of the end: what the work answers, and whether nothing else of its lane is being sent. */
  add<T>(lane: string, row: number, work: Promise<T>, over: (ended: T, isLast: boolean) => void): void;
  /** No more of this lane can be sent just now. */
  isFull(lane: string): boolean;
  /** There is a place for one more of its transport. */
  hasPlace(lane: string): boolean;
};

export function createAtWork(pace: Pick<Pace, "rowsIn">): AtWork {
  const busy = new Map<string, number>();
  const rows = new Map<number, Promise<void>>();
  return {
    busy,
    rows,
    add(lane, row, work, over) {
      busy.set(lane, (busy.get(lane) ?? 0) + 1);
      const end = work.then((ended) => {
        rows.delete(row);
        const left = (busy.get(lane) ?? 1) - 1;
        if (left === 0) busy.delete(lane);
        else busy.set(lane, left);
        over(ended, left === 0);
      });
      rows.set(row, end);
    },
    isFull: (lane) => (busy.get(lane) ?? 0) >= pace.rowsIn(lane),
    hasPlace: (lane) => room(busy)[groupOf(lane).transport] > 0,
  };
}

/** The places that are left where so many rows of each lane are being sent, and these are to be. */
export function room(busy: ReadonlyMap<string, number>, chosen: readonly string[] = []): Record<Transport, number> {
  const left = { ...PLACES };
  for (const [lane, rows] of busy) left[groupOf(lane).transport] -= rows;
  for (const lane of chosen) left[groupOf(lane).transport]--;
  return left;
}

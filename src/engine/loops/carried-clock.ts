/**
 * The database's clock as this process last heard of it, carried on by the process's own clock that only goes forward: whoever
 * decides need not ask for the time first. What is decided by it says how far ahead the database was believed to be, and the
 * statement that writes it refuses where that is no longer so, as after the database's clock was moved or this process stood
 * still for a while.
 */
export type Carried = { at: Date; offsetMs: number };
export type CarriedClock = {
  /** Null where nothing was heard, or what was heard turned out wrong. */
  now(): Carried | null;
  /** What a statement told that was sent at `sentMs` (`performance.now()`) and has just been answered. */
  heard(at: Date, sentMs: number): void;
  forget(): void;
};

/** Of an answer that took longer nobody can say when it was true. */
const ROUND_TRIP_MS_MAX = 100;

export function createCarriedClock(nowMs: () => number = () => performance.now()): CarriedClock {
  let offsetMs: number | null = null;
  return {
    now: () => (offsetMs === null ? null : { at: new Date(Math.floor(nowMs() + offsetMs)), offsetMs }),
    heard(at, sentMs) {
      const answeredMs = nowMs();
      if (answeredMs - sentMs <= ROUND_TRIP_MS_MAX) offsetMs = at.getTime() - (sentMs + answeredMs) / 2;
    },
    forget() {
      offsetMs = null;
    },
  };
}

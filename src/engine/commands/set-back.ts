import { LIMITS } from "../../domain/base/limits.ts";

/**
 * What a sweep could not move on is looked at again later and later, so that a row which always fails does not cost its
 * neighbours a batch each second. Kept by this process alone: a restart tries everything at once.
 */
export type SetBack = {
  /** Those that are not to be tried yet. */
  except(): string[];
  failed(id: string): void;
  moved(id: string): void;
  /** Those that have failed often enough for a person to look. One that was not tried when it could be is due no more. */
  stuck(): string[];
};

const FIRST_MS = 1000;
const STUCK_AFTER = 3;

export function createSetBack(nowMs: () => number = () => performance.now()): SetBack {
  const known = new Map<string, { tries: number; untilMs: number }>();
  return {
    except: () => [...known].filter(([, { untilMs }]) => untilMs > nowMs()).map(([id]) => id),
    failed(id) {
      const tries = (known.get(id)?.tries ?? 0) + 1;
      known.delete(id);
      known.set(id, { tries, untilMs: nowMs() + Math.min(LIMITS.sweepAgainAfter.value, FIRST_MS * 2 ** Math.min(tries, 20)) });
      // The oldest goes, and is tried again at once.
      for (const oldest of known.keys()) {
        if (known.size <= LIMITS.sweepSetBack.value) break;
        known.delete(oldest);
      }
    },
    moved: (id) => void known.delete(id),
    stuck: () => [...known].filter(([, { tries, untilMs }]) => tries >= STUCK_AFTER && untilMs > nowMs()).map(([id]) => id),
  };
}

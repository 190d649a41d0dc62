import { LIMITS } from "../../domain/base/limits.ts";
/**
 * About how many of something there are in the database, without asking it each time: what was counted a moment ago, and what
 * this process has added since. Other replicas add too, so a cap can be passed by what they take in within `freshMs`; one that
 * has been reached is counted again sooner, and one of which
 * not a tenth is used only after ten times as long.
 */
export type Tally = {
  /** Whether there are at least `max` of them. */
  reaches(key: string, max: number): Promise<boolean>;
  add(key: string): void;
};

const KEYS_MAX = LIMITS.countsKept.value;

/** `count` looks at no more than `atMost` rows. */
export function createTally(
  count: (key: string, atMost: number) => Promise<number>,
  { freshMs, freshWhenFullMs }: { freshMs: number; freshWhenFullMs: number },
): Tally {
  type Known = { counted: number; added: number; atMs: number };
  const known = new Map<string, Known>();
  const counting = new Map<string, Promise<Known>>();

  const recount = (key: string, max: number): Promise<Known> => {
    const running = counting.get(key);
    if (running !== undefined) return running;
    const work = count(key, max).then((counted) => {
      if (known.size >= KEYS_MAX) known.clear();
      const fresh = { counted, added: 0, atMs: performance.now() };
      known.set(key, fresh);
      return fresh;
    });
    counting.set(key, work);
    return work.finally(() => counting.delete(key));
  };

  const staysFreshMs = (used: number): number => {
    if (used >= 1) return freshWhenFullMs;
    return used < 0.1 ? 10 * freshMs : freshMs;
  };

  return {
    async reaches(key, max) {
      const last = known.get(key);
      const stale = last === undefined || performance.now() - last.atMs > staysFreshMs((last.counted + last.added) / max);
      const { counted, added } = stale ? await recount(key, max) : last;
      return counted + added >= max;
    },
    add(key) {
      const last = known.get(key);
      if (last !== undefined) last.added++;
    },
  };
}

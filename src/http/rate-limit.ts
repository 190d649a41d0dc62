import { LIMITS } from "../domain/base/limits.ts";

const NAMES_MAX = LIMITS.callersKept.value;

/** A token bucket for each name, in this process only: enough to make probing slow. */
export type RateLimit = {
  /** Seconds until there is a token, 0 = now. Takes none. */
  waitS(name: string): number;
  /** Takes a token if there is one; seconds to wait otherwise, 0 = go on. */
  take(name: string): number;
};

export function createRateLimit(tokensMax: number, refillMs: number): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const look = (name: string) => {
    const at = performance.now();
    const bucket = buckets.get(name) ?? { tokens: tokensMax, at };
    return { tokens: Math.min(tokensMax, bucket.tokens + ((at - bucket.at) / refillMs) * tokensMax), at };
  };
  const missingS = (tokens: number) => (tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * refillMs) / tokensMax / 1000));
  return {
    waitS: (name) => missingS(look(name).tokens),
    take(name) {
      const bucket = look(name);
      const waitS = missingS(bucket.tokens);
      if (!buckets.has(name) && buckets.size >= NAMES_MAX) buckets.clear();
      buckets.set(name, { ...bucket, tokens: waitS > 0 ? bucket.tokens : bucket.tokens - 1 });
      return waitS;
    },
  };
}

/** A token bucket for each name, in this process only: enough to make probing slow. Returns seconds to wait, 0 = go on. */
export function createRateLimit(tokensMax: number, refillMs: number): (name: string) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (name) => {
    const at = performance.now();
    const bucket = buckets.get(name) ?? { tokens: tokensMax, at };
    const tokens = Math.min(tokensMax, bucket.tokens + ((at - bucket.at) / refillMs) * tokensMax);
    if (tokens < 1) {
      buckets.set(name, { tokens, at });
      return Math.ceil(((1 - tokens) * refillMs) / tokensMax / 1000);
    }
    buckets.set(name, { tokens: tokens - 1, at });
    if (buckets.size > 10_000) buckets.clear();
    return 0;
  };
}

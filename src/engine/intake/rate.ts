import { LIMITS } from "../../domain/base/limits.ts";
import { type Bucket, type BucketLimit, fullBucket, isFull, takeToken } from "../../domain/intake/token-bucket.ts";

const CALLERS_MAX = LIMITS.callersKept.value;

/**
 * A token bucket for each caller, kept by this process alone: every replica lets as many through. `take` answers the seconds to
 * wait, 0 = go on.
 */
export type Rate = {
  take(caller: string, limit: BucketLimit): number;
  /** What was taken last turned out to be nothing. */
  giveBack(caller: string): void;
};

export function createRate(): Rate {
  const buckets = new Map<string, Bucket>();
  return {
    take(caller, limit) {
      const nowMs = performance.now();
      const { bucket, waitMs } = takeToken(buckets.get(caller) ?? fullBucket(limit, nowMs), limit, nowMs);
      if (!buckets.has(caller) && buckets.size >= CALLERS_MAX) forgetIdle(buckets, limit, nowMs);
      buckets.set(caller, bucket);
      return Math.ceil(waitMs / 1000);
    },
    giveBack(caller) {
      const bucket = buckets.get(caller);
      if (bucket !== undefined) buckets.set(caller, { ...bucket, tokens: bucket.tokens + 1 });
    },
  };
}

/** Who has not come for a while is as good as new; if everybody has, the oldest go. */
function forgetIdle(buckets: Map<string, Bucket>, limit: BucketLimit, nowMs: number): void {
  for (const [caller, bucket] of buckets) if (isFull(bucket, limit, nowMs)) buckets.delete(caller);
  for (const caller of buckets.keys()) {
    if (buckets.size < CALLERS_MAX / 2) return;
    buckets.delete(caller);
  }
}

/**
 * How fast one caller may come: so many at once, and so many a minute after that. Whoever is refused is told a time of their own,
 * one refill after the one before, so that a crowd that is sent away does not come back in the same second and find one place.
 */
export type BucketLimit = { perMinute: number; burst: number };
/** Times in milliseconds of any clock that only goes forward. */
export type Bucket = { tokens: number; atMs: number; promisedMs: number };

/** Nobody is told to stay away for longer: who keeps hammering would push the times of all others out without end. */
const PROMISE_MS_MAX = 5 * 60_000;

/** A bucket nobody has taken from. */
export const fullBucket = ({ burst }: BucketLimit, nowMs: number): Bucket => ({ tokens: burst, atMs: nowMs, promisedMs: 0 });

const refillMs = ({ perMinute }: BucketLimit) => 60_000 / perMinute;

/** Takes one token, or says in how many milliseconds there is one (more than 0). */
export function takeToken(bucket: Bucket, limit: BucketLimit, nowMs: number): { bucket: Bucket; waitMs: number } {
  const filled = bucket.tokens + Math.max(0, nowMs - bucket.atMs) / refillMs(limit);
  const tokens = Math.min(limit.burst, filled);
  if (tokens >= 1) return { bucket: { ...bucket, tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
  const nextMs = nowMs + (1 - tokens) * refillMs(limit);
  const promisedMs = Math.min(Math.max(nextMs, bucket.promisedMs + refillMs(limit)), nowMs + PROMISE_MS_MAX);
  return { bucket: { tokens, atMs: nowMs, promisedMs }, waitMs: promisedMs - nowMs };
}

/** Whether a bucket says no more than a new one would: it need not be kept. */
export const isFull = (bucket: Bucket, limit: BucketLimit, nowMs: number): boolean =>
  bucket.tokens + (nowMs - bucket.atMs) / refillMs(limit) >= limit.burst && bucket.promisedMs <= nowMs;

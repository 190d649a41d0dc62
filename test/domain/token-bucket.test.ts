import fc from "fast-check";
import { expect, test } from "vitest";
import { type Bucket, fullBucket, takeToken } from "../../src/domain/intake/token-bucket.ts";

const limit = { perMinute: 60, burst: 10 };

/** Takes at each of the times; answers the waits, 0 for what was let through. */
function takeAll(timesMs: number[], from = fullBucket(limit, 0)): { waits: number[]; bucket: Bucket } {
  let bucket = from;
  const waits = timesMs.map((atMs) => {
    const taken = takeToken(bucket, limit, atMs);
    bucket = taken.bucket;
    return taken.waitMs;
  });
  return { waits, bucket };
}

test("a burst is let through, and no more than the refill after it, however the calls are spread", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 }), (gaps) => {
      let atMs = 0;
      const times = gaps.map((gap) => (atMs += gap));
      const passed = takeAll(times).waits.filter((wait) => wait === 0).length;
      expect(passed).toBeLessThanOrEqual(limit.burst + Math.floor(atMs / 1000) + 1);
      expect(passed).toBeGreaterThanOrEqual(Math.min(times.length, limit.burst));
    }),
  );
});

test("whoever is refused and comes back when told to is let through, also when hundreds were refused at once", () => {
  const flood = takeAll(Array(200).fill(0));
  const told = flood.waits.filter((wait) => wait > 0);
  expect(told).toHaveLength(190);
  expect(new Set(told).size).toBe(190);
  const back = takeAll(
    told.map((wait) => Math.ceil(wait / 1000) * 1000),
    flood.bucket,
  );
  expect(back.waits.filter((wait) => wait > 0)).toEqual([]);
});

test("hammering puts nobody off for more than five minutes", () => {
  const { waits } = takeAll(Array(5000).fill(0));
  expect(Math.max(...waits)).toBe(300_000);
});

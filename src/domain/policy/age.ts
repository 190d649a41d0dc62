import type { Brief } from "../shapes/request.ts";

/** How old what an agent shows is, in seconds. What carries no time, or one that has not come yet, is infinitely old: a claim can only tighten. */
const CLOCKS_DIFFER_S = 300;

export function ageOf(time: string | undefined, now: Date): number {
  if (time === undefined) return Number.POSITIVE_INFINITY;
  const ageS = (now.getTime() - new Date(time).getTime()) / 1000;
  return ageS >= -CLOCKS_DIFFER_S ? Math.max(0, ageS) : Number.POSITIVE_INFINITY;
}

export function oldestEvidenceAge({ evidence }: Pick<Brief, "evidence">, now: Date): number {
  return evidence.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...evidence.map((one) => ageOf(one.observed_at, now)));
}

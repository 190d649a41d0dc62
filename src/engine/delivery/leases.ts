import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { giveAllBack, giveBackLanes, renewLease, takeLanes } from "../../store/lanes.ts";
import { despiteDeadlock } from "../../store/pool.ts";

/** One lease for each process, renewed while it sends, and the lanes that it has taken under it. */
const LEASE_S = LIMITS.laneLease.value;
/** Renewed long before less is left than a send needs. */
const RENEW_BELOW_S = 18;
/** A lane that nothing was sent in for so long is given back, with the next renewal. */
const IDLE_MS = 20_000;

export type Leases = {
  used(lane: string): void;
  /** Whether there is a lane in which something was sent lately. */
  areUsed(): boolean;
  /** Whether this is one that stays this process's own for so long. */
  holds(lane: string, seconds: number): boolean;
  /** `leftS`: what was left of the lease when that was asked; null = there was none. */
  keep(leftS: number | null, askedMs: number, isBusy: (lane: string) => boolean): Promise<void>;
  /** Those of these lanes that are this process's own now. */
  take(lanes: readonly string[]): Promise<Set<string>>;
  giveBack(): Promise<void>;
};

export function createLeases(pool: Pool, deliverer: string): Leases {
  const usedMs = new Map<string, number>();
  let isLeased = false;
  let untilMs = 0;
  return {
    areUsed: () => usedMs.size > 0,
    holds: (lane, seconds) => usedMs.has(lane) && untilMs - performance.now() > seconds * 1000,
    used: (lane) => void usedMs.set(lane, performance.now()),
    async keep(leftS, askedMs, isBusy) {
      // One that lasts for longer than any does is from before the clock was set back.
      const lasts = leftS !== null && leftS > RENEW_BELOW_S && leftS <= LEASE_S;
      untilMs = lasts ? askedMs + leftS * 1000 : 0;
      if (lasts) return;
      // Whoever asked for a lane meanwhile has it.
      if (leftS === null || leftS <= 0) usedMs.clear();
      isLeased = true;
      const renewedMs = performance.now();
      await renewLease(pool, deliverer, LEASE_S);
      untilMs = renewedMs + LEASE_S * 1000;
      const before = performance.now() - IDLE_MS;
      const idle = [...usedMs].flatMap(([lane, at]) => (at < before && !isBusy(lane) ? [lane] : []));
      if (idle.length > 0) await giveBackLanes(pool, deliverer, idle);
      for (const lane of idle) usedMs.delete(lane);
    },
    take: async (lanes) => (lanes.length === 0 ? new Set() : await despiteDeadlock(() => takeLanes(pool, deliverer, lanes))),
    async giveBack() {
      if (isLeased) await giveAllBack(pool, deliverer);
    },
  };
}

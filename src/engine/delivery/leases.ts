import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { giveAllBack, giveBackLanes, renewLease, takeLanes } from "../../store/lanes.ts";
import { despiteDeadlock } from "../../store/pool.ts";

/** One lease for each process, renewed while it sends, and the lanes that it has taken under it. */
const LEASE_S = LIMITS.laneLease.value;
/** Renewed every two seconds while something is sent: three before less is left than a send needs. */
const RENEW_BELOW_S = 18;
/** A lane that nothing was sent in for so long is given back, with the next renewal. */
const IDLE_MS = 20_000;

export type Leases = {
  used(lane: string): void;
  /** The same, where it is still this process's own. */
  usedAgain(lane: string): void;
  /** Whether there is a lane in which something was sent lately. */
  areUsed(): boolean;
  /** Whether this is one that stays this process's own for so long. */
  holds(lane: string, seconds: number): boolean;
  /**
   * `leftS`: what was left of the lease when that was asked; null = there was none. Answers whether it had lasted until then:
   * else whoever asked for a lane has it now.
   */
  keep(leftS: number | null, askedMs: number, needed: ReadonlySet<string>): Promise<boolean>;
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
    usedAgain: (lane) => void (usedMs.has(lane) && usedMs.set(lane, performance.now())),
    async keep(leftS, askedMs, needed) {
      // One that lasts for longer than any does is from before the clock was set back.
      const lasts = leftS !== null && leftS > RENEW_BELOW_S && leftS <= LEASE_S;
      untilMs = lasts ? askedMs + leftS * 1000 : 0;
      if (lasts) return true;
      const hasLasted = leftS !== null && leftS > 0;
      if (!hasLasted) usedMs.clear();
      isLeased = true;
      const renewedMs = performance.now();
      await renewLease(pool, deliverer, LEASE_S);
      untilMs = renewedMs + LEASE_S * 1000;
      const before = performance.now() - IDLE_MS;
      const idle = [...usedMs].flatMap(([lane, at]) => (at < before && !needed.has(lane) ? [lane] : []));
      for (const lane of idle) usedMs.delete(lane);
      if (idle.length > 0) await giveBackLanes(pool, deliverer, idle);
      return hasLasted;
    },
    take: async (lanes) => (lanes.length === 0 ? new Set() : await despiteDeadlock(() => takeLanes(pool, deliverer, lanes))),
    async giveBack() {
      if (isLeased) await giveAllBack(pool, deliverer);
    },
  };
}

import type { Clock } from "../../domain/base/clock.ts";

/**
 * Slack's own rate limits, per method and (for posts) channel; off until switched on, because a demonstration should not have to
 * wait.
 */
export type Quotas = {
  isOn(): boolean;
  switch(on: boolean): void;
  /** Seconds to wait (Retry-After) when the quota of this call is used up; null when it may go on. */
  take(method: string, channel: string | null): number | null;
};

type Limit = { perMinute: number; burst: number; perChannel: boolean };
const LIMITS: [RegExp, Limit][] = [
  [/^chat\.postMessage$/, { perMinute: 60, burst: 5, perChannel: true }],
  [/^chat\.(update|delete)$|^conversations\./, { perMinute: 50, burst: 10, perChannel: false }],
  [/^views\.|^users\.info$|^chat\.postEphemeral$/, { perMinute: 100, burst: 20, perChannel: false }],
  [/^usergroups\./, { perMinute: 20, burst: 5, perChannel: false }],
];

/** Token buckets: full at first, refilled evenly. */
export function createQuotas(clock: Clock): Quotas {
  const buckets = new Map<string, { tokens: number; at: number }>();
  let on = false;
  return {
    isOn: () => on,
    switch(wanted) {
      on = wanted;
      buckets.clear();
    },
    take(method, channel) {
      const [, limit] = LIMITS.find(([methods]) => methods.test(method)) ?? [];
      if (!on || limit === undefined) return null;
      const name = limit.perChannel ? `${method} ${channel}` : method;
      const now = clock.now().getTime();
      const before = buckets.get(name) ?? { tokens: limit.burst, at: now };
      const refilled = ((now - before.at) / 60_000) * limit.perMinute;
      const tokens = Math.min(limit.burst, before.tokens + refilled);
      const enough = tokens >= 1;
      buckets.set(name, { tokens: enough ? tokens - 1 : tokens, at: now });
      return enough ? null : Math.max(1, Math.ceil(((1 - tokens) * 60) / limit.perMinute));
    },
  };
}

/** Faults that can be armed: what a real Slack, or the road to it, does now and then. */
export const FAULT_KINDS = [
  "rate_limited",
  "http_500",
  "drop_after_store",
  "drop_before_store",
  "cut_body",
  "hang",
  "delay",
  "error",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
export type Fault = {
  method: string;
  channel?: string;
  kind: FaultKind;
  error?: string;
  retryAfterS?: number;
  delayMs?: number;
  times: number;
};

export type FaultControl = {
  arm(fault: Omit<Fault, "times"> & { times?: number }): void;
  clear(): void;
  list(): Fault[];
  take(method: string, channel: string | null): Fault | null;
};

export function createFaults(onChange: () => void): FaultControl {
  let faults: Fault[] = [];
  return {
    arm(fault) {
      faults.push({ times: 1, ...fault });
      onChange();
    },
    clear() {
      faults = [];
      onChange();
    },
    list: () => [...faults],
    /** The fault for this call, if one is armed; each is used up. */
    take(method, channel) {
      const found = faults.find(
        (fault) =>
          (fault.method === method || fault.method === "*") && (fault.channel === undefined || fault.channel === channel),
      );
      if (found === undefined) return null;
      found.times--;
      faults = faults.filter((fault) => fault.times > 0);
      onChange();
      return found;
    },
  };
}

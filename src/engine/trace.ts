import type { Escalation } from "../domain/shapes/escalation.ts";

/**
 * What a tracing backend is told: which step of which escalation took how long, under the trace the agent began. Ids, types and
 * states only: nothing of what an agent or a person said.
 */
export type Span = {
  name: string;
  kind: "server" | "internal" | "client";
  /** A W3C traceparent; null = a trace of its own. */
  parent: string | null;
  /** Epoch milliseconds. */
  startMs: number;
  endMs: number;
  attributes: Record<string, string | number>;
  failed: boolean;
};
export type Trace = { record(span: Span): void };

export const NO_TRACE: Trace = { record: () => {} };

/** The machine's clock, for durations only. */
export const traceNowMs = (): number => performance.timeOrigin + performance.now();

/** A header that is no traceparent says nothing. */
export function readTraceparent(header: unknown): string | null {
  return typeof header === "string" && /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)
    ? header
    : null;
}

/** A command on an escalation, and the wait for people that it ended, if it did. */
export function traceStep(trace: Trace, name: string, startMs: number, before: Escalation, after: Escalation): void {
  const attributes = {
    "countersign.escalation": after.id,
    "countersign.state": after.state,
    "countersign.tier": after.ruling.tier,
  };
  const shared = { kind: "internal", parent: after.traceparent, attributes, failed: false } as const;
  trace.record({ ...shared, name, startMs, endMs: traceNowMs() });
  if (before.state === "paused_pending_human" && after.state !== before.state)
    trace.record({ ...shared, name: "wait for people", startMs: before.stateSince.getTime(), endMs: after.stateSince.getTime() });
}

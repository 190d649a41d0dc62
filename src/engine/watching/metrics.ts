import type { Pool } from "pg";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import { countOutbox } from "../../store/outbox.ts";
import { readLateness } from "../../store/read-escalations.ts";
import { queueDepths } from "../../store/stats.ts";
import type { Swept } from "../commands/sweep.ts";

/** Numbers for Prometheus. What is in the database is read when it is asked for; what only this process knows is counted here. */
export type Metrics = {
  text(): Promise<string>;
  contentType: string;
  swept(swept: Swept): void;
  setAside(delivery: Envelope, status: "dead" | "uncertain"): void;
};

export function createMetrics(pool: Pool): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) => new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[] = []) => new Counter({ name, help, labelNames, registers });
  const waiting = gauge("countersign_waiting", "Escalations that wait for a person", ["queue"]);
  const late = gauge("countersign_waiting_past_sla", "Of these, past their first-answer time", ["queue"]);
  const outbox = gauge("countersign_outbox", "Deliveries owed, delayed, uncertain or dead", ["status"]);
  const oldest = gauge("countersign_outbox_oldest_seconds", "Age of the oldest delivery still owed");
  const ticked = counter("countersign_sweep_moved_total", "Escalations that a sweep has moved on");
  const lag = gauge("countersign_sweep_lag_seconds", "How late the oldest due escalation is now");
  const overdue = gauge("countersign_steps_overdue", "Escalations whose next step is late by more than a minute");
  const swept = new Histogram({
    name: "countersign_sweep_late_seconds",
    help: "How late the oldest one was when a sweep came to it",
    buckets: [0.5, 1, 2, 5, 15, 60, 300],
    registers,
  });
  const failed = counter("countersign_sweep_failed_total", "Escalations that a sweep could not move on");
  const aside = counter("countersign_deliveries_set_aside_total", "Deliveries that became dead or uncertain", ["status", "kind"]);
  return {
    contentType: registry.contentType,
    async text() {
      const [depths, counts, lateness] = await Promise.all([queueDepths(pool, null), countOutbox(pool), readLateness(pool)]);
      lag.set(lateness.lagS);
      overdue.set(lateness.overdue);
      waiting.reset();
      late.reset();
      for (const { queue, open, overdueSla } of depths) {
        waiting.set({ queue }, open);
        late.set({ queue }, overdueSla);
      }
      for (const status of ["owed", "delayed", "uncertain", "dead"] as const) outbox.set({ status }, counts[status]);
      oldest.set(counts.oldestOwedS);
      return registry.metrics();
    },
    swept(pass) {
      ticked.inc(pass.ticked);
      failed.inc(pass.failed);
      if (pass.ticked > 0) swept.observe(pass.lagMs / 1000);
    },
    setAside: (delivery, status) => aside.inc({ status, kind: delivery.kind }),
  };
}

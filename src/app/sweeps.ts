import type { Logger } from "pino";
import { createWithdrawing } from "../engine/commands/withdraw-revoked.ts";
import { reroute } from "../engine/delivery/reroute.ts";
import type { Engine } from "../engine/engine.ts";
import { createHeartbeat } from "../engine/loops/heartbeat.ts";
import { startLoop } from "../engine/loops/loop.ts";
import { type Sweeping, startSweeping } from "../engine/loops/schedule.ts";
import { askOnCall } from "../engine/on-call/sources.ts";
import type { EngineParts } from "../engine/parts.ts";
import { createSettling } from "../engine/sessions/settle.ts";
import type { Metrics } from "../engine/watching/metrics.ts";
import { forgetOldCounts } from "../engine/watching/old-counts.ts";
import { watchRights } from "../engine/watching/rights.ts";
import { watch } from "../engine/watching/watch.ts";
import { makeMonths } from "../store/months.ts";
import type { Outside } from "./outbound.ts";

/** Everything that happens because time passes, on every replica. */
const ASK_ON_CALL_EVERY_MS = 5000;
const WITHDRAW_EVERY_MS = 1000;
/** A stop is promised to hold everywhere within a second. */
const SESSIONS_EVERY_MS = 500;
const WATCH_EVERY_ROUNDS = 15;
const FORGET_EVERY_ROUNDS = 60;
/** Four times a day: each finds two years of them there already, or adds the newest. */
const MONTHS_EVERY_ROUNDS = 21_600;
const HEARTBEAT_EVERY_MS = 30_000;
const BESIDE_MS_MAX = 60_000;

export type Sweeps = {
  parts: EngineParts;
  engine: Engine;
  outside: Outside;
  metrics: Metrics;
  heartbeatUrl: string | null;
  clockIsMoved: boolean;
  stopping: () => boolean;
  log: Logger;
};

export function startSweeps({ parts, engine, outside, metrics, heartbeatUrl, clockIsMoved, stopping, log }: Sweeps): Sweeping {
  // Services elsewhere may take seconds to answer: they are asked beside the sweep, which reads what they said last.
  const asking = startLoop("on-call", () => askOnCall(parts, outside.ask), ASK_ON_CALL_EVERY_MS, log);
  // Beside everything: each of what is withdrawn may have to wait for a lock, and pages must not wait with it.
  const withdrawing = startLoop("revoked", createWithdrawing(parts, engine, stopping), WITHDRAW_EVERY_MS, log);
  const knowing = startLoop("sessions", () => parts.sessions.refresh(), SESSIONS_EVERY_MS, log);
  const settling = startLoop("ended sessions", createSettling(parts, engine, stopping), WITHDRAW_EVERY_MS, log);
  // On a schedule of their own: whoever audits the sweep must not stand in line behind its backlog.
  const besides = [
    { name: "roster", run: () => parts.roster.refresh() },
    { name: "homes", run: () => parts.homes.refresh() },
    { name: "reroute", run: () => reroute(parts, outside.routes) },
    { name: "watch", run: () => watch(parts), everyRounds: WATCH_EVERY_ROUNDS },
    { name: "months", run: () => makeMonths(parts.pool, parts.cell), everyRounds: MONTHS_EVERY_ROUNDS },
    { name: "rights", run: () => watchRights(parts, clockIsMoved), everyRounds: WATCH_EVERY_ROUNDS },
    { name: "counts", run: () => forgetOldCounts(parts), everyRounds: FORGET_EVERY_ROUNDS },
  ];
  let besideAt = performance.now();
  const healthyBeside = () => {
    besideAt = performance.now();
  };
  const beside = startSweeping(besides, healthyBeside, log);
  const beat = createHeartbeat(heartbeatUrl, HEARTBEAT_EVERY_MS, log);
  // The heart beats for both: pages that can go no other way are as bad as deadlines that do not fire.
  const healthy = () => {
    if (performance.now() - besideAt < BESIDE_MS_MAX) beat();
  };
  const passes = [{ name: "sweep", run: async () => metrics.swept(await engine.sweep(stopping)) }];
  const sweeping = startSweeping(passes, healthy, log);
  return {
    async round() {
      await beside.round();
      await sweeping.round();
      await beside.round();
    },
    async stop() {
      await Promise.all([asking.stop(), withdrawing.stop(), knowing.stop(), settling.stop(), beside.stop(), sweeping.stop()]);
    },
  };
}

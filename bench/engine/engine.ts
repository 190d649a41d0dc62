import path from "node:path";
import pg from "pg";
import { bareCycle, prepareBare } from "../bare.ts";
import { type Counters, perCycle, readCounters } from "../cost.ts";
import { median } from "../median.ts";
import { perSecond } from "../per-second.ts";
import { plainCycle, type Sample, takeSample } from "./plain.ts";
import { type EngineAlone, oneCycle, STEPS, startEngineAlone } from "./product.ts";
import { sweepBacklog, sweepCost } from "./sweeps.ts";

/**
 * The engine alone (submit → decide → resume in process) against plain SQL that writes the same rows in five round trips for each step, in the same run on the
 * same server. Beside it, as a floor, three tiny rows for each step without an index or a CHECK.
 */
type Round = { plain: number; bare: number; ours: number; ratio: number; floor: number; cost: Counters };
export type EngineRow = { together: number; ratio: number; floor: number; cost: Counters; rounds: Round[] };
type Sweep = { open: number } & Awaited<ReturnType<typeof sweepCost>>;
export type EngineFigures = { cycles: EngineRow[]; sweeps: Sweep[]; backlog: Awaited<ReturnType<typeof sweepBacklog>> };

export async function measureEngine(dataDir: string, quick: boolean, say: (line: string) => void): Promise<EngineFigures> {
  const product = await startEngineAlone(path.join(dataDir, "engine"));
  const db = new pg.Pool({ connectionString: product.ownerUrl, max: 1 });
  try {
    await prepareBare(product.ownerUrl);
    say("engine alone: warming up");
    // A cold process is no measure of a service: its code is compiled while it runs.
    await perSecond(16, quick ? 400 : 3000, async () => void (await oneCycle(product)));
    const sample = await takeSample(product.ownerUrl, product, STEPS);
    await plainCycle(product.ownerUrl, sample, 16, quick ? 400 : 1500);
    await bareCycle(product.ownerUrl, 16, quick ? 200 : 1000);
    const cycles: EngineRow[] = [];
    for (const together of [1, 16, 64]) {
      const row = await measureRow(product, db, sample, together, quick);
      cycles.push(row);
      say(engineLine(row));
    }
    return { cycles, ...(await measureSweeps(product, quick, say)) };
  } finally {
    await db.end();
    await product.stop();
  }
}

async function measureRow(
  product: EngineAlone,
  db: pg.Pool,
  sample: Sample,
  together: number,
  quick: boolean,
): Promise<EngineRow> {
  const total = (quick ? 60 : 400) * Math.min(together, 16);
  const pids = { product: null, postmaster: product.postmasterPid };
  const rounds: Round[] = [];
  // Interleaved, so that a noisy moment hits all of them.
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const plain = await plainCycle(product.ownerUrl, sample, together, total);
    const before = await readCounters(db, pids);
    const ours = await perSecond(together, total, async () => void (await oneCycle(product)));
    const cost = perCycle(before, await readCounters(db, pids), total + together);
    const bare = await bareCycle(product.ownerUrl, together, total);
    rounds.push({ plain, bare, ours, ratio: ours / plain, floor: ours / bare, cost });
  }
  const ratio = median(rounds.map((round) => round.ratio));
  const floor = median(rounds.map((round) => round.floor));
  const { cost } = rounds.find((round) => round.ratio === ratio) ?? (rounds[0] as Round);
  return { together, ratio, floor, cost, rounds };
}

function engineLine({ together, ratio, floor, cost }: EngineRow): string {
  const against = `${ratio.toFixed(2)} × the same rows by plain SQL in five round trips (${floor.toFixed(2)} × three tiny rows)`;
  const each = `Node ${cost.driverMs.toFixed(2)} + Postgres ${cost.postgresMs.toFixed(2)} ms of processor, ${cost.commits.toFixed(1)} commits, ${(cost.walBytes / 1024).toFixed(1)} KB of log`;
  return `engine alone, ${String(together).padStart(2)} at once: ${against}; ${each}`;
}

async function measureSweeps(
  product: EngineAlone,
  quick: boolean,
  say: (line: string) => void,
): Promise<Pick<EngineFigures, "sweeps" | "backlog">> {
  const sweeps: Sweep[] = [];
  // An agent may have a million open at the most, and the backlog comes after.
  for (const open of quick ? [1000, 20_000] : [1000, 100_000, 900_000]) {
    say(`filling up to ${open.toLocaleString("en-US")} open`);
    const cost = await sweepCost(product, open);
    sweeps.push({ open, ...cost });
    const first = sweeps[0]?.idleMs ?? cost.idleMs;
    say(
      `sweep with ${open.toLocaleString("en-US")} open and nothing due: ${(cost.idleMs / first).toFixed(2)} × that with 1,000 (${cost.idleMs.toFixed(2)} ms)`,
    );
  }
  const backlog = await sweepBacklog(product, quick ? 3000 : 100_000);
  say(
    `backlog of ${backlog.items.toLocaleString("en-US")} due: ${backlog.msEach.toFixed(2)} ms each; what became due meanwhile waited ${(100 * backlog.newcomerShare).toFixed(1)} % of the pass`,
  );
  return { sweeps, backlog };
}

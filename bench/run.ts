import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bareCycle, prepareBare } from "./bare.ts";
import { draw } from "./draw.ts";
import { median } from "./median.ts";
import { plainCycle, takeSample } from "./plain.ts";
import { countersignCycle, intakeAlone, oneCycle, startForBench } from "./product.ts";
import { measureRoad, type Road } from "./road/road.ts";
import { sweepBacklog, sweepCost } from "./sweeps.ts";

/**
 * Ratios, not milliseconds: the product's cycle (submit → decide → resume, over HTTP and through the engine) against plain SQL that writes the same rows in
 * five round trips per step, in the same run on the same server. Beside it, as a floor, three tiny rows per step without an index or a CHECK.
 */
const { values } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help === true) {
  process.stdout.write(
    "npm run bench [-- --quick] [--only road|engine]\nWrites latest.json, cycle.svg, road.svg and sweep.svg to bench/results.\n",
  );
  process.exit(0);
}
const quick = values.quick === true;
const say = (text: string) => process.stdout.write(`${text}\n`);
const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-bench-"));

/** What was measured before and is not measured now stays as it was written down. */
function keep(measured: object): void {
  mkdirSync("bench/results", { recursive: true });
  const file = "bench/results/latest.json";
  const earlier: object = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const machine = { cores: os.cpus().length, node: process.version };
  writeFileSync(file, `${JSON.stringify({ ...earlier, machine, ...measured }, null, 2)}\n`);
}

async function measureWholeRoad(): Promise<void> {
  const road: Road = await measureRoad(dataDir, quick, say);
  keep({ road });
  const bars = road.rows.map(({ together, ratio }) => ({ label: `${together} at once`, value: ratio }));
  writeFileSync(
    "bench/results/road.svg",
    draw("the whole road, against three bare transactions of five statements (1 = as fast)", bars),
  );
}

async function measureEngine(): Promise<void> {
  const product = await startForBench(dataDir);
  try {
    await prepareBare(product.ownerUrl);
    // A cold process is no measure of a service: its code is compiled while it runs.
    await countersignCycle(product, 16, quick ? 400 : 1500);
    const sample = await takeSample(product.ownerUrl, await oneCycle(product));
    await plainCycle(product.ownerUrl, sample, 16, quick ? 400 : 1500);
    await bareCycle(product.ownerUrl, 16, quick ? 200 : 1000);
    const cycles = [];
    for (const together of [1, 16, 64]) {
      const total = (quick ? 60 : 200) * Math.min(together, 16);
      const rounds = [];
      // Interleaved, so that a noisy moment hits both.
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const plain = await plainCycle(product.ownerUrl, sample, together, total);
        const ours = await countersignCycle(product, together, total);
        const bare = await bareCycle(product.ownerUrl, together, total);
        rounds.push({ plain, bare, ours, ratio: ours / plain, floor: ours / bare });
      }
      const ratio = median(rounds.map((round) => round.ratio));
      const floor = median(rounds.map((round) => round.floor));
      cycles.push({ together, ratio, floor, rounds });
      say(
        `cycle, ${String(together).padStart(2)} at once: ${ratio.toFixed(2)} × the same rows by plain SQL in five round trips (${floor.toFixed(2)} × three tiny rows)`,
      );
    }
    const intake = await intakeAlone(product, 64, quick ? 500 : 3000);
    say(
      `intake alone, 64 at once: ${Math.round(intake.perSecond)} a second here; ${intake.share.toFixed(2)} × a bare insert of one row`,
    );
    const sweeps: ({ open: number } & Awaited<ReturnType<typeof sweepCost>>)[] = [];
    for (const open of quick ? [1000, 20_000] : [1000, 100_000, 1_000_000]) {
      const cost = await sweepCost(product, open);
      sweeps.push({ open, ...cost });
      const first = sweeps[0]?.idleMs ?? cost.idleMs;
      say(
        `sweep with ${open.toLocaleString("en-US")} open and nothing due: ${(cost.idleMs / first).toFixed(2)} × that with 1,000`,
      );
    }
    const backlog = await sweepBacklog(product, quick ? 3000 : 100_000);
    say(
      `backlog of ${backlog.items.toLocaleString("en-US")} due: ${backlog.msEach.toFixed(2)} ms each; what became due meanwhile waited ${(100 * backlog.newcomerShare).toFixed(1)} % of the pass`,
    );
    keep({ cycles, intake, sweeps, backlog });
    const ratios = cycles.map(({ together, ratio }) => ({ label: `${together} at once`, value: ratio }));
    writeFileSync(
      "bench/results/cycle.svg",
      draw("submit → decide → resume, against the same rows by plain SQL (1 = as fast)", ratios),
    );
    const idle = sweeps.map(({ open, idleMs }) => ({
      label: open.toLocaleString("en-US"),
      value: idleMs / (sweeps[0]?.idleMs ?? idleMs),
    }));
    writeFileSync("bench/results/sweep.svg", draw("a sweep with nothing due, by how many are open (1 = with 1,000)", idle));
  } finally {
    await product.stop();
  }
}

try {
  if (values.only !== "engine") await measureWholeRoad();
  if (values.only !== "road") await measureEngine();
  say("written to bench/results");
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

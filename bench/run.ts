import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bareCycle, prepareBare } from "./bare.ts";
import { draw } from "./draw.ts";
import { countersignCycle, intakeAlone, startForBench, sweepCost } from "./product.ts";

/**
 * Ratios, not milliseconds: the product's cycle (submit → decide → resume, over HTTP and through the engine) against bare Postgres doing the minimal same
 * work in five round trips per step, in the same run on the same server.
 */
const { values } = parseArgs({ options: { quick: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
if (values.help === true) {
  process.stdout.write("npm run bench [-- --quick]\nWrites bench/results/latest.json and bench/results/cycle.svg.\n");
  process.exit(0);
}
const quick = values.quick === true;
const say = (text: string) => process.stdout.write(`${text}\n`);
const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-bench-"));

async function main(): Promise<void> {
  const product = await startForBench(dataDir);
  try {
    await prepareBare(product.ownerUrl);
    // A cold process is no measure of a service: its code is compiled while it runs.
    await countersignCycle(product, 16, quick ? 200 : 3000);
    await bareCycle(product.ownerUrl, 16, quick ? 200 : 3000);
    const cycles = [];
    for (const together of [1, 16, 64]) {
      const total = (quick ? 60 : 400) * Math.min(together, 16);
      const rounds = [];
      // Interleaved, so that a noisy moment hits both.
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const bare = await bareCycle(product.ownerUrl, together, total);
        const ours = await countersignCycle(product, together, total);
        rounds.push({ bare, ours, ratio: ours / bare });
      }
      const ratio = rounds.map((r) => r.ratio).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
      cycles.push({ together, ratio, rounds });
      say(`cycle, ${String(together).padStart(2)} at once: ${ratio.toFixed(2)} × the bare five-round-trip cycle`);
    }
    const intake = await intakeAlone(product, 64, quick ? 500 : 3000);
    say(
      `intake alone, 64 at once: ${Math.round(intake.perSecond)} a second here; ${intake.share.toFixed(2)} × a bare insert of one row`,
    );
    const sweeps = [];
    for (const open of quick ? [1000, 20_000] : [1000, 100_000, 1_000_000]) {
      const cost = await sweepCost(product, open);
      sweeps.push({ open, ...cost });
      const first = sweeps[0]?.idleMs ?? cost.idleMs;
      say(
        `sweep with ${open.toLocaleString("en-US")} open and nothing due: ${(cost.idleMs / first).toFixed(2)} × that with 1,000`,
      );
    }
    mkdirSync("bench/results", { recursive: true });
    const result = { machine: { cores: os.cpus().length, node: process.version }, cycles, intake, sweeps };
    writeFileSync("bench/results/latest.json", `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(
      "bench/results/cycle.svg",
      draw(cycles.map(({ together, ratio }) => ({ label: `${together} at once`, value: ratio }))),
    );
    say("written to bench/results/latest.json and bench/results/cycle.svg");
  } finally {
    await product.stop();
  }
}

try {
  await main();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

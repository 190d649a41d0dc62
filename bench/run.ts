import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { draw } from "./draw.ts";
import { measureEngine } from "./engine/engine.ts";
import { measureFlat } from "./flat/flat.ts";
import { measureFlood } from "./flood/flood.ts";
import { median } from "./median.ts";
import { measureRoad } from "./road/road.ts";

/**
 * Ratios, not milliseconds: what the product does in a second against what Postgres can do, measured in the same run on the same machine; and what one cycle
 * costs each party.
 */
const PARTS = { road: measureTheRoad, engine: measureTheEngine, flood: measureTheFlood, flat: measureSizes };
const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    only: { type: "string" },
    sizes: { type: "string" },
    data: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
const only = values.only?.split(",") ?? Object.keys(PARTS);
const unknown = only.filter((name) => !Object.hasOwn(PARTS, name));
if (values.help === true || unknown.length > 0) {
  process.stdout.write(`npm run bench [-- --quick] [--only ${Object.keys(PARTS).join(",")}] [--sizes 200000,1000000] [--data DIR]
Writes latest.json and its drawings to bench/results. --sizes: how many are kept where the same cycles are measured; a million takes about 6 GB.
--data: where the databases lie while it runs (they are removed afterwards); otherwise the system's temporary directory.
`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
const quick = values.quick === true;
const say = (text: string) => process.stdout.write(`${text}\n`);
const dataDir = mkdtempSync(path.join(values.data ?? os.tmpdir(), "countersign-bench-"));

/** What was measured before and is not measured now stays as it was written down. */
function keep(measured: object): void {
  mkdirSync("bench/results", { recursive: true });
  const file = "bench/results/latest.json";
  const all: object = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const earlier = Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(PARTS, name)));
  const [cpu] = os.cpus();
  const machine = {
    cores: os.cpus().length,
    cpu: cpu?.model,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
  };
  writeFileSync(file, `${JSON.stringify({ ...earlier, machine, ...measured }, null, 2)}\n`);
}
const drawTo = (name: string, ...drawing: Parameters<typeof draw>) =>
  writeFileSync(`bench/results/${name}.svg`, draw(...drawing));
const atOnce = (rows: { together: number; ratio: number }[]) =>
  rows.map(({ together, ratio }) => ({ label: `${together} at once`, value: ratio }));

async function measureTheRoad(): Promise<void> {
  const road = await measureRoad(dataDir, quick, say);
  keep({ road });
  drawTo("road", "the whole road, against three bare transactions of five statements (1 = as fast)", atOnce(road.rows));
}

async function measureTheEngine(): Promise<void> {
  const engine = await measureEngine(dataDir, quick, say);
  keep({ engine });
  drawTo("cycle", "submit → decide → resume, against the same rows by plain SQL (1 = as fast)", atOnce(engine.cycles));
  const [first] = engine.sweeps;
  const idle = engine.sweeps.map(({ open, idleMs }) => ({
    label: open.toLocaleString("en-US"),
    value: idleMs / (first?.idleMs ?? idleMs),
  }));
  drawTo("sweep", "a sweep with nothing due, by how many are open (1 = with 1,000)", idle);
}

async function measureTheFlood(): Promise<void> {
  const flood = await measureFlood(dataDir, quick, say);
  keep({ flood });
  const bars = [
    { label: "the middle one", value: median(flood.turns) / 2 },
    { label: "the last one", value: flood.worst / 2 },
  ];
  drawTo("flood", "while one agent floods a channel, the others' cards come within (1 = two turns of Slack's limit)", bars);
}

async function measureSizes(): Promise<void> {
  const sizes = (values.sizes ?? (quick ? "20000" : "200000,1000000")).split(",").map(Number);
  const beside = quick
    ? { lanes: 1000, postponed: 5000, counted: 20_000 }
    : { lanes: 10_000, postponed: 50_000, counted: 200_000 };
  const flat = await measureFlat({ dataDir, sizes, quick, ...beside }, say);
  keep({ flat });
  const bars = flat.rows.map(({ beside: label, relative }) => ({ label, value: relative }));
  drawTo("flat", "the same cycles beside what is kept and what waits (1 = as fast as with nothing)", bars);
}

try {
  for (const [name, measure] of Object.entries(PARTS)) if (only.includes(name)) await measure();
  say("written to bench/results");
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

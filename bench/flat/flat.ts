import path from "node:path";
import pg from "pg";
import { median } from "../median.ts";
import { perSecond } from "../per-second.ts";
import { createDriver } from "../road/drive.ts";
import { openHome } from "../road/home.ts";
import { type RealProcess, reviewerOf, startRealProcess } from "../road/real-process.ts";
import { measureRound, middleOf, type Round, warmUp } from "../road/road.ts";
import { countADay, standStill } from "./beside.ts";
import { loadKept } from "./load.ts";
import { idleSweepMs } from "./sweep.ts";

/**
 * What size costs: the same cycles over a database in which ever more is kept, and beside other things that pile up. All as ratios to the empty database of
 * the same run; beside each rate that of bare transactions at the same moment, because machines have moods.
 */
export type FlatRow = { beside: string; relative: number; homeMs: number } & Round;
export type Flat = {
  rows: FlatRow[];
  counted: { few: number; aDay: number; relative: number };
  sweepMs: { idle: number; besideReader: number };
};
export type FlatWish = {
  dataDir: string;
  sizes: readonly number[];
  quick: boolean;
  lanes: number;
  postponed: number;
  counted: number;
};

const DAYS = 180;
const TOGETHER = 16;
/** All by one reviewer, whose Home is what grows. */
const ONE = 0;

export async function measureFlat(wish: FlatWish, say: (line: string) => void): Promise<Flat> {
  const product = await startRealProcess(path.join(wish.dataDir, "flat"), say);
  const db = new pg.Pool({ connectionString: product.postgres.ownerUrl });
  try {
    await warmUp(product, wish.quick ? 300 : 3000, say);
    const samples = await takeSamples(product);
    const counted = await countedRate(product, wish.quick);
    const rows: FlatRow[] = [];
    const measure = async (beside: string) => rows.push(await measureRow(product, db, beside, rows[0], wish.quick, say));
    await measure("nothing kept");
    let kept = 0;
    for (const size of wish.sizes) {
      say(`loading up to ${size.toLocaleString("en-US")}`);
      const load = { samples, count: size - kept, from: kept, of: wish.sizes.at(-1) ?? size, days: DAYS };
      await loadKept(product.postgres.ownerUrl, load, say);
      kept = size;
      await measure(`${size.toLocaleString("en-US")} kept`);
    }
    say(`letting ${wish.lanes} lanes and ${wish.postponed} rows wait`);
    await standStill(product, db, wish);
    await measure(
      `with ${wish.lanes.toLocaleString("en-US")} lanes and ${wish.postponed.toLocaleString("en-US")} postponed rows`,
    );
    say(`counting ${wish.counted} of one type for a day`);
    await countADay(db, wish.counted);
    const aDay = await countedRate(product, wish.quick);
    const relative = aDay / counted;
    say(`acts that are counted: ${relative.toFixed(2)} × as many a second as with nothing counted (${Math.round(aDay)})`);
    const sweepMs = await sweeps(product, db, wish, say);
    return { rows, counted: { few: counted, aDay, relative }, sweepMs };
  } finally {
    await db.end();
    await product.stop();
  }
}

/** Approved and done, and run at once, by turns. */
async function takeSamples(product: RealProcess): Promise<string[]> {
  const driver = createDriver(product, 4);
  const samples: string[] = [];
  for (let i = 0; i < 8; i++) samples.push(await driver.finished(ONE), await driver.act("bench.auto"));
  await product.slack.quiet();
  await driver.close();
  return samples;
}

async function measureRow(
  product: RealProcess,
  db: pg.Pool,
  beside: string,
  first: FlatRow | undefined,
  quick: boolean,
  say: (line: string) => void,
): Promise<FlatRow> {
  const rounds: Round[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++)
    rounds.push(await measureRound(product, db, TOGETHER, quick ? 160 : 1500));
  const middle = middleOf(rounds);
  await product.slack.quiet();
  const homes: number[] = [];
  for (let i = 0; i < 11; i++) homes.push(await openHome(product, reviewerOf(ONE)));
  const relative = middle.ratio / (first?.ratio ?? middle.ratio);
  const row = { beside, relative, homeMs: median(homes), ...middle };
  const { cost } = row;
  say(
    `${beside}: ${relative.toFixed(2)} × the rate with nothing kept (${Math.round(row.perSecond)} a second, Node ${cost.productMs.toFixed(2)} + Postgres ${cost.postgresMs.toFixed(2)} ms); Home of the busiest ${row.homeMs.toFixed(1)} ms`,
  );
  return row;
}

/** Acts a second that are counted for a velocity rule. */
async function countedRate(product: RealProcess, quick: boolean): Promise<number> {
  const driver = createDriver(product, TOGETHER);
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++)
    rates.push(await perSecond(TOGETHER, quick ? 100 : 1000, async () => void (await driver.submit("bench.counted"))));
  await driver.close();
  return median(rates);
}

/** With nothing due: alone, and beside a transaction that has read all the time while thousands were opened and ended. */
async function sweeps(
  product: RealProcess,
  db: pg.Pool,
  { quick }: FlatWish,
  say: (line: string) => void,
): Promise<Flat["sweepMs"]> {
  const idle = await idleSweepMs(product);
  const reader = await db.connect();
  await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await reader.query("SELECT count(*) FROM live");
  const driver = createDriver(product, TOGETHER);
  await perSecond(TOGETHER, quick ? 500 : 20_000, async () => void (await driver.act("bench.auto")));
  await driver.close();
  const besideReader = await idleSweepMs(product);
  await reader.query("COMMIT");
  reader.release();
  say(`sweep with nothing due: ${idle.toFixed(2)} ms; beside a long reader ${besideReader.toFixed(2)} ms`);
  return { idle, besideReader };
}

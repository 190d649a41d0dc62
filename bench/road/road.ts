import path from "node:path";
import pg from "pg";
import { bareCycle, prepareBare } from "../bare.ts";
import { bytesEach, type Counters, databaseBytes, perCycle, readCounters } from "../cost.ts";
import { median } from "../median.ts";
import { perSecond } from "../per-second.ts";
import { type Cycle, createDriver, request } from "./drive.ts";
import { type RealProcess, startRealProcess } from "./real-process.ts";

/**
 * The whole road as its users walk it, against three bare transactions of five statements each in the same run: the real process, cards posted to a Slack
 * without limits, signed clicks, long polls. Beside the rates: what one cycle costs each party.
 */
export type Round = {
  perSecond: number;
  ratio: number;
  cost: Counters;
  slackCalls: number;
  /** Medians: of a whole cycle, and from the click until the agent has heard. */
  cycleMs: number;
  clickMs: number;
};
export type RoadRow = { together: number } & Round;
type Act = { type: string; perSecond: number; ratio: number; cost: Counters; bytesBeyondRequest: number };
type Bytes = ReturnType<typeof bytesEach>;
export type Road = { rows: RoadRow[]; bytes: Bytes; acts: Act[] };

export async function measureRoad(dataDir: string, quick: boolean, say: (line: string) => void): Promise<Road> {
  const product = await startRealProcess(path.join(dataDir, "road"), say);
  const db = new pg.Pool({ connectionString: product.postgres.ownerUrl });
  try {
    await warmUp(product, quick ? 300 : 3000, say);
    await product.slack.quiet();
    const before = await databaseBytes(db);
    let cycles = 0;
    const rows: RoadRow[] = [];
    for (const together of [1, 16, 64]) {
      const total = (quick ? 4 : 40) * Math.max(10, together);
      const rounds: Round[] = [];
      for (let round = 0; round < (quick ? 1 : 3); round++) rounds.push(await measureRound(product, db, together, total));
      cycles += rounds.length * (total + together);
      const row = { together, ...middleOf(rounds) };
      rows.push(row);
      say(roadLine(row));
    }
    await product.slack.quiet();
    const bytes = bytesEach(before, await databaseBytes(db), cycles);
    say(`database: ${bytes.all} bytes for a cycle, settled (${inWords(bytes.byTable)})`);
    const acts: Act[] = [];
    for (const type of ["bench.auto", "bench.notify"]) acts.push(await measureAct(product, db, type, quick, say));
    return { rows, bytes, acts };
  } finally {
    await db.end();
    await product.stop();
  }
}

/** A cold process is no measure of a service: its code is compiled while it runs. */
export async function warmUp(product: RealProcess, cycles: number, say: (line: string) => void): Promise<void> {
  say(`warming up with ${cycles} cycles`);
  await prepareBare(product.postgres.ownerUrl);
  const driver = createDriver(product, 16);
  await perSecond(16, cycles, async () => void (await driver.cycle()));
  await driver.close();
  await bareCycle(product.postgres.ownerUrl, 16, 1000);
}

export const pidsOf = ({ pid, postgres }: RealProcess) => ({ product: pid, postmaster: postgres.postmasterPid });
export const middleOf = (rounds: readonly Round[]): Round =>
  rounds.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(rounds.length / 2)] as Round;

export async function measureRound(product: RealProcess, db: pg.Pool, together: number, total: number): Promise<Round> {
  const bare = await bareCycle(product.postgres.ownerUrl, together, total * 2);
  const driver = createDriver(product, together);
  try {
    product.slack.takeCalls();
    const walked: Cycle[] = [];
    const before = await readCounters(db, pidsOf(product));
    const rate = await perSecond(together, total, async () => void walked.push(await driver.cycle()));
    const cost = perCycle(before, await readCounters(db, pidsOf(product)), walked.length);
    const slackCalls = Object.values(product.slack.takeCalls()).reduce((a, b) => a + b, 0) / walked.length;
    const [cycleMs, clickMs] = [median(walked.map(({ ms }) => ms)), median(walked.map((one) => one.clickMs))];
    return { perSecond: rate, ratio: rate / bare, cost, slackCalls, cycleMs, clickMs };
  } finally {
    await driver.close();
  }
}

export function roadLine({ together, perSecond: rate, ratio, cost, slackCalls, cycleMs, clickMs }: RoadRow): string {
  const cpu = `Node ${cost.productMs.toFixed(2)} + Postgres ${cost.postgresMs.toFixed(2)} + client and stand-in ${cost.driverMs.toFixed(2)} ms of processor`;
  const writes = `${cost.commits.toFixed(1)} commits, ${(cost.walBytes / 1024).toFixed(1)} KB of log, ${slackCalls.toFixed(1)} calls to Slack`;
  const times = `medians: cycle ${cycleMs.toFixed(1)} ms, click until the agent has heard ${clickMs.toFixed(1)} ms`;
  return `whole road, ${String(together).padStart(2)} at once: ${ratio.toFixed(2)} × three bare transactions (${Math.round(rate)} a second); ${cpu}; ${writes}; ${times}`;
}

const inWords = (byTable: Record<string, number>): string =>
  Object.entries(byTable)
    .map(([name, bytes]) => `${name} ${bytes}`)
    .join(", ");

/** What nobody is asked about: submitted and reported, against one row by a bare insert. */
async function measureAct(
  product: RealProcess,
  db: pg.Pool,
  type: string,
  quick: boolean,
  say: (line: string) => void,
): Promise<Act> {
  const together = 64;
  const total = quick ? 500 : 4000;
  const driver = createDriver(product, together);
  const bare = new pg.Pool({ connectionString: product.postgres.ownerUrl, max: 16 });
  const insert = { name: "one_row", text: "INSERT INTO bare VALUES (gen_random_uuid()::text, 'x', $1)", values: ['{"a":1}'] };
  try {
    const bytesBefore = await databaseBytes(db);
    const rounds: Omit<Act, "type" | "bytesBeyondRequest">[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const rate = await perSecond(together, total, async () => void (await bare.query(insert)));
      const before = await readCounters(db, pidsOf(product));
      const ours = await perSecond(together, total, async () => void (await driver.act(type)));
      const cost = perCycle(before, await readCounters(db, pidsOf(product)), total + together);
      rounds.push({ perSecond: ours, ratio: ours / rate, cost });
    }
    const [first] = rounds.toSorted((a, b) => a.ratio - b.ratio).slice(Math.floor(rounds.length / 2));
    await product.slack.quiet();
    const bytes = bytesEach(bytesBefore, await databaseBytes(db), rounds.length * (total + together));
    const act = { type, ...(first as (typeof rounds)[0]), bytesBeyondRequest: bytes.all - requestBytes(type) };
    const { cost } = act;
    say(
      `${type}, 64 at once: ${act.ratio.toFixed(2)} × a bare insert of one row (${Math.round(act.perSecond)} a second); Node ${cost.productMs.toFixed(2)} + Postgres ${cost.postgresMs.toFixed(2)} + client ${cost.driverMs.toFixed(2)} ms; ${cost.commits.toFixed(2)} commits; ${act.bytesBeyondRequest} bytes beyond the request (${inWords(bytes.byTable)})`,
    );
    return act;
  } finally {
    await driver.close();
    await bare.end();
  }
}

const requestBytes = (type: string): number => Buffer.byteLength(JSON.stringify({ ...request(type), claim_id: "bench" }));

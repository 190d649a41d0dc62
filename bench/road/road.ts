import path from "node:path";
import pg from "pg";
import { bareCycle, prepareBare } from "../bare.ts";
import { type Counters, databaseBytes, perCycle, readCounters } from "../cost.ts";
import { median } from "../median.ts";
import { perSecond } from "../per-second.ts";
import { createDriver } from "./drive.ts";
import { type RealProcess, startRealProcess } from "./real-process.ts";

/**
 * The whole road as its users walk it, against three bare transactions of five statements each in the same run: the real process, cards posted to a Slack
 * without limits, signed clicks, long polls. Beside the rates: what one cycle costs each party.
 */
export type RoadRow = { together: number; perSecond: number; ratio: number; cost: Counters; slackCalls: number };
export type Road = { rows: RoadRow[]; autonomous: { perSecond: number; ratio: number; cost: Counters }; databaseBytes: number };

export async function measureRoad(dataDir: string, quick: boolean, say: (line: string) => void): Promise<Road> {
  const product = await startRealProcess(path.join(dataDir, "road"), say);
  const db = new pg.Pool({ connectionString: product.postgres.ownerUrl });
  try {
    await prepareBare(product.postgres.ownerUrl);
    say("warming up: a cold process is no measure of a service");
    await drive(product, 16, quick ? 300 : 3000);
    await bareCycle(product.postgres.ownerUrl, 16, quick ? 200 : 1000);
    const bytesBefore = await databaseBytes(db);
    let cycles = 0;
    const rows: RoadRow[] = [];
    for (const together of [1, 16, 64]) {
      const total = (quick ? 4 : 40) * Math.max(10, together);
      const rounds = [];
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const bare = await bareCycle(product.postgres.ownerUrl, together, total * 2);
        product.slack.takeCalls();
        const before = await readCounters(db, pidsOf(product));
        const perSecond = await drive(product, together, total);
        const walked = total + together;
        const cost = perCycle(before, await readCounters(db, pidsOf(product)), walked);
        const slackCalls = Object.values(product.slack.takeCalls()).reduce((a, b) => a + b, 0) / walked;
        cycles += walked;
        rounds.push({ perSecond, ratio: perSecond / bare, cost, slackCalls });
      }
      const middle = rounds.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(rounds.length / 2)] ?? rounds[0];
      if (middle === undefined) throw new Error("no round was measured");
      rows.push({ together, ...middle });
      say(line(together, middle));
    }
    const bytes = (await databaseBytes(db)) - bytesBefore;
    say(`database: ${Math.round(bytes / cycles)} bytes for a cycle, settled`);
    const autonomous = await measureAutonomous(product, db, quick);
    say(
      `acts that run at once, 64 at once: ${Math.round(autonomous.perSecond)} a second; ${autonomous.ratio.toFixed(2)} × a bare insert of one row`,
    );
    return { rows, autonomous, databaseBytes: bytes / cycles };
  } finally {
    await db.end();
    await product.stop();
  }
}

const pidsOf = ({ pid, postgres }: RealProcess) => ({ product: pid, postmaster: postgres.postmasterPid });

async function drive(product: RealProcess, together: number, total: number): Promise<number> {
  const driver = createDriver(product, together);
  try {
    return await perSecond(together, total, driver.cycle);
  } finally {
    await driver.close();
  }
}

function line(together: number, { perSecond, ratio, cost, slackCalls }: Omit<RoadRow, "together">): string {
  const ms = (value: number) => value.toFixed(1);
  const cpu = `Node ${ms(cost.productMs)} + Postgres ${ms(cost.postgresMs)} + client and stand-in ${ms(cost.driverMs)} ms of processor`;
  const writes = `${cost.commits.toFixed(1)} commits, ${(cost.walBytes / 1024).toFixed(1)} KB of log, ${slackCalls.toFixed(1)} calls to Slack`;
  return `whole road, ${String(together).padStart(2)} at once: ${ratio.toFixed(2)} × three bare transactions (${Math.round(perSecond)} a second); ${cpu}; ${writes}`;
}

async function measureAutonomous(product: RealProcess, db: pg.Pool, quick: boolean): Promise<Road["autonomous"]> {
  const together = 64;
  const total = quick ? 500 : 4000;
  const driver = createDriver(product, together);
  const bare = new pg.Pool({ connectionString: product.postgres.ownerUrl, max: 16 });
  const insert = { name: "one_row", text: "INSERT INTO bare VALUES (gen_random_uuid()::text, 'x', $1)", values: ['{"a":1}'] };
  try {
    const rounds = [];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const rate = await perSecond(together, total, async () => void (await bare.query(insert)));
      const before = await readCounters(db, pidsOf(product));
      const ours = await perSecond(together, total, driver.autonomous);
      const cost = perCycle(before, await readCounters(db, pidsOf(product)), total + together);
      rounds.push({ perSecond: ours, ratio: ours / rate, cost });
    }
    const ratio = median(rounds.map((one) => one.ratio));
    return rounds.find((one) => one.ratio === ratio) ?? (rounds[0] as Road["autonomous"]);
  } finally {
    await driver.close();
    await bare.end();
  }
}

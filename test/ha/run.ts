import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Cluster, startCluster, TTL_S } from "./cluster.ts";
import { answersSince, type Counted, countAgainst, longestGapS } from "./count.ts";
import { FAULTS, type Fault, type World } from "./faults.ts";
import { type Load, startLoad } from "./load.ts";
import { type Pooler, startPooler } from "./pooler.ts";
import { endAll } from "./processes.ts";
import { findPrograms } from "./programs.ts";
import { command, prepareDatabase, type Replica, startReplicas, stopReplicas, urlOf } from "./replicas.ts";
import { startKeepingSlack } from "./slack.ts";

const HELP = `npm run test:ha [-- --only FAULT[,FAULT]] [--road ROAD[,ROAD]] [--rate N] [--keep]

Three Postgres nodes with Patroni and etcd behind HAProxy, two replicas of the product, and agents and a reviewer
who work on them without pause, while this goes wrong:
${FAULTS.map(({ name, says }) => `  ${name.padEnd(15)} ${says}`).join("\n")}

--road   haproxy:   the replicas reach the primary through HAProxy
         hosts:     they have all hosts in DATABASE_URL
         pgbouncer: they go through PgBouncer in transaction mode (left out where it is not installed)
         Each has its own list of faults; without --road all are tried, in a quarter of an hour.
--rate   cycles begun in a second (4)
--keep   keeps the directory with all logs also when all is well

It needs Debian's patroni, etcd-server, haproxy and postgresql-15 or newer; without them it says so and does nothing.
It ends with 1 when anything acknowledged was lost, decided or granted twice, stuck or posted twice, when a replica
ended or answered 500, or when nothing was accepted for longer than Patroni's ttl + 5 s.
`;

/** How the replicas reach the primary, and what goes wrong meanwhile. */
type Road = {
  faults: readonly string[];
  hosts: (cluster: Cluster, pooler: Pooler | null) => string;
  more: Record<string, string>;
};
const ROADS: Record<string, Road> = {
  haproxy: {
    faults: FAULTS.map(({ name }) => name).filter((name) => name !== "kill-pooler"),
    hosts: ({ port }) => `127.0.0.1:${port}`,
    more: {},
  },
  hosts: {
    faults: ["switchover", "kill-node", "kill-postgres", "freeze-primary"],
    hosts: ({ nodePorts }) => nodePorts.map((port) => `127.0.0.1:${port}`).join(","),
    more: {},
  },
  pgbouncer: {
    faults: ["switchover", "kill-pooler", "kill-postgres"],
    hosts: (_, pooler) => `127.0.0.1:${pooler?.port}`,
    more: { DATABASE_POOLER: "transaction", DATABASE_POOL_MAX: "12" },
  },
};

const GAP_MAX_S = TTL_S + 5;
const say = (text: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);
type Row = {
  road: string;
  fault: string;
  gapS: number;
  accepted: number;
  again: number;
  told: number;
  answers: string;
  wrong: string[];
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    road: { type: "string" },
    rate: { type: "string" },
    keep: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const programs = findPrograms();
  if ("missing" in programs) {
    process.stdout.write(
      `test:ha is skipped: ${programs.missing.join(", ")} missing (apt-get install --no-install-recommends patroni etcd-server etcd-client haproxy)\n`,
    );
    return;
  }
  say(programs.versions);
  const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-ha-"));
  chmodSync(dir, 0o755);
  say(`logs are in ${dir}`);
  const rows: Row[] = [];
  const cluster = await startCluster(path.join(dir, "cluster"), programs);
  const tryAll = async () => {
    await cluster.untilWhole();
    say("three nodes run, one of them as a synchronous standby");
    const key = await prepareDatabase(cluster);
    for (const road of listed(values.road, Object.keys(ROADS)))
      rows.push(...(await tryRoad(road, { cluster, key, dir, pgbouncer: programs.pgbouncer })));
  };
  try {
    await Promise.race([tryAll(), interrupted()]);
  } finally {
    await cluster.down();
    await endAll();
  }
  print(rows);
  const isWell = rows.length > 0 && rows.every(({ wrong }) => wrong.length === 0);
  if (isWell && values.keep !== true) rmSync(dir, { recursive: true, force: true });
  process.exitCode = isWell ? 0 : 1;
}

/** Postgres and its like outlive whoever started them. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => reject(new Error("interrupted")));
  });
}

function listed(given: string | undefined, all: readonly string[]): string[] {
  const names = given?.split(",") ?? [...all];
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(", ")}; there is ${all.join(", ")}`);
  return names;
}

type On = { cluster: Cluster; key: string; dir: string; pgbouncer: string | null };
async function tryRoad(name: string, { cluster, key, dir, pgbouncer }: On): Promise<Row[]> {
  const road = ROADS[name];
  if (road === undefined) return [];
  const asked = listed(
    values.only,
    FAULTS.map((fault) => fault.name),
  );
  const faults = FAULTS.filter((fault) => asked.includes(fault.name) && road.faults.includes(fault.name));
  if (faults.length === 0) return [];
  if (name === "pgbouncer" && pgbouncer === null) {
    say("pgbouncer is skipped: it is not installed");
    return [];
  }
  const pooler = name === "pgbouncer" && pgbouncer !== null ? await startPooler(pgbouncer, cluster) : null;
  const slack = await startKeepingSlack();
  const database = { DATABASE_URL: urlOf("app", road.hosts(cluster, pooler)), ...road.more };
  const replicas = await startReplicas(dir, 2, slack.apiUrl, database);
  say(`${name}: two replicas run`);
  const load = startLoad({ replicas, slack, key, perSecond: Number(values.rate ?? 4) });
  const rows: Row[] = [];
  try {
    await sleep(5000);
    for (const fault of faults)
      rows.push(await tryFault(name, fault, { cluster, replicas, pooler, load, told: () => slack.told.length }));
    say("waiting for what is under way");
    await load.finish();
    const counted = await countAgainst(load, (where) => read(replicas, key, where));
    const wrong = faultsOf(counted, load, slack.duplicates(), replicas);
    await command(dir, ["audit", "verify"], { ...database, COUNTERSIGN_LOCAL: "1" }).catch((error: Error) =>
      wrong.push(error.message),
    );
    const { acknowledged } = counted;
    say(
      `${name}: ${acknowledged} acknowledged, ${slack.posts()} posts; ${wrong.length === 0 ? "nothing lost, twice or stuck" : wrong.join("; ")}`,
    );
    rows.push({ road: name, fault: "in all", gapS: 0, accepted: acknowledged, again: 0, told: 0, answers: "", wrong });
  } finally {
    await stopReplicas(replicas);
    await slack.close();
    await pooler?.stop();
  }
  return rows;
}

type Under = World & { load: Load; told: () => number };
async function tryFault(road: string, fault: Fault, { cluster, replicas, pooler, load, told }: Under): Promise<Row> {
  await cluster.untilWhole();
  await sleep(3000);
  const [before, toldBefore, from] = [load.seen(), told(), Date.now()];
  say(`${road}: ${fault.name} – ${fault.says}`);
  const putRight = await fault.begin({ cluster, replicas, pooler });
  await sleep(fault.lastsS * 1000);
  await putRight();
  const wrong: string[] = [];
  await cluster.untilWhole().catch((error: Error) => wrong.push(error.message));
  await sleep(5000);
  const [now, to] = [load.seen(), Date.now()];
  const gapS = longestGapS(now, from, to);
  const answers = answersSince(before, now);
  if (gapS > GAP_MAX_S) wrong.push(`nothing was accepted for ${gapS.toFixed(1)} s`);
  const errors = [...answers].filter(([what]) => /\b500$/.test(what));
  if (errors.length > 0) wrong.push(errors.map(([what, n]) => `${what} (${n})`).join(", "));
  const row = {
    road,
    fault: fault.name,
    gapS,
    accepted: now.acceptedAt.length - before.acceptedAt.length,
    again: now.clickedAgain - before.clickedAgain,
    told: told() - toldBefore,
    answers: [...answers].map(([what, n]) => `${n} × ${what}`).join(", "),
    wrong,
  };
  say(
    `  gap ${gapS.toFixed(1)} s, ${row.accepted} accepted, ${row.again} clicked again, ${row.answers}${wrong.map((one) => ` ✗ ${one}`).join("")}`,
  );
  return row;
}

async function read(replicas: readonly Replica[], key: string, where: string): Promise<{ status: number; body: unknown }> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${replicas[tries % replicas.length]?.url}/v1${where}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const body: unknown = await answer.json();
    if (answer.status < 429 || tries === 20) return { status: answer.status, body };
    await sleep(500);
  }
}

function faultsOf(
  { lost, setBack, notDecidedOnce, grantedAgain }: Counted,
  load: Load,
  duplicates: string[],
  replicas: readonly Replica[],
): string[] {
  const lists = {
    lost,
    "set back": setBack,
    "not decided once": notDecidedOnce,
    "granted twice": [...load.grantedTwice, ...grantedAgain],
  };
  const more = { stuck: load.stuck, "posted twice": duplicates };
  const counts = Object.entries({ ...lists, ...more }).filter(([, list]) => list.length > 0);
  const ended = replicas.filter((replica) => replica.process.exited() !== null);
  return [
    ...counts.map(([what, list]) => `${list.length} ${what}: ${list.slice(0, 3).join(", ")}`),
    ...ended.map(({ process: { name, exited } }) => `${name} ended with ${exited()}`),
  ];
}

function print(rows: readonly Row[]): void {
  const lines = rows.map((row) =>
    [row.road, row.fault, row.gapS.toFixed(1), row.accepted, row.again, row.told, row.answers, row.wrong.join("; ") || "–"].join(
      " | ",
    ),
  );
  const head = [
    "road | fault | longest gap (s) | accepted | clicked again | told | answers beside success | wrong",
    "---|---|---|---|---|---|---|---",
  ];
  process.stdout.write(`\n${[...head, ...lines].map((line) => `| ${line} |`).join("\n")}\n`);
}

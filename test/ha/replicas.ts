import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { addAgent } from "../../src/engine/agents.ts";
import { type Cluster, PASSWORDS } from "./cluster.ts";
import { end, freePorts, type Launched, launch } from "./processes.ts";
import { REVIEWER, TEAM } from "./slack.ts";

/** Two replicas of the product, each a process of its own, on the database of the cluster. */
export const QUEUES = 8;
export const SIGNING_SECRET = "ha-signing-secret";
export type Replica = {
  url: string;
  process: Launched;
  /** As a new version replaces an old one: it is asked to end, does what it has begun, and another takes its place. */
  replace(): Promise<void>;
};

export const ROLE_PASSWORD = "ha-role";
export const superuserUrl = (port: number, database: string) =>
  `postgresql://postgres:${PASSWORDS.postgres}@127.0.0.1:${port}/${database}`;
export const urlOf = (role: "owner" | "app", hosts: string): string =>
  `postgresql://countersign_${role}:${ROLE_PASSWORD}@${hosts}/countersign`;

/** The database and its two roles, migrated as the owner; an agent with its key. */
export async function prepareDatabase({ dir, port }: Cluster): Promise<string> {
  const admin = new pg.Client({ connectionString: superuserUrl(port, "postgres") });
  await admin.connect();
  for (const role of ["owner", "app"]) await admin.query(`CREATE ROLE countersign_${role} LOGIN PASSWORD '${ROLE_PASSWORD}'`);
  await admin.query("CREATE DATABASE countersign OWNER countersign_owner");
  await admin.end();
  const [app, owner] = [urlOf("app", `127.0.0.1:${port}`), urlOf("owner", `127.0.0.1:${port}`)];
  await command(dir, ["migrate"], { DATABASE_URL: app, DATABASE_MIGRATION_URL: owner });
  const pool = new pg.Pool({ connectionString: owner, max: 1 });
  try {
    const issued = await addAgent(pool, { name: "ha-agent", owner: null, environment: "production", scopes: ["escalations"] });
    if ("refused" in issued) throw new Error(issued.refused);
    return issued.key;
  } finally {
    await pool.end();
  }
}

/** A command of the product's command line, to its end; throws when it fails. */
export async function command(dir: string, args: string[], env: Record<string, string>): Promise<void> {
  const name = `cli-${args.join("-").replaceAll("/", "_")}`;
  const started = launch(name, [process.execPath, "src/cli/countersign.ts", ...args], { dir, env, cwd: process.cwd() });
  await started.ended;
  if (started.exited() !== "0")
    throw new Error(`countersign ${args.join(" ")} ended with ${started.exited()}: see ${dir}/${name}.log`);
}

function configuration(): string {
  const list = (line: (n: number) => string) => Array.from({ length: QUEUES }, (_, n) => line(n)).join("\n");
  return `schema: 1
workspace: ${TEAM}
limits: { agent: { submits_per_minute: 100000, burst: 10000, open: 100000 }, queue: { open: 100000 } }
reviewers:
  ${REVIEWER}: { name: Reviewer, level: 3 }
queues:
${list((n) => `  q${n}: { channel: C0HA${n}, members: [${REVIEWER}] }`)}
policy:
  time_zone: UTC
  working_hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00" }
  environments: [production]
  seats: { anybody: { label: a reviewer } }
  defaults: { queue: q0, sla: 30m, deadline: 2h, fallback: reject, resume_within: 1h, outcome_within: 1h }
  unknown: { tier: hard_stop, requires: [anybody] }
  questions: { requires: [anybody] }
  action_types:
${list((n) => `    ha.act${n}: { impact: high, reversibility: compensable, queue: q${n}, requires: [anybody] }`)}
`;
}

export async function startReplicas(dir: string, count: number, env: Record<string, string>): Promise<Replica[]> {
  const config = path.join(dir, "countersign.yaml");
  writeFileSync(config, configuration());
  const ports = await freePorts(count);
  const replicas = ports.map((port, n) => {
    const dataDir = path.join(dir, `replica-${n}`);
    mkdirSync(dataDir, { recursive: true });
    const own = {
      ...env,
      PORT: String(port),
      COUNTERSIGN_DATA_DIR: dataDir,
      COUNTERSIGN_CONFIG: config,
      SLACK_BOT_TOKEN: "xoxb-ha",
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      LOG_LEVEL: "warn",
    };
    const begin = () => launch(`replica-${n}`, [process.execPath, "src/main.ts"], { dir, env: own, cwd: process.cwd() });
    const replica: Replica = {
      url: `http://127.0.0.1:${port}`,
      process: begin(),
      async replace() {
        await end(replica.process, 20_000);
        if (replica.process.exited() !== "0") throw new Error(`${replica.process.name} ended with ${replica.process.exited()}`);
        replica.process = begin();
        await untilReady(replica);
      },
    };
    return replica;
  });
  await Promise.all(replicas.map(untilReady));
  return replicas;
}

async function untilReady({ url, process: started }: Replica): Promise<void> {
  let said = "";
  for (let tries = 0; tries < 600; tries++) {
    if (started.exited() !== null) throw new Error(`${started.name} ended with ${started.exited()} before it was ready`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    said = (await answer?.text()) ?? "";
    await sleep(100);
  }
  throw new Error(`${started.name} was not ready within a minute: ${said}`);
}

export const stopReplicas = (replicas: readonly Replica[]) => Promise.all(replicas.map(({ process: one }) => end(one, 20_000)));

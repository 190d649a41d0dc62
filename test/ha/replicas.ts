import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { configurationOf, environmentOf, freePorts, newKey, untilReady } from "../support/black-box.ts";
import { type Cluster, PASSWORDS } from "./cluster.ts";
import { end, type Launched, launch } from "./processes.ts";
import { REVIEWER } from "./slack.ts";

/** Two replicas of the product, each a process of its own, on the database of the cluster. */
export const QUEUES = 8;
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
  return newKey(owner, "ha-agent");
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
  const each = Array.from({ length: QUEUES }, (_, n) => n);
  return configurationOf({
    limits: "{ agent: { submits_per_minute: 100000, burst: 10000, open: 100000 }, queue: { open: 100000 } }",
    reviewers: [REVIEWER],
    queues: each.map((n) => ({ name: `q${n}`, channel: `C0HA${n}`, member: REVIEWER })),
    times: "sla: 30m, deadline: 2h, resume_within: 1h, outcome_within: 1h",
    types: each.map((n) => `ha.act${n}: { impact: high, reversibility: compensable, queue: q${n}, requires: [anybody] }`),
  });
}

export async function startReplicas(
  dir: string,
  count: number,
  slackUrl: string,
  env: Record<string, string>,
): Promise<Replica[]> {
  const config = path.join(dir, "countersign.yaml");
  writeFileSync(config, configuration());
  const ports = await freePorts(count);
  const replicas = ports.map((port, n) => {
    const dataDir = path.join(dir, `replica-${n}`);
    mkdirSync(dataDir, { recursive: true });
    const own = {
      ...env,
      ...environmentOf({ port, dataDir, config, slackUrl }),
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
        await isReady(replica);
      },
    };
    return replica;
  });
  await Promise.all(replicas.map(isReady));
  return replicas;
}

const isReady = ({ url, process: { name, exited } }: Replica) => untilReady(url, name, exited);

export const stopReplicas = (replicas: readonly Replica[]) => Promise.all(replicas.map(({ process: one }) => end(one, 20_000)));

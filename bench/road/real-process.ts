import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { addAgent, rotateAgent } from "../../src/engine/agents.ts";
import { type Embedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { HELD, type StandInSlack, startStandInSlack, TEAM } from "./stand-in-slack.ts";

/** The product as it runs in production: its own process, a Postgres, a Slack over HTTP and signed requests; here with more channels than clients. */
export type RealProcess = {
  url: string;
  key: string;
  pid: number;
  /** The file of its configuration. */
  config: string;
  postgres: Embedded;
  slack: StandInSlack;
  stop(): Promise<void>;
};

/** More than there are clients, or the order inside a channel is what is measured. */
export const QUEUES = 128;
export const SIGNING_SECRET = "bench-signing-secret";
export const reviewerOf = (queue: number): string => `U0R${queue}`;

/** So wide that nobody meets them. */
const NO_LIMITS = "limits: { agent: { submits_per_minute: 1000000, burst: 100000, open: 1000000 }, queue: { open: 1000000 } }";

/** One queue, one channel, one reviewer and one action type for each; and an act that nobody is asked about. */
function configuration(limits: string): string {
  const list = (line: (n: number) => string) => Array.from({ length: QUEUES }, (_, n) => line(n)).join("\n");
  return `schema: 1
workspace: ${TEAM}
${limits}
reviewers:
${list((n) => `  ${reviewerOf(n)}: { name: Reviewer ${n}, level: 3 }`)}
queues:
${list((n) => `  q${n}: { channel: C0Q${n}, members: [${reviewerOf(n)}] }`)}
  held: { channel: ${HELD}, members: [${reviewerOf(0)}] }
policy:
  time_zone: UTC
  working_hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00" }
  environments: [production]
  seats: { anybody: { label: a reviewer } }
  defaults: { queue: q0, sla: 10m, deadline: 1h, fallback: reject, resume_within: 30m, outcome_within: 15m }
  unknown: { tier: hard_stop, requires: [anybody] }
  questions: { requires: [anybody] }
  action_types:
    bench.auto: { impact: low, reversibility: reversible, environments: { production: autonomous } }
    bench.notify: { impact: low, reversibility: reversible, environments: { production: notify } }
    bench.counted: { impact: low, reversibility: reversible, environments: { production: autonomous } }
${list((n) => `    bench.act${n}: { impact: high, reversibility: compensable, environments: { production: hard_approval }, queue: q${n}, requires: [anybody] }`)}
    bench.held: { impact: high, reversibility: compensable, environments: { production: hard_approval }, queue: held, requires: [anybody] }
  rules:
    - { name: far too many, for: bench.counted, when: velocity.agent.count_24h > 1000000000.0, tier: hard_approval }
`;
}

/** `limits`: of the configuration. `postEveryMs`: how often Slack takes a message in a channel. */
export type Around = { limits?: string; postEveryMs?: number };

export async function startRealProcess(dataDir: string, say: (line: string) => void, around: Around = {}): Promise<RealProcess> {
  mkdirSync(dataDir, { recursive: true });
  const config = path.join(dataDir, "countersign.yaml");
  writeFileSync(config, configuration(around.limits ?? NO_LIMITS));
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(dataDir, "database") });
  const slack = await startStandInSlack(around.postEveryMs ?? 0);
  const port = await freePort();
  const child = spawn(process.execPath, ["src/main.ts"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      PORT: String(port),
      DATABASE_URL: postgres.appUrl,
      DATABASE_MIGRATION_URL: postgres.ownerUrl,
      COUNTERSIGN_DATA_DIR: path.join(dataDir, "process"),
      COUNTERSIGN_CONFIG: config,
      SLACK_BOT_TOKEN: "xoxb-bench",
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_API_URL: slack.apiUrl,
      LOG_LEVEL: "error",
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    await slack.close();
    await postgres.stop();
  };
  try {
    say("waiting for the process to be ready");
    await untilAlive(url, child);
    return { url, key: await newKey(postgres.ownerUrl, "bench-agent"), pid: child.pid ?? 0, config, postgres, slack, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where the database has been used before there is such an agent already. */
export async function newKey(ownerUrl: string, name: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: ownerUrl });
  try {
    const added = await addAgent(pool, { name, owner: null, environment: "production", scopes: ["escalations"] });
    const issued = "refused" in added ? await rotateAgent(pool, name) : added;
    if ("refused" in issued) throw new Error(issued.refused);
    return issued.key;
  } finally {
    await pool.end();
  }
}

async function untilAlive(url: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error("the process ended before it was ready");
    const alive = await fetch(`${url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (alive) return;
    await sleep(100);
  }
  throw new Error("the process was not ready within 30 s");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

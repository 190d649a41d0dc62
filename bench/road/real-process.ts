import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Embedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { configurationOf, environmentOf, freePorts, newKey, untilReady } from "../../test/support/black-box.ts";
import { HELD, type StandInSlack, startStandInSlack } from "./stand-in-slack.ts";

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
export const reviewerOf = (queue: number): string => `U0R${queue}`;

/** So wide that nobody meets them. */
const NO_LIMITS = "{ agent: { submits_per_minute: 1000000, burst: 100000, open: 1000000 }, queue: { open: 1000000 } }";

/** One queue, one channel, one reviewer and one action type for each; and an act that nobody is asked about. */
function configuration(limits: string): string {
  const each = Array.from({ length: QUEUES }, (_, n) => n);
  const type = (name: string, impact: string, tier: string, more = "") =>
    `bench.${name}: { impact: ${impact}, environments: { production: ${tier} }${more} }`;
  const asked = (name: string, queue: string) =>
    type(name, "high, reversibility: compensable", "hard_approval", `, queue: ${queue}, requires: [anybody]`);
  const unasked = (name: string, tier: string) => type(name, "low, reversibility: reversible", tier);
  return configurationOf({
    limits,
    reviewers: each.map(reviewerOf),
    queues: [
      ...each.map((n) => ({ name: `q${n}`, channel: `C0Q${n}`, member: reviewerOf(n) })),
      { name: "held", channel: HELD, member: reviewerOf(0) },
    ],
    times: "sla: 10m, deadline: 1h, resume_within: 30m, outcome_within: 15m",
    types: [
      unasked("auto", "autonomous"),
      unasked("notify", "notify"),
      unasked("counted", "autonomous"),
      ...each.map((n) => asked(`act${n}`, `q${n}`)),
      asked("held", "held"),
    ],
    rules: ["{ name: far too many, for: bench.counted, when: velocity.agent.count_24h > 1000000000.0, tier: hard_approval }"],
  });
}

/** `limits`: of the configuration. `postEveryMs`: how often Slack takes a message in a channel. */
export type Around = { limits?: string; postEveryMs?: number };

export async function startRealProcess(dataDir: string, say: (line: string) => void, around: Around = {}): Promise<RealProcess> {
  mkdirSync(dataDir, { recursive: true });
  const config = path.join(dataDir, "countersign.yaml");
  writeFileSync(config, configuration(around.limits ?? NO_LIMITS));
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(dataDir, "database") });
  const slack = await startStandInSlack(around.postEveryMs ?? 0);
  const [port = 0] = await freePorts(1);
  const child = spawn(process.execPath, ["src/main.ts"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: postgres.appUrl,
      DATABASE_MIGRATION_URL: postgres.ownerUrl,
      ...environmentOf({ port, dataDir: path.join(dataDir, "process"), config, slackUrl: slack.apiUrl }),
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
    await untilReady(url, "the process", () => (child.exitCode === null ? null : String(child.exitCode)));
    return { url, key: await newKey(postgres.ownerUrl, "bench-agent"), pid: child.pid ?? 0, config, postgres, slack, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(late);
}

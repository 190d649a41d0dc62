import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/domain/base/clock.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { type Agent, createAgent } from "../support/app.ts";
import { configWithLimits } from "../support/config.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { faults } from "../support/properties.ts";

/** kill −9 at the named points of a rollback; a fresh process finishes the work. 0 lost, 0 undone twice, 0 stuck. */
const AGAIN = { repeats: faults(1) - 1 };
let db: TestDatabase;
let slack: LocalSlack;
let child: ChildProcess;
let agent: Agent;

async function startBot(): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-kill-"));
  const env = {
    ...process.env,
    PORT: "0",
    DATABASE_URL: db.appUrl,
    DATABASE_MIGRATION_URL: db.ownerUrl,
    SLACK_BOT_TOKEN: "xoxb-test",
    SLACK_SIGNING_SECRET: "secret",
    SLACK_API_URL: slack.apiUrl,
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: configWithLimits(dataDir),
  };
  const started = spawn(process.execPath, ["test/fault/child.ts"], { env, stdio: ["ignore", "pipe", "inherit"] });
  child = started;
  const lines = createInterface({ input: started.stdout as NodeJS.ReadableStream });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => line.startsWith("ready ") && resolve(line.slice(6)));
    started.once("exit", (code) => reject(new Error(`the bot ended with ${code}`)));
  });
  slack.setBotUrl(`${url}/slack/events`);
  agent = createAgent(url, agent.name, agent.key, agent.callbackSecret);
}
async function kill(): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
async function restart(): Promise<void> {
  // A dead process holds its lanes until their lease ends; time is moved there.
  await db.shiftClock(21_000);
  await startBot();
}
async function until<T>(what: string, look: () => T | Promise<T>, good: (value: T) => boolean = Boolean): Promise<T> {
  let last: unknown;
  for (let i = 0; i < 1600; i++) {
    const value = await look();
    if (good(value)) return value;
    last = value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain for ${what}: ${JSON.stringify(last)?.slice(0, 1000)}`);
}

beforeAll(async () => {
  db = await testDatabase();
  slack = await startLocalSlack({ port: 0, botToken: "xoxb-test", signingSecret: "secret", clock: systemClock });
  const issued = await addAgent(db.pool, { name: "cloud-agent", owner: null, environment: null, scopes: ["escalations"] });
  if ("refused" in issued) throw new Error(issued.refused);
  agent = createAgent("", issued.name, issued.key, issued.callbackSecret);
  await startBot();
});
afterAll(async () => {
  child?.kill("SIGKILL");
  await slack?.close();
  await db?.close();
});

type Done = { id: string; action_digest: string; execution: { token: string } };
const cards = (id: string) => slack.channel("C0CLOUD").filter((m) => m.thread_ts === undefined && JSON.stringify(m).includes(id));
const look = async (id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
const resume = (id: string) => agent.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "undo" });
const report = ({ id, action_digest }: Done, execution_token: string, status: string) =>
  agent.call("POST", `/v1/escalations/${id}/outcome`, {
    status,
    execution_token,
    ...(status === "completed" ? { executed_action_digest: action_digest } : {}),
  });

/** Done, reported, and on its card. */
async function done(): Promise<Done> {
  const { body } = await agent.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: {
      type: "cloud.scale_service",
      title: "Scale checkout",
      params: { service: "checkout", replicas: 8, was: 3 },
      target: "checkout-prod-2",
      environment: "production",
    },
    brief: { decision_required: "Eight instances?", trigger: { kind: "policy" } },
    signals: { confidence: 0.9, risk: 0.2 },
    claim_id: "do",
  });
  expect(body.execution, JSON.stringify(body)).not.toBeNull();
  expect((await report(body, body.execution.token, "completed")).status).toBe(200);
  await until("the card", () => cards(body.id).length === 1);
  return body;
}
async function rollBack(id: string): Promise<void> {
  const anna = slack.as("U0ANNA");
  const before = anna.top()?.id;
  await anna.click("C0CLOUD", "rollback", cards(id).at(-1)?.ts);
  await until(
    "the form",
    () => anna.top(),
    (top) => top !== null && top.id !== before,
  );
  await anna.submit({ reason: "wrong service" });
}
const decisions = async (id: string) =>
  (await db.pool.query("SELECT type, source FROM decision WHERE escalation_id = $1", [id])).rows;

/** Kills the process while its write waits for a lock, and lets the write happen or not. */
async function killWhile(committed: boolean, work: () => Promise<unknown>): Promise<void> {
  const holder = new pg.Client({ connectionString: db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("LOCK TABLE outbox IN SHARE MODE");
  const lost = work().catch(() => "no answer");
  const waiting =
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH input AS (%expected_hash%'";
  const [writer] = await until(
    "the write to begin",
    async () => (await db.owner.query(waiting)).rows,
    (rows) => rows.length > 0,
  );
  await kill();
  if (!committed) await db.owner.query("SELECT pg_terminate_backend($1)", [writer?.pid]);
  await holder.query("ROLLBACK");
  await holder.end();
  await lost;
  await restart();
}

test("between the decision to roll back and its card: decided once, shown, and handed out", AGAIN, async () => {
  const e = await done();
  slack.faults.arm({ method: "chat.update", kind: "hang", times: 1 });
  const clicked = rollBack(e.id);
  await until(
    "the decision",
    () => decisions(e.id),
    (rows) => rows.length === 1,
  );
  await kill();
  await clicked.catch(() => undefined);
  slack.faults.clear();
  await restart();
  expect(await look(e.id)).toMatchObject({ state: "human_responded", disposition: "resume" });
  await until("the card's end", () => JSON.stringify(cards(e.id)).includes("Rollback decided"));
  expect(await decisions(e.id)).toEqual([{ type: "rollback", source: "human" }]);
});

for (const committed of [false, true]) {
  const when = committed ? "after commit, before the answer" : "before commit";

  test(`while the right to undo is handed out, ${when}: the same claim gets it, once`, AGAIN, async () => {
    const e = await done();
    await rollBack(e.id);
    await until(
      "the decision",
      () => look(e.id),
      (one) => one.disposition === "resume",
    );
    await killWhile(committed, () => resume(e.id));
    expect((await look(e.id)).state).toBe(committed ? "resuming" : "human_responded");
    const { status, body } = await resume(e.id);
    expect([status, body.execution.attempt, body.undo.outcome.status]).toEqual([200, 1, "completed"]);
    expect((await resume(e.id)).body.execution).toEqual(body.execution);
    const other = await agent.call("POST", `/v1/escalations/${e.id}/resume`, { claim_id: "another process" });
    expect(other.status).toBe(409);
    expect((await report(e, body.execution.token, "rolled_back")).body.ended_reason).toBe("rolled_back");
  });

  test(`while the undoing is reported, ${when}: the same report again ends it once`, AGAIN, async () => {
    const e = await done();
    await rollBack(e.id);
    await until(
      "the decision",
      () => look(e.id),
      (one) => one.disposition === "resume",
    );
    const { token } = (await resume(e.id)).body.execution;
    await killWhile(committed, () => report(e, token, "rolled_back"));
    expect((await look(e.id)).state).toBe(committed ? "completed" : "resuming");
    const again = await report(e, token, "rolled_back");
    expect([again.status, again.body.ended_reason]).toEqual([200, "rolled_back"]);
    await until("the card's end", () => JSON.stringify(cards(e.id)).includes("undid it"));
    const ends = "SELECT count(*)::int AS n FROM ended WHERE id = $1";
    expect((await db.pool.query(ends, [e.id])).rows[0].n).toBe(1);
    await until("the rehearsal", async () => (await db.pool.query("SELECT 1 FROM undo_rehearsal")).rowCount === 1);
  });
}

test(
  "at the end of the window, with everything down: silence decides once, and whoever comes first carries it out",
  AGAIN,
  async () => {
    const e = await done();
    await kill();
    await db.shiftClock(61 * 60_000);
    await startBot();
    await until(
      "the silence",
      () => look(e.id),
      (one) => one.state === "timed_out",
    );
    await kill();
    await restart();
    expect(await decisions(e.id)).toEqual([{ type: "rollback", source: "timeout" }]);
    const { body } = await resume(e.id);
    expect((await report(e, body.execution.token, "rolled_back")).body.ended_reason).toBe("rolled_back");
  },
);

test("what was left of all that is whole: no stream is broken, nothing is owed", async () => {
  const owed = "SELECT kind, last_error FROM outbox WHERE status IN ('owed', 'later', 'uncertain')";
  await until(
    "an empty outbox",
    async () => (await db.pool.query(owed)).rows,
    (rows) => rows.length === 0,
  );
  expect((await verifyAll(db.pool)).faults).toEqual([]);
  const open = await db.pool.query("SELECT id FROM live WHERE state = 'resuming'");
  expect(open.rows).toEqual([]);
});

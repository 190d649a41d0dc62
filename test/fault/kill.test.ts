import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/domain/base/clock.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { type Agent, createAgent, refundRequest } from "../support/app.ts";
import { configWithLimits } from "../support/config.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { planRequest } from "../support/plan.ts";
import { faults } from "../support/properties.ts";

/** kill −9 at the named points of the decision and delivery path; a fresh process finishes the work. 0 lost, 0 doubly decided, 0 stuck. */
/** A hunt kills at each point ten times over. */
const AGAIN = { repeats: faults(1) - 1 };
const KILLS = faults(3);
/** Kept from one local process to the next, with the keys of the sample agents: a third key would end the first. */
const LOCAL_DATA = mkdtempSync(path.join(os.tmpdir(), "countersign-kill-"));
const POSTS = 12;

let db: TestDatabase;
let slack: LocalSlack;
let bot: Bot;
let agent: Agent;
type Bot = { child: ChildProcess; url: string };

async function startBot(more: Record<string, string> = {}): Promise<Bot> {
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
    ...more,
  };
  const child = spawn(process.execPath, ["test/fault/child.ts"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => line.startsWith("ready ") && resolve(line.slice(6)));
    child.once("exit", (code) => reject(new Error(`the bot ended with ${code}`)));
  });
  slack.setBotUrl(`${url}/slack/events`);
  if (agent !== undefined) agent = createAgent(url, agent.name, agent.key, agent.callbackSecret);
  return { child, url };
}

async function kill(): Promise<void> {
  const gone = new Promise((resolve) => bot.child.once("exit", resolve));
  bot.child.kill("SIGKILL");
  await gone;
}
/** A dead process holds its lanes until their lease ends; time is moved there. */
async function killAndRestart(): Promise<void> {
  await kill();
  await db.shiftClock(21_000);
  bot = await startBot();
}

async function until<T>(what: string, look: () => T | Promise<T>, good: (value: T) => boolean = Boolean): Promise<T> {
  for (let i = 0; i < 1600; i++) {
    const value = await look();
    if (good(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const owed = await db.pool.query(
    "SELECT o.kind, o.status, o.attempts, o.last_error, o.run_at - db_now() AS runs_in, l.name, l.not_before - db_now() AS pause, l.lease FROM outbox o LEFT JOIN lane l ON l.name = o.lane ORDER BY o.id LIMIT 20",
  );
  throw new Error(`waited in vain for ${what}; still owed: ${JSON.stringify(owed.rows)}`);
}
/** Nothing of an earlier test is under way: a fault that is armed now meets what it is meant for. */
const quiet = () =>
  until(
    "an empty outbox",
    async () => (await db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE status IN ('owed', 'later')")).rows[0].n,
    (n) => n === 0,
  );

beforeAll(async () => {
  db = await testDatabase();
  slack = await startLocalSlack({ port: 0, botToken: "xoxb-test", signingSecret: "secret", clock: systemClock });
  const issued = await addAgent(db.pool, { name: "refund-agent", owner: null, environment: null, scopes: ["escalations"] });
  if ("refused" in issued) throw new Error(issued.refused);
  bot = await startBot();
  agent = createAgent(bot.url, issued.name, issued.key, issued.callbackSecret);
});
const others: ChildProcess[] = [];
afterAll(async () => {
  for (const child of [bot?.child, ...others]) child?.kill("SIGKILL");
  await slack?.close();
  await db?.close();
});

const cards = (id: string) =>
  slack.channel("C0PAYMENTS").filter((m) => m.thread_ts === undefined && JSON.stringify(m).includes(id));
const look = async (id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
const submit = async (more: object = {}, key?: string) =>
  (
    await agent.call(
      "POST",
      "/v1/escalations",
      refundRequest(1250, more as Record<string, unknown>),
      key === undefined ? {} : { "Idempotency-Key": key },
    )
  ).body.id as string;
const decideIt = async (id: string) => slack.as("U0PRIYA").click("C0PAYMENTS", "approve", cards(id).at(-1)?.ts);

for (const committed of [false, true]) {
  // One statement that is its own transaction.
  const credit = {
    action: { type: "payments.store_credit", title: "t", params: { amount: 100, currency: "USD" }, target: "customer/1" },
  };
  const when = committed ? "after commit, before the 2xx" : "before commit";
  test(`${when}: the same key gives one escalation and one card`, AGAIN, async () => {
    const key = `in-flight-${randomUUID()}`;
    const holder = new pg.Client({ connectionString: db.ownerUrl });
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("LOCK TABLE outbox IN SHARE MODE");
    const lost = submit(credit, key).catch(() => "no answer");
    // By what stands early in it: Postgres shows the first 1,024 characters of what runs.
    const waiting =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH input AS (%content bytea%'";
    const [writer] = await until(
      "the write to begin",
      async () => (await db.owner.query(waiting)).rows,
      (rows) => rows.length > 0,
    );
    await kill();
    // Its statement outlives the process: it is committed unless the server ends it as well.
    if (!committed) await db.owner.query("SELECT pg_terminate_backend($1)", [writer?.pid]);
    await holder.query("ROLLBACK");
    await holder.end();
    expect(await lost).toBe("no answer");
    const stored = async () => (await db.pool.query("SELECT id FROM escalation WHERE idempotency_key = $1", [key])).rows;
    if (committed) await until("the commit", stored, (rows) => rows.length === 1);
    else expect(await stored()).toEqual([]);
    await db.shiftClock(21_000);
    bot = await startBot();
    const id = await submit(credit, key);
    expect(await stored()).toEqual([{ id }]);
    await until(
      "the card",
      () => cards(id),
      (list) => list.length === 1,
    );
  });
}

for (const committed of [false, true]) {
  const when = committed ? "after the commit" : "before the commit";
  test(`${when} of a step's report: told again it counts once, and the plan ends with the last step`, AGAIN, async () => {
    const steps = ["a", "b"].map((id) => ({
      id,
      title: "List",
      action: { type: "cloud.list_instances", params: { region: `eu-${id}` } },
    }));
    const id = (await agent.call("POST", "/v1/escalations", planRequest(steps))).body.id as string;
    const given = (await agent.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" })).body.steps;
    const report = (place: number) => {
      const { id: step, action_digest, execution } = given[place];
      const said = { status: "completed", execution_token: execution.token, executed_action_digest: action_digest };
      return agent.call("POST", `/v1/escalations/${id}/steps/${step}/outcome`, said);
    };
    const holder = new pg.Client({ connectionString: db.ownerUrl });
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("LOCK TABLE plan_step IN SHARE MODE");
    const lost = report(0).catch(() => "no answer");
    const waiting =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH input AS (%expected int%'";
    const [writer] = await until(
      "the write to begin",
      async () => (await db.owner.query(waiting)).rows,
      (rows) => rows.length > 0,
    );
    await kill();
    if (!committed) await db.owner.query("SELECT pg_terminate_backend($1)", [writer?.pid]);
    await holder.query("ROLLBACK");
    await holder.end();
    expect(await lost).toBe("no answer");
    const stored = async () =>
      (await db.pool.query("SELECT state FROM plan_step WHERE escalation_id = $1 ORDER BY place", [id])).rows[0]?.state;
    await until("what became of it", stored, (state) => state === (committed ? "completed" : "planned"));
    bot = await startBot();
    expect((await report(0)).body).toMatchObject({ state: "running" });
    expect((await report(1)).body).toMatchObject({ state: "completed", ended_reason: "executed" });
    const { items } = (await agent.call("GET", `/v1/escalations/${id}/audit`)).body;
    const told = items.filter((one: { body: { event: string } }) => one.body.event === "step_reported");
    expect(told.map((one: { body: { plan_step: string } }) => one.body.plan_step)).toEqual(["a", "b"]);
    expect((await verifyAll(db.pool)).faults).toEqual([]);
  });
}

test("while a callback is under way: it comes again under the same id, and the answer stands", AGAIN, async () => {
  const got: string[] = [];
  let hang = true;
  const hooks = createServer((request, response) => {
    got.push(String(request.headers["webhook-id"]));
    if (!hang) response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
  // Callbacks to this machine belong to local mode.
  const local = {
    COUNTERSIGN_DATA_DIR: LOCAL_DATA,
    COUNTERSIGN_LOCAL: "1",
    SLACK_BOT_TOKEN: "",
    SLACK_SIGNING_SECRET: "",
    SLACK_API_URL: "",
    LOCAL_SLACK_PORT: "0",
  };
  await kill();
  bot = await startBot(local);
  const url = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/hook`;
  const id = await submit({ callback: { url } });
  await db.shiftClock(31 * 60_000);
  await until("the call", () => got.length > 0);
  await kill();
  hang = false;
  await db.shiftClock(21_000);
  bot = await startBot(local);
  await until("the same call again", () => got.length > 1);
  expect(new Set(got).size).toBe(1);
  expect(await look(id)).toMatchObject({ state: "timed_out", decision: { type: "reject", source: "timeout" } });
  await kill();
  hooks.closeAllConnections();
  hooks.close();
  // Its card stood in the Slack of that process, which is gone.
  await db.owner.query("DELETE FROM outbox");
  await db.owner.query("DELETE FROM card WHERE escalation_id = $1", [id]);
  bot = await startBot();
});

test("a machine whose clock is ten minutes off decides no earlier and no later: deadlines are the database's", async () => {
  for (const minutes of [10, -10]) {
    const skewed = `const Real = Date, off = ${minutes * 60_000}; globalThis.Date = class extends Real { constructor(...a) { a.length === 0 ? super(Real.now() + off) : super(...a); } static now() { return Real.now() + off; } };`;
    await kill();
    bot = await startBot({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(skewed)}` });
    const id = await submit();
    const before = (await db.pool.query("SELECT db_now() AS now")).rows[0].now as Date;
    const { deadline } = await look(id);
    expect(Math.abs(new Date(deadline).getTime() - before.getTime() - 30 * 60_000)).toBeLessThan(60_000);
    await db.shiftClock(29 * 60_000);
    expect((await look(id)).state).toBe("paused_pending_human");
    await db.shiftClock(61_000);
    await until(
      "the timeout",
      () => look(id),
      (e) => e.state === "timed_out",
    );
  }
  await kill();
  bot = await startBot();
});

test("after commit, before a Slack send: the card comes with the next process", AGAIN, async () => {
  slack.faults.arm({ method: "chat.postMessage", kind: "hang", times: 1 });
  slack.faults.clear();
  slack.faults.arm({ method: "chat.postMessage", kind: "drop_before_store", times: 50 });
  const id = await submit();
  await killAndRestart();
  slack.faults.clear();
  await db.shiftClock(120_000);
  await until(
    "the card",
    () => cards(id),
    (list) => list.length === 1,
  );
});

test("after Slack stored it, before the place is saved: found again, not posted twice", AGAIN, async () => {
  await quiet();
  slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "hang", times: 1 });
  const id = await submit();
  await until(
    "the stored card",
    () => cards(id),
    (list) => list.length === 1,
  );
  await killAndRestart();
  await until(
    "its place",
    async () =>
      (await db.pool.query("SELECT ts FROM card WHERE escalation_id = $1 AND place = 'C0PAYMENTS' AND ts IS NOT NULL", [id]))
        .rows,
    (rows) => rows.length === 1,
  );
  expect(cards(id)).toHaveLength(1);
  await decideIt(id);
  await until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
});

test("between the decision and everything it owes: card and answer come all the same, decided once", AGAIN, async () => {
  const callback = { callback: { url: "http://127.0.0.1:9/hook" } };
  // Loopback callbacks belong to local mode: towards real Slack they are refused at the door.
  expect(await agent.call("POST", "/v1/escalations", refundRequest(1250, callback))).toMatchObject({ status: 422 });
  const id = await submit();
  await until(
    "the card",
    () => cards(id),
    (list) => list.length === 1,
  );
  slack.faults.arm({ method: "chat.update", kind: "hang", times: 1 });
  const clicked = decideIt(id);
  await until(
    "the decision in the database",
    async () => (await db.pool.query("SELECT 1 FROM decision WHERE escalation_id = $1", [id])).rows,
    (rows) => rows.length === 1,
  );
  await kill();
  await clicked;
  await db.shiftClock(21_000);
  bot = await startBot();
  expect((await look(id)).state).toBe("human_responded");
  await until(
    "the card's end",
    () => JSON.stringify(cards(id)),
    (json) => json.includes("Approved by"),
  );
  expect((await db.pool.query("SELECT count(*)::int AS n FROM decision WHERE escalation_id = $1", [id])).rows[0].n).toBe(1);
});

test("kills at random moments under load: nothing acknowledged is lost, decided twice or stuck", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < KILLS; round++) {
    const posts = Array.from({ length: POSTS }, async (_, i) => {
      const answer = await agent
        .call("POST", "/v1/escalations", refundRequest(600 + i), { "Idempotency-Key": `k-${round}-${i}` })
        .catch(() => null);
      if (answer?.status === 201) acknowledged.push(answer.body.id);
    });
    const delay = 20 + (round % 3) * 60;
    await new Promise((resolve) => setTimeout(resolve, delay));
    await killAndRestart();
    await Promise.all(posts);
    // What got no answer is sent again with the same key, as an agent would.
    for (let i = 0; i < POSTS; i++) {
      const again = await agent.call("POST", "/v1/escalations", refundRequest(600 + i), { "Idempotency-Key": `k-${round}-${i}` });
      expect(again.status).toBe(201);
      acknowledged.push(again.body.id);
    }
  }
  const ids = [...new Set(acknowledged)];
  expect(ids).toHaveLength(KILLS * POSTS);
  for (const id of ids) {
    await until(
      `the card of ${id}`,
      () => cards(id),
      (list) => list.length >= 1,
    );
    expect(cards(id).length).toBeLessThanOrEqual(2);
    await decideIt(id);
  }
  for (const id of ids)
    expect(
      (
        await until(
          "the decision",
          () => look(id),
          (e) => e.state === "human_responded",
        )
      ).decision.type,
    ).toBe("approve");
  const doubled = await db.pool.query("SELECT escalation_id FROM decision GROUP BY escalation_id, round HAVING count(*) > 1");
  expect(doubled.rows).toEqual([]);
  const verified = await verifyAll(db.pool);
  expect(verified.faults).toEqual([]);
  const stuck = await db.pool.query("SELECT id FROM escalation WHERE ended_at IS NULL AND due_at IS NULL");
  expect(stuck.rows).toEqual([]);
});

test("two replicas share the work: every card once, every deadline once, long polls see the other's decisions", async () => {
  await quiet();
  const other = await startBot();
  others.push(other.child);
  const through = [bot.url, other.url].map((url) => createAgent(url, agent.name, agent.key, agent.callbackSecret));
  const ids: string[] = [];
  for (let i = 0; i < faults(20); i++)
    ids.push((await (through[i % 2] as Agent).call("POST", "/v1/escalations", refundRequest(700 + i))).body.id);
  for (const id of ids)
    await until(
      `the card of ${id}`,
      () => cards(id),
      (list) => list.length === 1,
    );
  // The clicks go to the second replica; an agent waits at the first.
  const waiting = (through[0] as Agent).call("GET", `/v1/escalations/${ids[0]}?wait=20`);
  for (const id of ids.slice(0, ids.length / 2)) await slack.as("U0PRIYA").click("C0PAYMENTS", "approve", cards(id)[0]?.ts);
  expect((await waiting).body.state).toBe("human_responded");
  await db.shiftClock(31 * 60_000);
  for (const id of ids.slice(ids.length / 2))
    await until(
      "the timeout",
      () => look(id),
      (e) => e.state === "timed_out",
    );
  const { rows } = await db.pool.query(
    "SELECT escalation_id, count(*)::int AS n FROM decision WHERE escalation_id = ANY($1) GROUP BY 1",
    [ids],
  );
  expect(rows).toHaveLength(ids.length);
  expect(rows.every((row) => row.n === 1)).toBe(true);
  for (const id of ids) expect(cards(id)).toHaveLength(1);
  expect((await verifyAll(db.pool)).faults).toEqual([]);
  const gone = new Promise((resolve) => other.child.once("exit", resolve));
  other.child.kill("SIGTERM");
  await gone;
  slack.setBotUrl(`${bot.url}/slack/events`);
  agent = createAgent(bot.url, agent.name, agent.key, agent.callbackSecret);
});

test("mid-sweep: what was done is done, the rest is done by the next process, nothing twice", { timeout: 90_000 }, async () => {
  // Slack stays out of it: this is about the sweep alone.
  slack.faults.arm({ method: "chat.postMessage", kind: "drop_before_store", times: 1_000_000 });
  const before = (await db.pool.query("SELECT count(*)::int AS n FROM escalation WHERE ended_at IS NOT NULL")).rows[0].n;
  const ids: string[] = [];
  while (ids.length < 400) ids.push(...(await Promise.all(Array.from({ length: 50 }, () => submit()))));
  await db.shiftClock(31 * 60_000);
  const ended = async () =>
    (await db.pool.query("SELECT count(*)::int AS n FROM escalation WHERE ended_at IS NOT NULL")).rows[0].n - before;
  await until("the first batch", ended, (n) => n > 0);
  await kill();
  const half = await ended();
  bot = await startBot();
  await until(
    "all of them",
    async () =>
      (
        await db.pool.query(
          "SELECT count(*)::int AS n FROM escalation WHERE id = ANY($1) AND state = 'timed_out' AND ended_at IS NOT NULL",
          [ids],
        )
      ).rows[0].n,
    (n) => n === ids.length,
  );
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(ids.length);
  const twice = await db.pool.query(
    `SELECT stream FROM audit_entry WHERE convert_from(body, 'UTF8') LIKE '%"event":"timed_out"%' GROUP BY stream HAVING count(*) > 1`,
  );
  expect(twice.rows).toEqual([]);
  expect((await verifyAll(db.pool)).faults).toEqual([]);
  slack.faults.clear();
});

test("SIGTERM drains: the process ends by itself with code 0", async () => {
  const posts = Array.from({ length: 8 }, () => submit().catch(() => null));
  const code = new Promise((resolve) => bot.child.once("exit", resolve));
  bot.child.kill("SIGTERM");
  expect(await code).toBe(0);
  await Promise.all(posts);
});

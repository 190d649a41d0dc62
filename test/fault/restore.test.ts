import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../src/app/log.ts";
import { type Running, startCountersign } from "../../src/app/start.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { newEscalationId } from "../../src/engine/ids.ts";
import { APP_ROLE, type Embedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { placesFor } from "../../src/local/postgres/places.ts";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { readSettings } from "../../src/settings/settings.ts";
import { MIGRATIONS, migrate } from "../../src/store/migrate.ts";
import { type Agent, type Answer, createAgent, refundRequest } from "../support/app.ts";

/**
 * The database is put back to an earlier point while agents, Slack and the people there have gone on: nothing is allowed twice,
 * nothing is said twice, and whoever knows of what is lost is told.
 */
const root = mkdtempSync(path.join(os.tmpdir(), "countersign-restore-"));
const file = (name: string) => path.join(root, name);
const POSTGRES = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
let database: Embedded;
let slack: LocalSlack;
let server: Running;
let agent: Agent;

const startDatabase = async (...settings: string[]) => {
  database = await startEmbeddedPostgres({ dataDir: root, settings: [...POSTGRES, ...settings] });
};
const environment = () => ({
  PORT: "0",
  DATABASE_URL: database.appUrl,
  DATABASE_MIGRATION_URL: database.ownerUrl,
  SLACK_BOT_TOKEN: "xoxb-test",
  SLACK_SIGNING_SECRET: "secret",
  SLACK_API_URL: slack.apiUrl,
  COUNTERSIGN_DATA_DIR: root,
  COUNTERSIGN_CONFIG: "countersign.example.yaml",
});
async function startServer(): Promise<void> {
  const read = readSettings(environment());
  if (!read.ok) throw new Error(read.line);
  const log = createLog("silent", pino.destination(2));
  server = await startCountersign(read.settings, { log, clock: systemClock, say: () => {} });
  slack.setBotUrl(`${server.httpUrl}/slack/events`);
  if (agent !== undefined) agent = createAgent(server.httpUrl, agent.name, agent.key, agent.callbackSecret);
}
async function cli(...args: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommand(args, environment(), (line) => lines.push(line));
  return { code, out: lines.join("\n") };
}
async function until<T>(what: string, look: () => T | Promise<T>, good: (value: T) => boolean = Boolean): Promise<T> {
  let last: unknown;
  for (let i = 0; i < 1600; i++) {
    const value = await look();
    if (good(value)) return value;
    last = value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(last)?.slice(0, 1000)}`);
}

let orders = 0;
async function submit(): Promise<string> {
  const action = { ...refundRequest().action, target: `customer/${++orders}` };
  const { body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { action }));
  return body.id;
}
const several = async (count: number) => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await submit());
  return ids;
};
const cards = (id: string) =>
  slack.channel("C0PAYMENTS").filter((m) => m.thread_ts === undefined && JSON.stringify(m.metadata ?? {}).includes(id));
const said = (id: string) => JSON.stringify(cards(id).map(({ text, blocks }) => ({ text, blocks })));
const posted = (ids: readonly string[]) =>
  until(
    "a card of each",
    () => ids.filter((id) => cards(id).length === 0),
    (missing) => missing.length === 0,
  );
const owed = () =>
  until(
    "nothing owed",
    async () => (await server.parts.pool.query("SELECT kind, last_error FROM outbox")).rows,
    (rows) => rows.length === 0,
  );
const on = (id: string, verb: string, body?: object): Promise<Answer> =>
  agent.call("POST", `/v1/escalations/${id}/${verb}`, body);
const look = async (id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
async function approve(id: string): Promise<void> {
  await slack.as("U0PRIYA").click("C0PAYMENTS", "approve", cards(id).at(-1)?.ts);
  await until(
    "the approval",
    () => look(id),
    ({ state }) => state === "human_responded",
  );
}
async function execute(id: string, claim: string): Promise<string> {
  const { status, body } = await on(id, "resume", { claim_id: claim });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return report(id, body.execution.token, body.execution.idempotency_key);
}
async function report(id: string, token: string, key: string): Promise<string> {
  const { action_digest } = await look(id);
  const outcome = { execution_token: token, status: "completed", executed_action_digest: action_digest };
  expect((await on(id, "outcome", outcome)).status).toBe(200);
  return key;
}

beforeAll(async () => {
  await startDatabase();
  await migrate(database.ownerUrl, { dir: MIGRATIONS, appRole: APP_ROLE, cell: "" });
  slack = await startLocalSlack({ port: 0, botToken: "xoxb-test", signingSecret: "secret", clock: systemClock });
  await startServer();
  const issued = await addAgent(server.parts.pool, {
    name: "refund-agent",
    owner: null,
    environment: null,
    scopes: ["escalations"],
  });
  if ("refused" in issued) throw new Error(issued.refused);
  agent = createAgent(server.httpUrl, issued.name, issued.key, issued.callbackSecret);
});
afterAll(async () => {
  await server?.stop().catch(() => {});
  await slack?.close();
  await database?.stop();
  rmSync(root, { recursive: true, force: true });
});

test("after a restore and recover: no second right to run, no second message, and the lost are told", {
  timeout: 120_000,
}, async () => {
  const [waiting, approved, claimed, ended] = [await several(4), await several(5), await several(3), await several(1)];
  await posted([...waiting, ...approved, ...claimed, ...ended]);
  for (const id of [...approved, ...claimed, ...ended]) await approve(id);
  const tokens = new Map<string, { token: string; idempotency_key: string }>();
  for (const id of claimed) tokens.set(id, (await on(id, "resume", { claim_id: `first-${id}` })).body.execution);
  for (const id of ended) await execute(id, "first");
  await owed();
  // What is still owed at the point is sent after it.
  slack.faults.arm({ method: "chat.postMessage", kind: "rate_limited", retryAfterS: 2, times: 1 });
  const unsent = await several(3);
  await until("the limit", () => slack.faults.list().length === 0);
  await server.stop();
  await database.stop();
  const { cluster } = placesFor(root);
  execFileSync("cp", ["-a", cluster, file("backup")]);
  const to = systemClock.now();

  await startDatabase();
  await startServer();
  await posted(unsent);
  const keys = new Map<string, string>();
  for (const id of waiting.slice(0, 3)) await approve(id);
  for (const id of [...waiting.slice(0, 3), ...approved]) keys.set(id, await execute(id, "first"));
  for (const id of claimed) {
    const { token = "", idempotency_key = "" } = tokens.get(id) ?? {};
    await report(id, token, idempotency_key);
  }
  const lost = await several(3);
  await posted(lost);
  await owed();
  expect((await cli("audit", "export", file("export.jsonl"))).code).toBe(0);
  await server.stop();
  await database.stop();

  rmSync(cluster, { recursive: true });
  execFileSync("cp", ["-a", file("backup"), cluster]);
  // What a server says of itself that was restored to a point in time.
  await startDatabase(`recovery_target_time=${to.toISOString().replace("T", " ").replace("Z", "+00")}`);
  await expect(startServer()).rejects.toThrow(
    /was restored to an earlier point \(recovery_target_time = .*npx countersign recover --to TIME/,
  );
  const recover = ["recover", "--to", to.toISOString(), "--export", file("export.jsonl")];
  const looked = await cli(...recover, "--dry-run");
  expect(looked).toMatchObject({ code: 0, out: expect.stringContaining("nothing is written") });
  expect(said(lost[0] ?? "")).not.toContain("Lost in a restore");
  const done = await cli(...recover);
  expect(done.out).toContain("Recovered from the restore");
  expect(done.out).toMatch(/Open at that point: 8 may have run since.*\n?.*7 are asked again/);
  expect(done.out).toContain(`escalation/${lost[0]}: entries 1 to`);
  expect(done.out).toMatch(/^Deliveries that may have been sent: [3-9]/m);
  for (const id of lost) expect(said(id)).toMatch(/Lost in a restore.*had to be put back to/);

  await startServer();
  for (const id of [...approved, ...claimed]) {
    for (const claim of [`first-${id}`, "first", "another"])
      expect(await on(id, "resume", { claim_id: claim })).toMatchObject({
        status: 410,
        body: { type: "urn:countersign:problem:restored" },
      });
    expect(await look(id)).toMatchObject({ state: "failed", ended_reason: "outcome_unknown" });
  }
  for (const id of ended) expect(await look(id)).toMatchObject({ state: "completed", ended_reason: "executed" });
  for (const id of waiting) expect((await on(id, "resume", { claim_id: "another" })).body.type).toMatch(/not-decided$/);
  for (const id of lost)
    for (const answer of [await agent.call("GET", `/v1/escalations/${id}`), await on(id, "resume", { claim_id: "first" })])
      expect(answer).toMatchObject({
        status: 410,
        body: { detail: expect.stringContaining("Submit it again if it has not run") },
      });
  const never = newEscalationId(new Date(to.getTime() - 3_600_000), "");
  expect((await agent.call("GET", `/v1/escalations/${never}`)).status).toBe(404);
  await owed();
  for (const id of [...waiting, ...approved, ...claimed, ...ended, ...unsent]) expect(cards(id), id).toHaveLength(1);
  for (const id of waiting) expect(said(id)).toMatch(/Asked again:.*it may have been done already/);
  expect(slack.channel("C0PAYMENTS").filter((m) => m.text.includes("Did it run?"))).toHaveLength(8);

  // An agent that has run it says so, and what is approved once more runs by the name that its receivers know.
  const [id = ""] = approved;
  const { action_digest } = await look(id);
  const outcome = { execution_token: "lost", status: "completed", executed_action_digest: action_digest };
  expect((await on(id, "outcome", outcome)).status).toBe(200);
  const [again = ""] = waiting;
  await approve(again);
  expect(await execute(again, "second")).toBe(keys.get(again));
  expect((await cli("audit", "verify")).code).toBe(0);
  expect((await cli(...recover)).out).toMatch(/nothing is done a second time/);
});

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startCountersign } from "../../src/app/start.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { readSettings } from "../../src/settings/settings.ts";
import { type Agent, createAgent, refundRequest } from "../support/app.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SocketSlack, startSocketSlack } from "../support/socket.ts";

/** Socket Mode: no public address, everything that people do comes through a socket that we have opened. */
let db: TestDatabase;
let local: LocalSlack;
let slack: SocketSlack;
let running: Running;
let refunds: Agent;
const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-socket-"));

async function start(): Promise<Running> {
  const read = readSettings({
    PORT: "0",
    DATABASE_URL: db.appUrl,
    DATABASE_MIGRATION_URL: db.ownerUrl,
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: "countersign.example.yaml",
    SLACK_BOT_TOKEN: local.botToken,
    SLACK_APP_TOKEN: "xapp-1-A-1-s",
    SLACK_API_URL: slack.apiUrl,
  });
  if (!read.ok) throw new Error(read.line);
  return startCountersign(read.settings, { log: pino({ level: "silent" }), clock: systemClock, say: () => {} });
}
beforeAll(async () => {
  db = await testDatabase();
  local = await startLocalSlack({ port: 0, clock: systemClock, botToken: "xoxb-socket" });
  slack = await startSocketSlack(local);
  running = await start();
  const added = await addAgent(db.pool, { name: "refund-agent", owner: null, environment: null, scopes: ["escalations"] });
  if ("refused" in added) throw new Error(added.refused);
  refunds = createAgent(running.httpUrl, added.name, added.key, added.callbackSecret);
});
afterAll(async () => {
  await slack?.close();
  await local?.close();
  await db?.close();
  rmSync(dataDir, { recursive: true, force: true });
});
const missing = async () => (await refunds.call("GET", "/readyz")).body.missing as string[];
const patiently = { timeout: 20_000, interval: 25 };

test("a card goes out, a form is filled and a click decides, all through the socket", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1250));
  const card = () => local.channel("C0PAYMENTS").find((one) => JSON.stringify(one).includes(body.id));
  await expect.poll(card, patiently).toBeDefined();
  const priya = local.as("U0PRIYA");
  expect(await priya.click("C0PAYMENTS", "reject", card()?.ts)).toEqual({ ok: true });
  await expect.poll(() => priya.top(), patiently).toBeTruthy();
  expect(await priya.submit({ reason_code: "not_needed" })).toMatchObject({ ok: true });
  const decision = async () => (await refunds.call("GET", `/v1/escalations/${body.id}`)).body.decision?.type;
  await expect.poll(decision, patiently).toBe("reject");
  expect(await priya.command("C0PAYMENTS", "/countersign queue")).toContain("payments");
  expect((await missing()).filter((one) => one.includes("socket"))).toEqual([]);
});

test("a socket that Slack renews is opened again, and clicks go on", async () => {
  const before = slack.opened();
  slack.hangUp();
  await expect.poll(slack.opened, patiently).toBeGreaterThan(before);
  await expect.poll(async () => (await missing()).filter((one) => one.includes("socket")), patiently).toEqual([]);
  expect(await local.as("U0PRIYA").command("C0PAYMENTS", "/countersign queue")).toContain("payments");
});

test("a stop does not wait for a socket whose other end is gone", { timeout: 20_000 }, async () => {
  slack.freeze();
  await running.stop();
});

test("while Slack opens no socket agents are served and /readyz says why no click arrives; it is opened as soon as Slack does", async () => {
  slack.refuse(true);
  const again = await start();
  const readyz = async () => ((await (await fetch(`${again.httpUrl}/readyz`)).json()) as { missing: string[] }).missing.join();
  await expect.poll(readyz, patiently).toContain("the socket to Slack is not open");
  slack.refuse(false);
  await expect.poll(readyz, patiently).not.toContain("the socket to Slack is not open");
  await again.stop();
});

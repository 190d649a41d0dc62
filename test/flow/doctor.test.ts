import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { lookAtDotEnv, lookAtNode } from "../../src/cli/doctor/machine.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { MANIFEST } from "../../src/slack/api/manifest.ts";
import { type App, startApp } from "../support/app.ts";

/** `countersign doctor` as an operator runs it: beside a running server, before the first one, and with everything wrong. */
let app: App;
let slack: LocalSlack;
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-doctor-"));
const secret = { SLACK_SIGNING_SECRET: "s" };
let env: Record<string, string>;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  slack = await startLocalSlack({
    port: 0,
    clock: systemClock,
    botToken: "xoxb-doctor",
    scopes: MANIFEST.oauth_config.scopes.bot,
  });
  env = {
    ...secret,
    PORT: String(new URL(app.running.httpUrl).port),
    DATABASE_URL: app.db.appUrl,
    SLACK_BOT_TOKEN: "xoxb-doctor",
    SLACK_API_URL: slack.apiUrl,
    COUNTERSIGN_DATA_DIR: dir,
    COUNTERSIGN_CONFIG: "countersign.example.yaml",
  };
});
afterAll(async () => {
  await slack?.close();
  await app?.close();
});

type Level = "good" | "note" | "wrong";
type Told = { code: number; healthy: boolean; all: string[] } & Record<Level, string[]>;
async function doctor(more: Record<string, string> = {}): Promise<Told> {
  const out: string[] = [];
  const code = await runCommand(["doctor", "--json"], { ...env, ...more }, (line, kind) => {
    if (kind !== "fault") out.push(line);
  });
  const { healthy, findings } = JSON.parse(out.join("\n")) as { healthy: boolean; findings: { level: Level; text: string }[] };
  const at = (level: Level) => findings.filter((one) => one.level === level).map(({ text }) => text);
  return { code, healthy, good: at("good"), note: at("note"), wrong: at("wrong"), all: findings.map(({ text }) => text) };
}
const has = (...texts: string[]) => expect.arrayContaining(texts.map((text) => expect.stringContaining(text)));

test("beside a healthy server nothing is wrong, and the list says what was looked at", async () => {
  const { code, healthy, good, wrong, all } = await doctor();
  expect(wrong).toEqual([]);
  expect([code, healthy]).toEqual([0, true]);
  expect(all.join("\n")).toMatch(`Countersign runs on port ${env["PORT"]} and `);
  expect(good).toEqual(
    has(
      "every setting can be used",
      "10 reviewers, 4 queues",
      "the file is in force, as configuration 1",
      "to the role countersign_app",
      "every migration is applied",
      "the bot token is accepted",
      "the bot has every scope",
      "the bot can post to all 4 channels",
      "Slack knows all 10 reviewers",
    ),
  );
});

test("the list has a word beside each mark, area after area, and the last line says how it stands", async () => {
  const out: string[] = [];
  expect(await runCommand(["doctor"], { ...env, LOG_LEVEL: "loud" }, (line) => out.push(line))).toBe(1);
  const text = out.join("\n");
  expect(text).toMatch(/^Settings\n {2}✗ wrong {2}LOG_LEVEL: "loud" is not a level/);
  expect(text).toMatch(/\n\nSlack\n {2}✓ good {3}the bot token/);
  expect(text).toMatch(/\nOne thing keeps a start from being healthy \(✗\)\. Fix it, then look again/);
});

test("what is wrong in Slack is named with its mend: channels, scopes, people, the workspace", async () => {
  const faulty = await startLocalSlack({
    port: 0,
    clock: systemClock,
    botToken: "xoxb-lacking",
    scopes: ["chat:write", "users:read"],
  });
  const { channels, accounts } = faulty.world.state;
  Object.assign(channels.get("C0PAYMENTS") ?? {}, { private: false });
  Object.assign(channels.get("C0CLOUD") ?? {}, { archived: true });
  Object.assign(channels.get("C0MAIL") ?? {}, { bot: false });
  Object.assign(channels.get("C0SECURITY") ?? {}, { shared: true });
  Object.assign(accounts.get("U0LEE") ?? {}, { guest: true });
  for (const id of ["U0TOM", "U0CHRIS"]) accounts.delete(id);
  const { code, note, wrong } = await doctor({ SLACK_BOT_TOKEN: "xoxb-lacking", SLACK_API_URL: faulty.apiUrl });
  expect(code).toBe(1);
  expect(wrong).toEqual(
    has(
      "the bot lacks metadata.message:read, commands",
      "the channel C0CLOUD of the queue cloud is archived",
      "the bot is not in the channel C0MAIL of the queue email: /invite @Countersign there",
      "the channel C0SECURITY of the queue security is shared with another company",
      "Slack knows none of the people of the queue email, so nobody can decide there",
    ),
  );
  expect(note).toEqual(
    has("Lee (U0LEE) can decide nothing", "Tom (U0TOM) can decide nothing", "C0PAYMENTS (payments) is public"),
  );
  const foreign = path.join(dir, "foreign.yaml");
  writeFileSync(foreign, readFileSync("countersign.example.yaml", "utf8").replace("T0LOCAL", "T0ELSEWHERE"));
  expect((await doctor({ COUNTERSIGN_CONFIG: foreign })).wrong).toEqual(has("the configuration says workspace: T0ELSEWHERE"));
  expect((await doctor({ SLACK_BOT_TOKEN: "xoxb-stale" })).wrong).toEqual(
    has("Slack does not accept the bot token (invalid_auth)"),
  );
  await faulty.close();
});

test("what is wrong with the database is named with its mend: missing migrations, a missing database, rights, a moved clock", async () => {
  await app.db.owner.query("CREATE DATABASE doctor_empty");
  const at = (name: string) => app.db.appUrl.replace(/\/test_\w+\?/, `/${name}?`);
  expect((await doctor({ DATABASE_URL: at("doctor_empty") })).wrong).toEqual(has("the database lacks the migrations 0001_"));
  const owner = at("doctor_empty").replace("countersign_app", "countersign_owner");
  expect((await doctor({ DATABASE_URL: owner, DATABASE_MIGRATION_URL: owner })).note).toEqual(has("the next start applies them"));
  expect((await doctor({ DATABASE_URL: at("nowhere") })).wrong).toEqual(has("has no such database: create it"));
  await app.db.shiftClock(60_000);
  const { note } = await doctor({ DATABASE_URL: app.db.ownerUrl });
  expect(note).toEqual(has("which owns the tables", "clock that deadlines are judged on has been moved"));
  await app.db.owner.query("UPDATE clock_shift SET shift = '0'");
});

test("a configuration file is told by its faults, its warnings, and how it stands to what is in force", async () => {
  const file = path.join(dir, "edited.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8");
  writeFileSync(file, text.replace("queue: email", "queue: e-mail"));
  expect((await doctor({ COUNTERSIGN_CONFIG: file })).wrong).toEqual([
    expect.stringMatching(/edited\.yaml:\d+:\d+ .*there is no queue/),
  ]);
  writeFileSync(file, text.replace("  watch_list: [", "  spare: [a]\n  watch_list: ["));
  const edited = await doctor({ COUNTERSIGN_CONFIG: file });
  expect(edited.note).toEqual(has("no rule looks into this list", "it is put in force as configuration 2"));
  expect(edited.code).toBe(0);
  expect((await doctor({ COUNTERSIGN_CONFIG: path.join(dir, "none.yaml") })).wrong).toEqual(has("there is no such file"));
});

test("on a laptop with nothing configured nothing is wrong, and nothing is made", async () => {
  const dataDir = path.join(dir, "fresh");
  const out: string[] = [];
  const code = await runCommand(["doctor"], { COUNTERSIGN_DATA_DIR: dataDir, PORT: "0", LOCAL_SLACK_PORT: "0" }, (line) =>
    out.push(line),
  );
  expect(code, out.join("\n")).toBe(0);
  expect(out.at(-1)).toContain("Nothing keeps a start from being healthy");
  expect(existsSync(dataDir)).toBe(false);
});

test("everything that hangs is given up within its time, and a port that another program has is named", async () => {
  const silent = net.createServer((socket) => void socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", () => resolve()));
  const { port } = silent.address() as net.AddressInfo;
  const { wrong } = await doctor({
    PORT: String(port),
    DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/x`,
    SLACK_API_URL: `http://127.0.0.1:${port}/api/`,
  });
  expect(wrong).toEqual(
    has(
      `port ${port} is in use by another program: set PORT to a free one`,
      `nobody answers at 127.0.0.1:${port}: start Postgres there`,
      "Slack does not accept the bot token (no answer)",
    ),
  );
  silent.close();
});

test("all faulty settings are told at once, and what they stand for is left alone", async () => {
  const { wrong, note, all } = await doctor({ DATABASE_URL: "mysql://x", SLACK_BOT_TOKEN: "nonsense", METRICS_TOKEN: "a b" });
  expect(wrong).toEqual(
    has("DATABASE_URL: must be a URL", "SLACK_BOT_TOKEN: must be a bot token", "METRICS_TOKEN: holds spaces"),
  );
  expect(note).toEqual(has("is not looked at until they are fixed"));
  expect(all.filter((text) => /bot can post|Postgres \d/.test(text))).toEqual([]);
});

test("an old Node, a misspelt name in .env and secrets that others can read are told", () => {
  const told: string[] = [];
  const add = (text: string) => void told.push(text);
  const report = { good: add, note: add, wrong: add };
  lookAtNode(report, "22.1.0");
  const file = path.join(dir, "dot.env");
  writeFileSync(file, "SLAK_BOT_TOKEN=x\nMETRICS_TOKEN=secret\n", { mode: 0o644 });
  lookAtDotEnv(report, file);
  expect(told).toEqual([
    "Node 22.1.0 is too old: install Node 24 or newer",
    expect.stringContaining("did you mean SLACK_BOT_TOKEN?"),
    `${file} holds secrets and others on this machine can read it: chmod 600 ${file}`,
  ]);
});

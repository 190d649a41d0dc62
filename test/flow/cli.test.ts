import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { readStream } from "../../src/store/audit.ts";
import { say } from "../../src/words/en.ts";
import { type Agent, type App, createAgent, refundRequest, startApp } from "../support/app.ts";
import { CHILD_ENV } from "../support/child-env.ts";

/** `npx countersign …` as an admin runs it, beside a running server. */
let app: App;
let refunds: Agent;
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-cli-"));
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

function run(command: string, args: string[], cwd = process.cwd()): Promise<{ code: number | null; out: string }> {
  const env = {
    ...CHILD_ENV,
    DATABASE_URL: app.db.appUrl,
    DATABASE_MIGRATION_URL: app.db.ownerUrl,
    COUNTERSIGN_LOCAL: "1",
    COUNTERSIGN_DATA_DIR: dir,
  };
  const child = spawn(process.execPath, [path.resolve(command), ...args], { env, cwd });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      out += chunk;
    });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
}
/** The same without a process of its own for each: starting one takes longer than what it does. */
async function cli(...args: string[]): Promise<{ code: number | null; out: string }> {
  const lines: string[] = [];
  const env = {
    DATABASE_URL: app.db.appUrl,
    DATABASE_MIGRATION_URL: app.db.ownerUrl,
    COUNTERSIGN_LOCAL: "1",
    COUNTERSIGN_DATA_DIR: dir,
  };
  const code = await runCommand(args, env, (line) => lines.push(line));
  return { code, out: lines.map((line) => `${line}\n`).join("") };
}

test("agents: made, listed, given a second key, revoked; what is wrong is said", async () => {
  const added = await cli("agents", "add", "cli-agent", "--environment", "production");
  const [, key] = /key +(csk_[\w-]{43})/.exec(added.out) ?? [];
  const [, secret] = /callback secret +(whsec_\S+)/.exec(added.out) ?? [];
  const agent = createAgent(app.running.httpUrl, "cli-agent", key ?? "", secret ?? "");
  expect((await agent.call("GET", "/v1/escalations")).status).toBe(200);
  expect((await cli("agents", "list")).out).toMatch(/cli-agent +– +production \(agents add\) +escalations,evaluate +1 active/);
  expect((await cli("agents", "rotate", "cli-agent")).out).toMatch(/csk_/);
  expect((await cli("agents", "list")).out).toContain("2 active");
  expect((await agent.call("GET", "/v1/escalations")).status).toBe(200);
  expect((await cli("agents", "revoke", "cli-agent")).code).toBe(0);
  await app.until(
    "the refusal",
    () => agent.call("GET", "/v1/escalations"),
    (answer) => answer.status === 401,
  );
  expect(await cli("agents", "add", "Not A Name")).toMatchObject({ code: 1, out: expect.stringContaining("small letters") });
  expect(await cli("agents", "add", "cli-agent")).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^The name cli-agent belongs to an agent that was revoked.*agents add ANOTHER-NAME$/m),
  });
  expect((await run("src/cli/countersign.ts", ["--help"])).out).toContain("audit search");
  expect(await run("src/cli/countersign.ts", ["agents", "nonsense", "x"])).toMatchObject({ code: 1 });
});

test("each command has help of its own: how it is used, its options, an example, and what its exit codes mean", async () => {
  const { out } = await cli("--help");
  expect(await cli()).toEqual({ code: 0, out });
  for (const [name, { usage, options, example }] of Object.entries(say.help.commands)) {
    expect(out).toContain(`\n  ${usage}\n`);
    const own = await cli(...name.split(" "), "--help");
    expect(own.code).toBe(0);
    expect(own.out).toMatch(/^Usage\n {2}npx countersign [\s\S]*\n\nExample\n[\s\S]*\n\nExit codes\n {2}0 {2}[\s\S]*\n {2}1 {2}/);
    for (const text of [usage, example, ...options.flat()]) expect(own.out).toContain(text);
    expect(example).toContain(`npx countersign ${name === "deliveries list" ? "deliveries" : name}`);
  }
  expect((await cli("help", "agents", "add")).out).toBe((await cli("agents", "add", "-h")).out);
  expect((await cli("agents", "--help")).out).toMatch(/agents add NAME[\s\S]*agents revoke NAME/);
});

test("a command that is not there is told with the nearest that is, and an option that is not with where to look", async () => {
  const cases: [line: string, told: RegExp][] = [
    ["agnts list", /^There is no command agnts; did you mean agents\? See: npx countersign --help\n$/],
    ["nonsense", /^There is no command nonsense\. See/],
    ["agents rotat x", /There is no command agents rotat; did you mean agents rotate\? See: npx countersign agents --help/],
    ["config chek", /did you mean config check\?/],
    ["deliveries resnd 4", /did you mean deliveries resend\?/],
    ["audit", /^Say which: audit verify, audit search, audit export\. See/],
    ["agents add x --onwer U1", /^Unknown option '--onwer'\. See: npx countersign agents --help\n$/],
  ];
  for (const [line, told] of cases) expect(await cli(...line.split(" "))).toEqual({ code: 1, out: expect.stringMatching(told) });
});

test("a stolen key is cut off at once by rotate --now, with every older one and every older secret", async () => {
  const old = await app.agent("stolen-agent");
  expect((await cli("agents", "rotate", "stolen-agent")).out).toMatch(/csk_/);
  expect((await old.call("GET", "/v1/escalations")).status).toBe(200);
  const rotated = await cli("agents", "rotate", "stolen-agent", "--now");
  const [, key] = /key +(csk_[\w-]{43})/.exec(rotated.out) ?? [];
  await app.until(
    "the end of the old key",
    () => old.call("GET", "/v1/escalations"),
    ({ status }) => status === 401,
  );
  expect((await createAgent(app.running.httpUrl, "x", key ?? "", "").call("GET", "/v1/escalations")).status).toBe(200);
  expect((await cli("agents", "list")).out).toMatch(/stolen-agent .* 1 active/);
  const { rows } = await app.db.pool.query("SELECT cardinality(callback_secrets) AS n FROM agent WHERE name = 'stolen-agent'");
  expect(rows).toEqual([{ n: 1 }]);
});

test("what a revoked agent has waiting is withdrawn, its reviewers are told, nothing is sent to it, and the log names who did it", async () => {
  const agent = await app.agent("revoked-agent");
  const { body: waits } = await agent.call("POST", "/v1/escalations", refundRequest(1275));
  const card = await app.card(waits.id);
  expect((await cli("agents", "revoke", "revoked-agent")).out).toContain("what it has waiting is withdrawn");
  await app.cardSays(waits.id, "Withdrawn");
  await app.until("a line in the thread", () =>
    app.slack
      .channel(card.channel)
      .find((m) => m.thread_ts === card.ts && JSON.stringify(m).includes("because revoked-agent was revoked")),
  );
  const loaded = await app.running.engine.load(waits.id);
  expect(loaded?.escalation).toMatchObject({ state: "completed", endedReason: "cancelled" });
  const newest = (await readStream(app.db.pool, "agents")).at(-1);
  expect(JSON.parse(newest?.content ?? "").by).toContain(`@${os.hostname()}`);
});

test("agents: the list says what counts and where it comes from; a name that is taken is refused with the way on", async () => {
  await app.db.owner.query("UPDATE agent SET owner = 'U0OTHER', environment = 'dev' WHERE name = 'cloud-agent'");
  const listed = (await cli("agents", "list")).out;
  expect(listed).toMatch(/refund-agent +U0OWEN \(configuration\) +production \(configuration\) +escalations/);
  expect(listed).toMatch(/cloud-agent +U0OWEN \(configuration\), U0OTHER \(agents add\) +dev \(agents add\) /);
  expect(await cli("agents", "add", "refund-agent")).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /already\. .*npx countersign agents rotate refund-agent\. .*npx countersign agents add ANOTHER-NAME$/m,
    ),
  });
});

test("the log is searched, exported and checked without a database; a changed export is found out", async () => {
  const { body: kept } = await refunds.call("POST", "/v1/escalations", refundRequest(1250));
  const { body: other } = await refunds.call("POST", "/v1/escalations", refundRequest(1300));
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(kept.id)).ts);
  await app.cardSays(kept.id, "Approved by");
  const found = (await cli("audit", "search", "--person", "U0PRIYA", "--type", "payments.*", "--outcome", "approve")).out;
  expect(found).toContain(kept.id);
  expect(found).not.toContain(other.id);
  expect((await cli("audit", "search", "--agent", "nobody")).out).toContain("Nothing was found");
  expect(await cli("audit", "search", "--since", "yesterday-ish")).toMatchObject({
    code: 1,
    out: expect.stringContaining("takes a date"),
  });
  const file = path.join(dir, "found.jsonl");
  expect((await cli("audit", "export", file, "--person", "U0PRIYA")).code).toBe(0);
  const entries = readFileSync(file, "utf8").trim().split("\n");
  expect(entries.slice(0, -1).every((line) => line.includes(`escalation/${kept.id}`))).toBe(true);
  const all = path.join(dir, "all.jsonl");
  await cli("audit", "export", all);
  for (const one of [file, all]) expect((await cli("audit", "verify", one)).out).toMatch(/The audit log verifies: \d+ entries/);
  expect((await cli("audit", "verify")).code).toBe(0);
  writeFileSync(file, entries.join("\n").replace("U0PRIYA", "U0CHRIS"));
  expect((await cli("audit", "verify", file)).code).toBe(1);
});

test("a first configuration is written, checks out, and overwrites nothing", async () => {
  const file = path.join(dir, "first.yaml");
  expect(await cli("init", file, "--for", "finance")).toMatchObject({ code: 0, out: expect.stringContaining(`Wrote ${file}`) });
  expect((await cli("config", "check", file)).code).toBe(0);
  expect(await cli("init", file)).toMatchObject({ code: 1, out: expect.stringContaining("is not overwritten") });
  expect(await cli("init", path.join(dir, "other.yaml"), "--for", "gardening")).toMatchObject({
    code: 1,
    out: expect.stringContaining("engineering | finance | health | hr | security | support"),
  });
});

test("configuration, migrations and deliveries", async () => {
  expect((await cli("config", "check", "countersign.example.yaml")).code).toBe(0);
  const bad = path.join(dir, "bad.yaml");
  writeFileSync(bad, readFileSync("countersign.example.yaml", "utf8").replace("queue: email", "queue: e-mail"));
  expect(await cli("config", "check", bad)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/:\d+:\d+ .*there is no queue/),
  });
  const nope = await cli("config", "check", "nope.yaml");
  expect(nope).toEqual({ code: 1, out: "nope.yaml: there is no such file; check its name\n" });
  const fresh = await run(
    "src/cli/countersign.ts",
    ["config", "check"],
    mkdtempSync(path.join(os.tmpdir(), "countersign-fresh-")),
  );
  expect(fresh.code).toBe(0);
  expect(fresh.out).toMatch(
    /^There is no \.\/countersign\.yaml, so the local Slack uses the example.*\n.*countersign\.example\.yaml is good: /,
  );
  expect((await cli("migrate")).code).toBe(0);
  expect((await cli("deliveries")).code).toBe(0);
  expect(await cli("deliveries", "resend", "999999")).toMatchObject({
    code: 1,
    out: expect.stringContaining("is not set aside"),
  });
  await app.db.owner.query(`INSERT INTO outbox (lane, kind, delivery_id, payload, status)
    VALUES ('slack:chat.postMessage:C0NOWHERE', 'message', 'dlv_poison', '{}', 'dead')`);
  const id = (await app.db.pool.query("SELECT id FROM outbox WHERE delivery_id = 'dlv_poison'")).rows[0].id;
  expect(await cli("deliveries", "skip", String(id))).toMatchObject({ code: 0 });
  expect(await cli("deliveries", "skip", String(id))).toMatchObject({ code: 1, out: expect.stringContaining("no delivery") });
  const kept = "SELECT convert_from(body, 'UTF8') AS body FROM audit_entry WHERE stream = 'deliveries' ORDER BY seq DESC LIMIT 1";
  expect((await app.db.pool.query(kept)).rows[0].body).toMatch(/"event":"delivery_skipped".*C0NOWHERE/);
});

test("npm run demo walks the whole road and ends with 0", { timeout: 90_000 }, async () => {
  const demo = await run("scripts/demo.ts", []);
  expect(demo.out).toContain("1,200");
  expect(demo.code, demo.out).toBe(0);
});

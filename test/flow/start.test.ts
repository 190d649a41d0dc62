import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { OWNER_ROLE, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { openPool } from "../../src/store/pool.ts";
import { CHILD_ENV } from "../support/child-env.ts";

/** `npm start` as a person meets it: what it prints, what a second one says, and that it stops by itself. */
function start(
  dataDir: string,
  more: Record<string, string> = {},
  args: readonly string[] = ["src/main.ts"],
  cwd = process.cwd(),
): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const env = { ...CHILD_ENV, PORT: "0", LOCAL_SLACK_PORT: "0", COUNTERSIGN_DATA_DIR: dataDir, ...more };
  const child = spawn(process.execPath, [...args], { env, cwd });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => text, ended };
}

async function printed(output: () => string, wanted: RegExp): Promise<void> {
  for (let i = 0; i < 1200 && !wanted.test(output()); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(output()).toMatch(wanted);
}

test("it says what to open; a second start says who has the data; SIGTERM ends it with 0", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-start-"));
  const first = start(dataDir);
  await printed(first.output, /stop with Ctrl-C/);
  expect(first.output()).toMatch(/Open {2}http:\/\/127\.0\.0\.1:\d+/);
  const [, url, key] =
    /curl -s (http:\/\/127\.0\.0\.1:\d+\/v1\/escalations) -H "Authorization: Bearer (csk_[\w-]{43})"/.exec(first.output()) ?? [];
  const answer = await fetch(url ?? "", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: readFileSync("docs/first-escalation.json", "utf8"),
  });
  expect(answer.status).toBe(201);
  // What comes next is printed as well: wait, resume, and the outcome with the digest of what was asked for.
  const { action_digest } = (await answer.json()) as { action_digest: string };
  for (const call of ["$ID?wait=60", "$ID/resume", "$ID/outcome"]) expect(first.output()).toContain(`/v1/escalations/${call}`);
  expect(first.output()).toContain(`"executed_action_digest":"${action_digest}"`);
  expect(readFileSync("README.md", "utf8")).toContain(action_digest);
  const second = start(dataDir);
  expect(await second.ended).toBe(1);
  expect(second.output().trim()).toMatch(/^Countersign could not start: .* is in use by another Countersign \(process \d+\).*$/);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(statSync(path.join(dataDir, "countersign.log")).mode & 0o777).toBe(0o600);
});

test("a bad setting stops it with one line that names it", async () => {
  const bad = start(mkdtempSync(path.join(os.tmpdir(), "countersign-start-")), { LOG_LEVEL: "loud" });
  expect(await bad.ended).toBe(2);
  expect(bad.output().trim()).toMatch(/^LOG_LEVEL: .*$/);
});

/** What the container holds: no local Slack, no embedded Postgres. */
function image(root: string): string {
  const home = path.join(root, "image");
  for (const part of ["src", "migrations", "package.json", "countersign.example.yaml"])
    cpSync(part, path.join(home, part), { recursive: true });
  rmSync(path.join(home, "src/local"), { recursive: true });
  symlinkSync(realpathSync("node_modules"), path.join(home, "node_modules"));
  return home;
}

test("without the owner a start says what the database lacks, and changes nothing; migrated by a job of its own it runs without what is local, and without the owner", async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), "countersign-roles-"));
  const server = await startEmbeddedPostgres({ dataDir: path.join(root, "postgres"), settings: ["fsync=off"] });
  const home = image(root);
  const data = path.join(root, "server");
  const slack = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s", SLACK_API_URL: "http://127.0.0.1:9/api/" };
  const env = { ...slack, DATABASE_URL: server.appUrl, COUNTERSIGN_CONFIG: "countersign.example.yaml" };
  const serve = (more: Record<string, string>) => start(data, { ...env, ...more }, ["src/main.ts"], home);
  const notesOf = async ({ output }: ReturnType<typeof start>): Promise<string[]> => {
    await printed(output, /Countersign listens on (\S+)/);
    const [, url] = /listens on (\S+)/.exec(output()) ?? [];
    return ((await (await fetch(`${url}/readyz`)).json()) as { notes: string[] }).notes;
  };

  const unmigrated = serve({});
  expect(await unmigrated.ended).toBe(1);
  expect(unmigrated.output()).toMatch(
    /could not start: the database lacks the migrations 0001_foundation\.sql, .* with DATABASE_MIGRATION_URL set to its owner/,
  );
  const owner = { DATABASE_URL: server.appUrl, DATABASE_MIGRATION_URL: server.ownerUrl };
  const job = start(data, owner, ["src/cli/countersign.ts", "migrate"], home);
  expect(await job.ended).toBe(0);
  expect(job.output()).toContain("applied 0001_foundation.sql");

  const migrated = serve({});
  expect(await notesOf(migrated)).toEqual([]);
  const pool = openPool(server.ownerUrl, {
    maxConnections: 1,
    applicationName: "test",
    statementTimeoutMs: 5000,
    plans: "by key",
  });
  await pool.query("UPDATE clock_shift SET shift = '1 h'");
  expect(await notesOf(migrated)).toEqual([expect.stringContaining("The clock that deadlines are judged on has been moved")]);
  await pool.query("UPDATE clock_shift SET shift = '0'");
  migrated.child.kill("SIGTERM");
  expect(await migrated.ended).toBe(0);
  expect(statSync(data).mode & 0o777).toBe(0o700);

  // A pooler keeps nothing that a connection asks for: the role has to have it, and what it lacks stands there to be pasted.
  const pooled = serve({ DATABASE_POOLER: "transaction" });
  expect(await pooled.ended).toBe(1);
  const lines = pooled.output().match(/ALTER ROLE … SET [^;]*;/g) ?? [];
  expect(lines.join()).toMatch(/statement_timeout.*lock_timeout.*idle_in_transaction_session_timeout/);
  for (const line of lines) await pool.query(line.replace("…", "countersign_app"));
  await pool.end();
  const behindPooler = serve({ DATABASE_POOLER: "transaction", DATABASE_POOL_MAX: "8" });
  expect(await notesOf(behindPooler)).toEqual([]);
  behindPooler.child.kill("SIGTERM");
  expect(await behindPooler.ended).toBe(0);

  const asOwner = serve({ DATABASE_URL: server.ownerUrl });
  expect((await notesOf(asOwner))[0]).toContain(`works as the role ${OWNER_ROLE}, which owns the tables`);
  asOwner.child.kill("SIGTERM");
  expect(await asOwner.ended).toBe(0);
  await server.stop();
});

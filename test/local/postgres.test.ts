import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { connectRunningEmbedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { migrate } from "../../src/store/migrate.ts";

const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-pg-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("data is kept between starts; a second start on the same directory says who has it", async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  expect((await query(first.ownerUrl, "SHOW server_version"))[0]?.["server_version"]).toMatch(/^18/);
  await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    new RegExp(`in use by another Countersign \\(process ${process.pid}\\)`),
  );
  expect(connectRunningEmbedded(dataDir)?.appUrl).toBe(first.appUrl);
  await first.stop();
  expect(connectRunningEmbedded(dataDir)).toBeNull();
  const second = await startEmbeddedPostgres({ dataDir });
  expect(await query(second.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  await expect(query(second.appUrl, "CREATE TABLE mine ()")).rejects.toThrow(/permission denied/);
  await second.stop();
});

test("after kill −9 of whoever started it, and of Postgres itself, the next start recovers", async () => {
  const code = `import("./src/local/postgres/embedded.ts").then(async (m) => { const s = await m.startEmbeddedPostgres({ dataDir: process.argv[1] }); console.log(s.postmasterPid); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ["-e", code, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const postmaster = Number(
    await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk).trim()))),
  );
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  const orphaned = await startEmbeddedPostgres({ dataDir });
  expect(await query(orphaned.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  expect(orphaned.postmasterPid).not.toBe(postmaster);
  process.kill(orphaned.postmasterPid, "SIGKILL");
  await orphaned.stop();
  const recovered = await startEmbeddedPostgres({ dataDir });
  expect(await query(recovered.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);

  const dir = path.join(dataDir, "migrations");
  cpSync("migrations", dir, { recursive: true });
  const names = readdirSync(dir).sort();
  const applied = await Promise.all(
    [1, 2, 3].map(() => migrate(recovered.ownerUrl, { dir, appRole: "countersign_app", cell: "" })),
  );
  expect(applied.flat().sort()).toEqual(names);
  const numbered = (ahead: number) => String(names.length + ahead).padStart(4, "0");
  const [next, gap] = [path.join(dir, `${numbered(1)}_bad.sql`), path.join(dir, `${numbered(2)}_gap.sql`)];
  writeFileSync(gap, "SELECT 1");
  await expect(migrate(recovered.ownerUrl, { dir, appRole: null, cell: "" })).rejects.toThrow(
    `${numbered(2)}_gap.sql: expected a file that starts with ${numbered(1)}_`,
  );
  rmSync(gap);
  writeFileSync(next, "SELECT 1;\nSELEKT 2;");
  await expect(migrate(recovered.ownerUrl, { dir, appRole: null, cell: "" })).rejects.toThrow(`${numbered(1)}_bad.sql line 2`);
  rmSync(next);
  writeFileSync(path.join(dir, "0001_foundation.sql"), "SELECT 1");
  await expect(migrate(recovered.ownerUrl, { dir, appRole: null, cell: "" })).rejects.toThrow(
    /was edited after it had been applied/,
  );
  await recovered.stop();
});

import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { findBinaries } from "../../src/local/postgres/binaries.ts";
import { startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "countersign-lock-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A start that says whether it got the directory, and keeps it until it is told to go. */
function racer(dataDir: string) {
  const code = `import("./src/local/postgres/lock-file.ts").then(async (m) => {
    process.stdin.once("data", async () => {
      const got = await m.takeLock(process.argv[1], { ownerUrl: "", appUrl: "" }).then(() => "got", (error) => error.message);
      console.log(got);
    });
    process.stdin.once("end", () => process.exit(0));
    console.log("ready");
  })`;
  const child = spawn(process.execPath, ["-e", code, dataDir], { stdio: ["pipe", "pipe", "inherit"] });
  const next = () => new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk).trim())));
  return { next, go: () => child.stdin.write("go\n"), end: () => child.stdin.end() };
}

test("a lock that a dead process left goes to exactly one of those who race for it", { timeout: 60_000 }, async () => {
  for (let round = 0; round < 6; round++) {
    const dataDir = mkdtempSync(path.join(root, "race-"));
    const stale = { pid: 4_194_304, startedAt: "1", ownerUrl: "", appUrl: "" };
    writeFileSync(path.join(dataDir, "countersign.lock"), JSON.stringify(stale));
    const racers = [racer(dataDir), racer(dataDir), racer(dataDir)];
    await Promise.all(racers.map((one) => one.next()));
    const answers = Promise.all(racers.map((one) => one.next()));
    for (const one of racers) one.go();
    const said = await answers;
    for (const one of racers) one.end();
    expect(said.filter((line) => line === "got")).toHaveLength(1);
    expect(said.filter((line) => line !== "got").every((line) => line.includes("is in use by another Countersign"))).toBe(true);
  }
});

test("a private data directory holds everything itself: when it is removed, nothing is left", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-gone-"));
  const before = new Set(existsSync("/var/lib/countersign") ? readdirSync("/var/lib/countersign") : []);
  const sockets = () => readdirSync(os.tmpdir()).filter((name) => /^countersign-[0-9a-f]{12}$/.test(name));
  const socketsBefore = sockets();
  const postgres = await startEmbeddedPostgres({ dataDir, settings: ["fsync=off"] });
  await postgres.stop();
  rmSync(dataDir, { recursive: true });
  const after = existsSync("/var/lib/countersign") ? readdirSync("/var/lib/countersign") : [];
  expect(after.filter((name) => name.startsWith("data-") && !before.has(name))).toEqual([]);
  expect(sockets()).toEqual(socketsBefore);
});

test("the Postgres that is run needs nothing of the checkout: its links stay within it", () => {
  const bin = findBinaries(mkdtempSync(path.join(root, "bin-")));
  const lib = path.join(path.dirname(bin), "lib");
  const links = readdirSync(lib).filter((name) => lstatSync(path.join(lib, name)).isSymbolicLink());
  expect(links.length).toBeGreaterThan(0);
  for (const name of links) expect(path.isAbsolute(readlinkSync(path.join(lib, name))), name).toBe(false);
});

test("a platform npm has no Postgres for is told what to set", () => {
  expect(() => findBinaries(root, "plan9-mips")).toThrow(/set DATABASE_URL to a Postgres 15 or newer/);
});

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { findBinaries } from "./binaries.ts";
import { isAlive, readHolder, takeLock } from "./lock-file.ts";
import { hasData, isRoot, makePrivate, NOBODY, type Places, placesFor } from "./places.ts";

/**
 * A real Postgres of our own for a laptop: no port, only a unix socket in a directory nobody else may enter; data kept between
 * starts. The server is a process of its own group, so Ctrl-C reaches us first and it outlives us until we have drained; what a
 * killed start left behind, the next one stops.
 */
export const OWNER_ROLE = "countersign_owner";
export const APP_ROLE = "countersign_app";
const DATABASE = "countersign";

export type Embedded = { ownerUrl: string; appUrl: string; dataDir: string; postmasterPid: number; stop(): Promise<void> };
export type EmbeddedOptions = {
  dataDir: string;
  /** Extra server settings, such as `fsync=off` for tests. */
  settings?: readonly string[];
  log?: (line: string) => void;
};

/** Starts it, or says in one line why not. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = path.resolve(options.dataDir);
  const log = options.log ?? (() => {});
  mkdirSync(dataDir, { recursive: true });
  const bin = findBinaries(dataDir);
  const places = placesFor(dataDir);
  const url = (user: string) => `postgresql://${user}@/${DATABASE}?host=${encodeURIComponent(places.socketDir)}`;
  const urls = { ownerUrl: url(OWNER_ROLE), appUrl: url(APP_ROLE) };
  const release = await takeLock(dataDir, urls);
  try {
    makePrivate(places.socketDir);
    await stopOrphan(places.cluster);
    if (!hasData(places.cluster)) initCluster(bin, places.cluster, log);
    const server = await startServer(bin, places, options.settings ?? []);
    await ensureDatabase(places.socketDir);
    const stop = async () => {
      await stopServer(server);
      await release();
    };
    return { ...urls, dataDir, postmasterPid: server.pid ?? 0, stop };
  } catch (error) {
    await release();
    throw error;
  }
}

/** How the CLI reaches the database of a running server; null when none runs on this data directory. */
export function connectRunningEmbedded(dataDir: string): { ownerUrl: string; appUrl: string } | null {
  const holder = readHolder(path.resolve(dataDir));
  return holder === null ? null : { ownerUrl: holder.ownerUrl, appUrl: holder.appUrl };
}

const runAs = () => (isRoot() ? { uid: NOBODY, gid: NOBODY, cwd: "/" } : { cwd: "/" });
const env = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

function initCluster(bin: string, cluster: string, log: (line: string) => void): void {
  log("Creating the embedded Postgres (once, about a second)…");
  makePrivate(cluster);
  const flags = [
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-locale",
    "--auth=trust",
    `--username=${OWNER_ROLE}`,
  ];
  const made = spawnSync(path.join(bin, "initdb"), ["-D", cluster, ...flags], { ...runAs(), env, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb failed in ${cluster}: ${made.stderr || made.error?.message || "no message"}`);
}

/** A postmaster whose Countersign was killed still has the cluster: it is stopped, so that exactly one of us writes there. */
async function stopOrphan(cluster: string): Promise<void> {
  const file = path.join(cluster, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (!Number.isInteger(pid) || !isAlive(pid) || !commandLine(pid).includes(cluster)) return;
  process.kill(pid, "SIGINT");
  for (let waited = 0; isAlive(pid) && commandLine(pid).includes(cluster); waited += 50) {
    if (waited === 5000) process.kill(pid, "SIGQUIT");
    if (waited > 15_000) throw new Error(`the Postgres left behind in ${cluster} (process ${pid}) does not stop`);
    await sleep(50);
  }
}

/** Empty for a zombie, which holds nothing any more. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function startServer(bin: string, places: Places, settings: readonly string[]): Promise<ChildProcess> {
  const all = [
    "listen_addresses=",
    `unix_socket_directories=${places.socketDir}`,
    "max_connections=60",
    "shared_buffers=64MB",
    "timezone=UTC",
    ...settings,
  ];
  let output = "";
  for (let attempt = 0; attempt < 40; attempt++) {
    output = "";
    const server = spawn(path.join(bin, "postgres"), ["-D", places.cluster, ...all.flatMap((one) => ["-c", one])], {
      ...runAs(),
      env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
    if (await answers(server, places.socketDir)) {
      server.stderr?.resume();
      server.unref();
      return server;
    }
    // After kill -9 a zombie postmaster leaves its lock file for a moment.
    if (!output.includes("lock file")) break;
    await sleep(250);
  }
  throw new Error(`the embedded Postgres did not start in ${places.cluster}: ${output.trim().split("\n").slice(-3).join(" | ")}`);
}

/** Waits until the server accepts connections; false when it ended instead. */
async function answers(server: ChildProcess, socketDir: string): Promise<boolean> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (server.exitCode !== null || server.signalCode !== null) return false;
    const client = new pg.Client({ host: socketDir, user: OWNER_ROLE, database: "postgres" });
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      await sleep(25);
    }
  }
  return false;
}

async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new pg.Client({ host: socketDir, user: OWNER_ROLE, database: "postgres" });
  await client.connect();
  try {
    const role = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [APP_ROLE]);
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${APP_ROLE} LOGIN`);
    const database = await client.query("SELECT FROM pg_database WHERE datname = $1", [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Fast shutdown: open connections are ended, data is flushed. */
async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.ref();
  server.kill("SIGINT");
  await ended;
}

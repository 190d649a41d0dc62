import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * One living Countersign per data directory. The lock itself is a name in the kernel (a Linux abstract socket), which goes when
 * its process goes, however it dies: a lock that is only a file has to be taken over from the dead, and two starts doing that at
 * once can both believe they have it (seen once in twelve races). The file beside it says who holds the directory and how to
 * reach its Postgres.
 */
export type Held = { pid: number; startedAt: string; ownerUrl: string; appUrl: string };

const lockPath = (dataDir: string): string => path.join(dataDir, "countersign.lock");

/** When a process was started, from the kernel where it tells: pids are used again. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The living holder of a data directory; null when nobody has it. */
export function readHolder(dataDir: string): Held | null {
  let held: Held;
  try {
    held = JSON.parse(readFileSync(lockPath(dataDir), "utf8")) as Held;
  } catch {
    return null;
  }
  return isAlive(held.pid) && processStart(held.pid) === held.startedAt ? held : null;
}

/**
 * Takes the data directory for this process, or throws one line that names the directory and who has it. Returns how to let it go
 * (once).
 */
export async function takeLock(dataDir: string, urls: { ownerUrl: string; appUrl: string }): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true });
  const name = `\0countersign:${createHash("sha256").update(realpathSync(dataDir)).digest("hex").slice(0, 32)}`;
  const lock = await bind(name);
  // A holder we share no network namespace with is only seen in the file.
  const holder = await holderOf(dataDir, lock === null);
  if (lock === null || holder !== null) {
    lock?.close();
    const who = holder === null ? "that is just starting or stopping" : `(process ${holder.pid})`;
    throw new Error(
      `${dataDir} is in use by another Countersign ${who}: stop that one, or set COUNTERSIGN_DATA_DIR to another directory`,
    );
  }
  const file = lockPath(dataDir);
  const mine: Held = { pid: process.pid, startedAt: processStart(process.pid), ...urls };
  // Renamed into place: a reader never meets half a file.
  writeFileSync(`${file}.new`, JSON.stringify(mine), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  let released = false;
  return async () => {
    if (released) return;
    released = true;
    rmSync(file, { force: true });
    await new Promise<void>((resolve) => lock.close(() => resolve()));
  };
}

/** The holder writes its file right after it has the name: one that is not there yet is waited for. */
async function holderOf(dataDir: string, expected: boolean): Promise<Held | null> {
  for (let attempt = 0; ; attempt++) {
    const holder = readHolder(dataDir);
    if (holder !== null || !expected || attempt === 20) return holder;
    await sleep(25);
  }
}

/** Binds the name; null when a living process has it. Only Linux has such names: elsewhere there is the file alone. */
async function bind(name: string): Promise<{ close(done?: () => void): void } | null> {
  if (process.platform !== "linux") return { close: (done) => done?.() };
  const server = net.createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: name, exclusive: true }, resolve);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return null;
    throw new Error("the data directory could not be locked", { cause: error });
  }
  server.unref();
  return server;
}

import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

/** Says which living process has a data directory, and how to reach its Postgres. A file whose process has died is taken over. */
export type Held = { pid: number; startedAt: string; ownerUrl: string; appUrl: string };

export const lockPath = (dataDir: string): string => path.join(dataDir, "countersign.lock");

/** When a process was started, from the kernel where it tells: pids are used again. */
export function processStart(pid: number): string {
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

/** Takes the data directory for this process, or throws one line that names who has it. */
export function takeLock(dataDir: string, urls: { ownerUrl: string; appUrl: string }): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = lockPath(dataDir);
  const mine: Held = { pid: process.pid, startedAt: processStart(process.pid), ...urls };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(handle, JSON.stringify(mine));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readHolder(dataDir);
      if (holder !== null) {
        throw new Error(
          `${dataDir} is in use by another Countersign (process ${holder.pid}): stop that one, or set COUNTERSIGN_DATA_DIR to another directory`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new Error(`could not take ${file}: another start is taking it at the same moment`);
}

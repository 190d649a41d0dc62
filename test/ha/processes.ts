import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Processes that are started here, and everything below them: to be stopped, frozen and killed together. */
export type Launched = { name: string; pid: number; child: ChildProcess; exited: () => string | null; ended: Promise<void> };

/** Postgres refuses to run as root: whoever starts this as root lends it, and what belongs to it, the user postgres. */
export type As = { uid: number; gid: number } | Record<string, never>;
export function userForPostgres(): As {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** What was started and may still run, whatever becomes of what started it. */
const started = new Set<Launched>();
export const endAll = (): Promise<unknown> => Promise.all([...started].map((one) => end(one)));

export type LaunchOptions = { dir: string; as?: As; env?: Record<string, string | undefined>; cwd?: string };

export function launch(name: string, [command, ...args]: [string, ...string[]], options: LaunchOptions): Launched {
  const log = openSync(path.join(options.dir, `${name}.log`), "a");
  const child = spawn(command, args, {
    ...options.as,
    cwd: options.cwd ?? options.dir,
    env: { PATH: process.env["PATH"], HOME: options.dir, LANG: "C.UTF-8", ...options.env },
    stdio: ["ignore", log, log],
    detached: true,
  });
  let exited: string | null = null;
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      exited = how;
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(String(signal ?? code)));
  });
  const launched: Launched = { name, pid: child.pid ?? 0, child, exited: () => exited, ended };
  started.add(launched);
  void ended.then(() => started.delete(launched));
  return launched;
}

/** The processes that stem from these, and they themselves. */
export function treeOf(...roots: number[]): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    const parent = parentOf(name);
    if (parent !== null) parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => [pid, ...(parents.get(pid) ?? []).flatMap(below)];
  return [...new Set(roots.flatMap(below))];
}

function parentOf(pid: string): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

/** One that has ended by itself needs no signal any more. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {}
  }
}

/** Ends one that may be stuck or frozen, with all that stems from it. */
export async function end(launched: Launched, patienceMs = 5000): Promise<void> {
  if (launched.exited() !== null) return;
  signal(treeOf(launched.pid), "SIGCONT");
  launched.child.kill("SIGTERM");
  const late = setTimeout(() => signal(treeOf(launched.pid), "SIGKILL"), patienceMs);
  await launched.ended;
  clearTimeout(late);
}

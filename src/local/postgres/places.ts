import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, lchownSync, lstatSync, mkdirSync, realpathSync, type Stats, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Where the embedded Postgres keeps its data and its socket, and who may enter there. */
export type Places = { cluster: string; socketDir: string };

/** Postgres refuses to run as root: root runs it as nobody. */
export const NOBODY = 65_534;
export const isRoot = (): boolean => process.getuid?.() === 0;

/** Where root keeps what nobody must be able to reach. */
export const SHARED_HOME = "/var/lib/countersign";

const SOCKET_PATH_BYTES_MAX = 107;

/**
 * The places that belong to an existing data directory. Data that is there stays where it is, whatever has changed around it; new
 * data goes into the data directory itself, except for root where nobody cannot come near it (below a closed /root): that goes
 * below `SHARED_HOME`.
 */
export function placesFor(dataDir: string): Places {
  const directory = realpathSync(dataDir);
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  const inside = path.join(directory, "postgres");
  const apart = path.join(SHARED_HOME, `data-${hash}`);
  if (!isRoot()) return { cluster: inside, socketDir: socketDirFor(path.join(directory, "run"), hash) };
  const cluster = hasData(inside) ? inside : hasData(apart) ? apart : letNobodyThrough(directory) ? inside : apart;
  const closed = closedToNobody(path.dirname(cluster));
  if (closed !== null)
    throw new Error(
      `Postgres runs as the user nobody, who may not enter ${closed} any more, so not ${cluster}: chmod o+x ${closed}`,
    );
  const run = cluster === inside ? path.join(directory, "run") : path.join(SHARED_HOME, `run-${hash}`);
  return { cluster, socketDir: fits(run) ? run : path.join(SHARED_HOME, `run-${hash}`) };
}

export const hasData = (cluster: string): boolean => existsSync(path.join(cluster, "PG_VERSION"));

const fits = (directory: string): boolean => Buffer.byteLength(path.join(directory, ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES_MAX;

/** The kernel takes socket paths of at most 107 bytes; a data directory that lies too deep gets a short place for its socket. */
function socketDirFor(wanted: string, hash: string): string {
  const name = `countersign-${process.getuid?.() ?? 0}-${hash}`;
  return [wanted, path.join(os.tmpdir(), name)].find(fits) ?? path.join("/tmp", name);
}

/** The first directory on the way down that nobody may not enter; null when the way is open. */
function closedToNobody(directory: string): string | null {
  const parent = path.dirname(directory);
  const above = parent === directory ? null : closedToNobody(parent);
  if (above !== null || !existsSync(directory)) return above;
  return mayEnter(statSync(directory)) ? null : directory;
}

function mayEnter({ uid, gid, mode }: Stats): boolean {
  if (uid === NOBODY) return (mode & 0o100) !== 0;
  return (mode & (gid === NOBODY ? 0o010 : 0o001)) !== 0;
}

/** Opens a private data directory (0700) to nobody's group and to no one else, where that is all it takes. */
function letNobodyThrough(directory: string): boolean {
  const closed = closedToNobody(directory);
  if (closed === null) return true;
  const { uid, mode } = statSync(directory);
  if (closed !== directory || (mode & 0o077) !== 0) return false;
  chownSync(directory, uid, NOBODY);
  chmodSync(directory, (mode & 0o7777) | 0o010);
  return true;
}

/**
 * Makes a directory that only the user Postgres runs as may enter. One that is there already must be ours: in /tmp somebody else
 * may have put theirs, or a link, under the name we use, and root would give it away or talk through it.
 */
export function makePrivate(directory: string): void {
  if (isRoot()) mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(directory);
  const ours = isRoot() ? uid === 0 || uid === NOBODY : uid === process.getuid?.();
  if (!lstatSync(directory).isDirectory() || !ours) throw new Error(`${directory} is not ours: remove it, or see whose it is`);
  if (isRoot()) lchownSync(directory, NOBODY, NOBODY);
  chmodSync(directory, 0o700);
}

import { readdirSync, readFileSync } from "node:fs";
import type pg from "pg";

/** What something costs beside time: processor time of the three parties, commits that wrote something, write-ahead log, and bytes of database. */
export type Counters = { productMs: number; postgresMs: number; driverMs: number; commits: number; walBytes: number };

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

type Stat = { ppid: number; ownMs: number; childrenMs: number };
function statOf(pid: number | string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const at = (n: number) => Number(fields[n]) * TICK_MS;
    return { ppid: Number(fields[1]), ownMs: at(11) + at(12), childrenMs: at(13) + at(14) };
  } catch {
    return null;
  }
}

/** Of the postmaster, its children, and those of its children that have ended. */
function postgresMs(postmaster: number): number {
  const self = statOf(postmaster);
  let sum = (self?.ownMs ?? 0) + (self?.childrenMs ?? 0);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat?.ppid === postmaster) sum += stat.ownMs;
  }
  return sum;
}

/** `product`: its process, where it is not this one. */
export async function readCounters(db: pg.Pool, pids: { product: number | null; postmaster: number }): Promise<Counters> {
  // Transaction numbers are given to those that write, at once; the statistics of other sessions come seconds later.
  const { rows } = await db.query(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS commits, (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal`,
  );
  const { user, system } = process.cpuUsage();
  return {
    productMs: pids.product === null ? 0 : (statOf(pids.product)?.ownMs ?? 0),
    postgresMs: postgresMs(pids.postmaster),
    driverMs: (user + system) / 1000,
    commits: rows[0].commits,
    walBytes: rows[0].wal,
  };
}

export const perCycle = (before: Counters, after: Counters, cycles: number): Counters => ({
  productMs: (after.productMs - before.productMs) / cycles,
  postgresMs: (after.postgresMs - before.postgresMs) / cycles,
  driverMs: (after.driverMs - before.driverMs) / cycles,
  commits: (after.commits - before.commits) / cycles,
  walBytes: (after.walBytes - before.walBytes) / cycles,
});

/** Bytes of each table of the product with its indexes, after what is dead was cleared away; a partition counts as its table. */
export async function databaseBytes(db: pg.Pool): Promise<Record<string, number>> {
  await db.query("VACUUM (FULL, ANALYZE)");
  const { rows } = await db.query(
    `SELECT COALESCE(p.relname, c.relname)::text AS name, sum(pg_total_relation_size(c.oid))::float8 AS bytes
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' AND c.relname !~ '^(bare|sample)' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

/** What each of so many has added, by table and in all. */
export function bytesEach(
  before: Record<string, number>,
  after: Record<string, number>,
  count: number,
): { all: number; byTable: Record<string, number> } {
  const each = Object.entries(after).map(([name, bytes]) => [name, Math.round((bytes - (before[name] ?? 0)) / count)] as const);
  const byTable = Object.fromEntries(each.filter(([, bytes]) => bytes !== 0).sort(([, a], [, b]) => b - a));
  return { all: Object.values(byTable).reduce((sum, bytes) => sum + bytes, 0), byTable };
}

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

/** Bytes of all tables of the product with their indexes, after what is dead was cleared away. */
export async function databaseBytes(db: pg.Pool): Promise<number> {
  await db.query("VACUUM (FULL, ANALYZE)");
  const { rows } = await db.query(
    `SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relname NOT LIKE 'bare%'`,
  );
  return rows[0].bytes;
}

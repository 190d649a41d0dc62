import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { eachHost } from "../domain/base/database-hosts.ts";
import { makeMonths } from "./months.ts";
import { type Queryable, SCHEMA } from "./pool.ts";
import { connectToPrimary } from "./primary.ts";

/**
 * Forward-only migrations: numbered SQL files, each applied once in a transaction of its own, under an advisory lock so that
 * several starts at once wait for one another. A file that was edited after it ran is refused.
 */
const LOCK = 7_267_391;
export const MIGRATIONS = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "migrations");
type Migration = { name: string; sql: string; sha256: string };

/** Reads `NNNN_name.sql` files in order; a gap or a stray name is an error that names the file. */
export function readMigrations(dir: string): Migration[] {
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return names.map((name, index) => {
    const expected = String(index + 1).padStart(4, "0");
    if (!name.startsWith(`${expected}_`))
      throw new Error(`migrations/${name}: expected a file that starts with ${expected}_ (no gaps, no duplicates)`);
    const sql = readFileSync(path.join(dir, name), "utf8");
    return { name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
  });
}

/** `cell`: what the ids of this database begin with; `monthsAhead`: how far months are made for them. */
export type MigrateOptions = { dir: string; appRole: string | null; cell: string; monthsAhead?: number };

/** Applies what is missing with the owner role; `appRole` gets its rights again after that. Returns the names applied now. */
export async function migrate(ownerUrl: string, options: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(options.dir);
  const client = await connectToPrimary(eachHost(ownerUrl), { application_name: "countersign migrate" });
  try {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
    const fresh = await bringUpToDate(client, migrations);
    await makeMonths(client, options.cell, options.monthsAhead);
    if (options.appRole !== null) await client.query("SELECT grant_application($1)", [options.appRole]);
    return fresh;
  } finally {
    // Behind a pooler the session goes on, and would hold it against the next one.
    await client.query("SELECT pg_advisory_unlock_all()").catch(() => {});
    await client.end();
  }
}

async function bringUpToDate(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  await openSchema(client);
  const applied = await client.query<{ name: string; sha256: string }>("SELECT name, sha256 FROM migration ORDER BY name");
  const before = new Map(applied.rows.map((row) => [row.name, row.sha256]));
  const fresh: string[] = [];
  for (const migration of migrations) {
    const known = before.get(migration.name);
    if (known !== undefined && known !== migration.sha256)
      throw new Error(`migrations/${migration.name} was edited after it had been applied; add a new file instead`);
    if (known !== undefined) continue;
    await whenLocksAreFree(() => applyOne(client, migration));
    fresh.push(migration.name);
  }
  return fresh;
}

/** The schema of its own, which also finds who looks in with psql, where the database is ours to set that for. */
async function openSchema(client: pg.Client): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await client.query(`SET search_path = ${SCHEMA}`);
  await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  await client.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ${SCHEMA}, public', current_database());
    EXCEPTION WHEN insufficient_privilege THEN NULL; END $$`);
  await client.query(
    [
      "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, sha256 text NOT NULL,",
      "applied_at timestamptz NOT NULL DEFAULT now())",
    ].join(" "),
  );
}

/**
 * A change of a table that waits behind a long reader (a backup, a report) lets everybody else wait behind itself: it gives up
 * soon, and tries again.
 */
const LOCK_WAIT_MS = 3000;
const LOCK_TRIES = 20;
const LOCK_NOT_AVAILABLE = "55P03";

async function whenLocksAreFree(apply: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await apply();
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      if (cause?.code !== LOCK_NOT_AVAILABLE || tries === LOCK_TRIES) throw error;
      await sleep(Math.min(tries, 10) * 500);
    }
  }
}

/**
 * How a file begins that cannot run in a transaction, such as one that builds an index while the product works. Its statements
 * run one by one, and all of them again when it was broken off: each must bear that.
 */
const CONCURRENTLY = "-- concurrently";

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  const note = () =>
    client.query("INSERT INTO migration (name, sha256) VALUES ($1, $2)", [migration.name, migration.sha256]).then(() => {});
  try {
    if (migration.sql.startsWith(CONCURRENTLY)) {
      for (const statement of migration.sql.split(/;\s*$/m)) if (statement.trim() !== "") await client.query(statement);
      return await note();
    }
    await client.query("BEGIN");
    await client.query(migration.sql);
    await note();
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new Error(
      `migrations/${migration.name}${lineOf(error, migration.sql)}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function lineOf(error: unknown, sql: string): string {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  return Number.isNaN(position) ? "" : ` line ${sql.slice(0, position).split("\n").length}`;
}

/**
 * The role that a server works as, which gets its rights with the migrations; null when it is the owner itself. URLs without a
 * host (unix sockets) are not URLs to the URL parser.
 */
export function applicationRole({ appUrl, ownerUrl }: { appUrl: string; ownerUrl: string }): string | null {
  const roleOf = (url: string) => /^postgres(?:ql)?:\/\/([^:@/]+)[:@]/.exec(url)?.[1];
  const role = roleOf(appUrl);
  return role === undefined || role === roleOf(ownerUrl) ? null : decodeURIComponent(role);
}

/** Names of files the database does not have yet; for `/readyz`. */
export async function pendingMigrations(db: Queryable, dir: string): Promise<string[]> {
  const { rows: known } = await db.query("SELECT to_regclass('migration') IS NOT NULL AS begun");
  const { rows } = known[0]?.begun === true ? await db.query("SELECT name FROM migration") : { rows: [] };
  const applied = new Set(rows.map((row) => row.name as string));
  return readMigrations(dir)
    .map((migration) => migration.name)
    .filter((name) => !applied.has(name));
}

import pg from "pg";
import { eachHost } from "../domain/base/database-hosts.ts";
import { LIMITS } from "../domain/base/limits.ts";
import { followPrimary, isReadOnly, refuseStandby } from "./primary.ts";

/** Opening the database, and the one way to run several statements together. */
export type PoolOptions = {
  maxConnections: number;
  applicationName: string;
  statementTimeoutMs: number;
  /** How long a statement waits for a lock that somebody else holds; without it as long as for anything else. */
  lockTimeoutMs?: number;
  /** What its statements have in common: rows found by a key, or lists and sums that are planned for what is asked of them. */
  plans: "by key" | "by need";
  /** A pooler lends each transaction another connection: nothing that is set up or prepared on one is there the next time. */
  pooled?: boolean;
  onIdleError?: (error: Error) => void;
};

/** A pool, or the connection of a transaction: whatever takes one statement. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, "query">;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`a bigint beyond 2^53 came from the database: ${text}`);
  return value;
});

/** Everything of ours lies in a schema of its own: whatever else there is in the database is none of our business. */
export const SCHEMA = "countersign";

/**
 * What every guard here relies on, whatever the database or its role have as a default: each statement sees what is committed,
 * and a COMMIT is on disk.
 */
const SURE = { search_path: SCHEMA, default_transaction_isolation: "read committed", synchronous_commit: "on" };
/**
 * A prepared statement that finds its rows by a key: planning the large ones anew costs more than running them. Lists have
 * filters that may be absent.
 */
const PLANNING = {
  "by key": {
    plan_cache_mode: "force_generic_plan",
    enable_seqscan: "off",
    // All rows of a workspace are an index away as well: tables are joined as they are written, row by row, each by its key.
    join_collapse_limit: "1",
    enable_hashjoin: "off",
    enable_mergejoin: "off",
    jit: "off",
  },
  "by need": { plan_cache_mode: "force_custom_plan", jit: "off" },
};

/** Nothing of ours pauses for so long between two statements. */
const IDLE_IN_TRANSACTION_MS = 5000;

/**
 * The settings that statements rely on. Each connection asks for them when it begins; behind a pooler, which hands connections
 * on, the role has to have them, for all that is asked of it.
 */
export function settingsFor(options: PoolOptions): Readonly<Record<string, string>> {
  const { statementTimeoutMs, lockTimeoutMs = 0, plans, pooled } = options;
  // Without a name a statement is planned each time it is sent.
  const planning = pooled === true ? { jit: "off" } : PLANNING[plans];
  return {
    ...SURE,
    ...planning,
    statement_timeout: String(pooled === true ? LIMITS.statement.value : statementTimeoutMs),
    lock_timeout: String(pooled === true ? LIMITS.lockWait.value : lockTimeoutMs),
    // A process that stands still in the middle of a transaction holds its locks in everybody's way.
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
  };
}

/** Those that are not as they should be, with what they should be. */
export async function wrongSettings(db: Queryable, options: PoolOptions): Promise<[name: string, value: string][]> {
  const wanted = Object.entries(settingsFor(options));
  const { rows } = await db.query<{ name: string; setting: string }>({
    text: "SELECT name, setting FROM pg_settings WHERE name = ANY($1)",
    values: [wanted.map(([name]) => name)],
  });
  const found = new Map(rows.map(({ name, setting }) => [name, setting]));
  return wanted.filter(([name, value]) => found.get(name) !== value && !isSurer(name, found.get(name)));
}

/** A COMMIT that also waits until standbys show it; what migrating sets for the whole database. */
const isSurer = (name: string, value: string | undefined) =>
  name === "search_path" ? value === `${SCHEMA}, public` : name === "synchronous_commit" && value === "remote_apply";

/** What a connection asks for when it begins; a pooler refuses that, or forgets it without a word. */
function asked(options: PoolOptions): pg.ClientConfig {
  if (options.pooled === true) return {};
  const settings = Object.entries(settingsFor(options));
  return { options: settings.map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`).join(" ") };
}

/** Under its name a statement is kept by the connection that it was first sent on, which is somebody else's the next time. */
function forgetNames(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (statement: unknown, ...rest: unknown[]) => unknown;
  Object.assign(client, {
    query(statement: unknown, ...rest: unknown[]) {
      const isNamed = typeof statement === "object" && statement !== null && "name" in statement;
      return query(isNamed ? { ...statement, name: undefined } : statement, ...rest);
    },
  });
}

/** A silent network is asked by the kernel whether the other side still lives, long before its own two hours. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 5000 };

/**
 * A pool of at most 16 connections: more only queue up inside Postgres. A dead idle connection must not end the process. Of
 * several hosts it works with the one that is the primary, and with a standby never.
 */
export function openPool(url: string, options: PoolOptions): pg.Pool {
  const urls = eachHost(url);
  const pool = new pg.Pool({
    connectionString: urls[0],
    max: Math.min(16, options.maxConnections),
    application_name: options.applicationName,
    connectionTimeoutMillis: 3000,
    onConnect: refuseStandby,
    // A database that hangs, or a network that swallows, answers nothing at all: the waiting ends on our side, a moment after the
    // server should have ended it.
    query_timeout: options.statementTimeoutMs + 2000,
    ...KEEP_ALIVE,
    ...asked(options),
    types,
  });
  // Between the moment a connection is handed out and the one its borrower listens, it can die as well: that must not end the
  // process.
  pool.on("connect", (client) => client.on("error", () => {}));
  if (options.pooled === true) pool.on("connect", forgetNames);
  pool.on("error", (error) => {
    if (!pool.ending) options.onIdleError?.(error);
  });
  if (urls.length > 1) followPrimary(pool, urls, { ...KEEP_ALIVE, application_name: options.applicationName });
  return pool;
}

/** Two statements that take the same rows in another order: Postgres ends one of them, and running it again is the answer. */
const DEADLOCK = new Set(["40P01", "40001"]);
const TRIES = 4;

export async function despiteDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !DEADLOCK.has((error as { code?: string }).code ?? "")) throw error;
    }
  }
}

/** Waited for in vain, or of a primary that is none any more: what else is sent there helps nobody. */
const isUseless = (error: unknown) => isReadOnly(error) || (error instanceof Error && error.message === "Query read timeout");

/**
 * Runs `work` in one transaction; rolls back and rethrows when it throws. A connection that cannot even roll back is discarded,
 * and one that said nothing in time is not waited for a second time.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle connections only: without this, a connection that dies while it is ours would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    if (isUseless(error)) broken = error as Error;
    else
      await client.query("ROLLBACK").catch((second: Error) => {
        broken = second;
      });
    throw error;
  } finally {
    client.removeListener("error", onError);
    client.release(broken);
  }
}

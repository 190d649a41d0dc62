import type pg from "pg";
import type { Logger } from "pino";
import { LIMITS } from "../domain/base/limits.ts";
import { answerInTime } from "../engine/loops/patience.ts";
import { restoreFault } from "../engine/recovery/lost.ts";
import type { Settings } from "../settings/settings.ts";
import { applicationRole, MIGRATIONS, migrate, pendingMigrations } from "../store/migrate.ts";
import { openPool, type PoolOptions } from "../store/pool.ts";
import { say as words } from "../words/en.ts";

/**
 * The database as the server has it. It works as the application role, which owns nothing; the owner is needed to migrate and,
 * where a clock is moved for demonstrations, for that. In production neither happens here: `countersign migrate` has run before,
 * as a job of its own.
 */
export type Opened = {
  pool: pg.Pool;
  /** Apart, so that nothing that is only looked at keeps a decision waiting. */
  reads: pg.Pool;
  /** Only beside the local Slack, where there is an owner to be had. */
  ownerUrl: string | null;
};
type Around = { log: Logger; say: (line: string) => void };
type OnStop = (stop: () => Promise<unknown>) => void;

export async function openStore(settings: Settings, around: Around, onStop: OnStop): Promise<Opened> {
  const urls = await openDatabase(settings, around, onStop);
  if (urls.ownerUrl !== null) await migrate(urls.ownerUrl, { dir: MIGRATIONS, appRole: urls.appRole });
  const open = (options: Pick<PoolOptions, "maxConnections" | "statementTimeoutMs" | "lockTimeoutMs" | "plans">) => {
    const onIdleError = (error: Error) => around.log.error({ err: error }, "an idle database connection broke");
    const pool = openPool(urls.appUrl, { ...options, applicationName: "countersign", onIdleError });
    onStop(() => pool.end());
    return pool;
  };
  const { connections, lockWait, readConnections, readWithin } = LIMITS;
  const lockTimeoutMs = lockWait.value;
  const pool = open({ maxConnections: connections.value, statementTimeoutMs: 20_000, lockTimeoutMs, plans: "by key" });
  const reads = open({ maxConnections: readConnections.value, statementTimeoutMs: readWithin.value, plans: "by need" });
  const pending = await pendingMigrations(pool, MIGRATIONS);
  if (pending.length > 0) throw new Error(words.operator.database.behind(pending));
  const restored = await restoreFault(pool);
  if (restored !== null) throw new Error(restored);
  return { pool, reads, ownerUrl: settings.slack.mode === "local" ? urls.ownerUrl : null };
}

type Urls = { ownerUrl: string | null; appUrl: string; appRole: string | null };

async function openDatabase(settings: Settings, around: Around, onStop: OnStop): Promise<Urls> {
  const { databaseUrl, migrationUrl } = settings;
  if (databaseUrl !== null) {
    const appRole = migrationUrl === null ? null : applicationRole({ appUrl: databaseUrl, ownerUrl: migrationUrl });
    return { ownerUrl: migrationUrl, appUrl: databaseUrl, appRole };
  }
  const { APP_ROLE, startEmbeddedPostgres } = await import("../local/postgres/embedded.ts");
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir, log: around.say });
  onStop(() => embedded.stop());
  return { ...embedded, appRole: APP_ROLE };
}

export async function databaseFaults(pool: pg.Pool): Promise<string[]> {
  try {
    const pending = await answerInTime(() => pendingMigrations(pool, MIGRATIONS), LIMITS.readWithin.value);
    if (pending.length > 0) return pending.map((name) => `migration ${name} is not applied: run npx countersign migrate`);
    const restored = await answerInTime(() => restoreFault(pool), LIMITS.readWithin.value);
    return restored === null ? [] : [restored];
  } catch {
    return ["the database cannot be reached: check DATABASE_URL"];
  }
}

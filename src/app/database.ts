import type pg from "pg";
import type { Logger } from "pino";
import { LIMITS } from "../domain/base/limits.ts";
import { answerInTime } from "../engine/loops/patience.ts";
import { restoreFault } from "../engine/recovery/lost.ts";
import type { Settings } from "../settings/settings.ts";
import { applicationRole, MIGRATIONS, migrate, pendingMigrations } from "../store/migrate.ts";
import { openPool, type PoolOptions, wrongSettings } from "../store/pool.ts";
import { isReadOnly } from "../store/primary.ts";
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
  if (urls.ownerUrl !== null) await migrate(urls.ownerUrl, { dir: MIGRATIONS, appRole: urls.appRole, cell: settings.cell });
  const open = (options: PoolOptions) => {
    const onIdleError = (error: Error) => around.log.error({ err: error }, "an idle database connection broke");
    const pool = openPool(urls.appUrl, { ...options, onIdleError });
    onStop(() => pool.end());
    return pool;
  };
  const { deciding, reading } = poolsFor(settings);
  const [pool, reads] = [open(deciding), open(reading)];
  const pending = await pendingMigrations(pool, MIGRATIONS);
  if (pending.length > 0) throw new Error(words.operator.database.behind(pending));
  const restored = await restoreFault(pool);
  if (restored !== null) throw new Error(restored);
  const faults = await settingFaults(pool, settings);
  if (faults.length > 0) throw new Error(faults.join(" "));
  return { pool, reads, ownerUrl: settings.slack.mode === "local" ? urls.ownerUrl : null };
}

/** Two pools share what one process may have: what is only looked at gets its part of it, and no more. */
function poolsFor({ poolMax, pooled }: Settings): Record<"deciding" | "reading", PoolOptions> {
  const { connections, readConnections, statement, lockWait, readWithin } = LIMITS;
  const forReads = Math.round((poolMax * readConnections.value) / (connections.value + readConnections.value));
  const shared = { applicationName: "countersign", pooled };
  return {
    deciding: {
      ...shared,
      maxConnections: poolMax - forReads,
      statementTimeoutMs: statement.value,
      lockTimeoutMs: lockWait.value,
      plans: "by key",
    },
    reading: { ...shared, maxConnections: forReads, statementTimeoutMs: readWithin.value, plans: "by need" },
  };
}

/** Connections that a pooler hands on do not have what was asked for, and nothing says so until it matters. */
async function settingFaults(pool: pg.Pool, settings: Settings): Promise<string[]> {
  const wrong = await wrongSettings(pool, poolsFor(settings).deciding);
  const { forRole, dropped } = words.operator.database;
  return wrong.length === 0 ? [] : [settings.pooled ? forRole(wrong) : dropped(wrong)];
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

export async function databaseFaults(pool: pg.Pool, settings: Settings): Promise<string[]> {
  const look = async () => {
    const pending = await pendingMigrations(pool, MIGRATIONS);
    if (pending.length > 0) return pending.map((name) => `migration ${name} is not applied: run npx countersign migrate`);
    const restored = await restoreFault(pool);
    return [...(restored === null ? [] : [restored]), ...(await settingFaults(pool, settings))];
  };
  try {
    return await answerInTime(look, LIMITS.readWithin.value);
  } catch (error) {
    const { noPrimary, unreachable } = words.operator.database;
    return [isReadOnly(error) ? noPrimary : unreachable];
  }
}

import type pg from "pg";
import type { Settings } from "../settings/settings.ts";
import { MIGRATIONS, migrate } from "../store/migrate.ts";
import { openPool } from "../store/pool.ts";

/**
 * The database, whoever runs it: the one in DATABASE_URL, that of a running server, or the embedded one started for this command.
 */
export type Reached = { ownerUrl: string; appUrl: string; close(): Promise<void> };

export async function reachDatabase(settings: Settings): Promise<Reached> {
  if (settings.databaseUrl !== null) {
    return { ownerUrl: settings.migrationUrl ?? settings.databaseUrl, appUrl: settings.databaseUrl, close: async () => {} };
  }
  const { APP_ROLE, connectRunningEmbedded, startEmbeddedPostgres } = await import("../local/postgres/embedded.ts");
  const running = connectRunningEmbedded(settings.dataDir);
  if (running !== null) return { ...running, close: async () => {} };
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir });
  await migrate(embedded.ownerUrl, { dir: MIGRATIONS, appRole: APP_ROLE, cell: settings.cell });
  return { ...embedded, close: () => embedded.stop() };
}

/** Runs a command with a pool of the application role, and closes everything behind it. */
export async function withPool<T>(settings: Settings, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const reached = await reachDatabase(settings);
  const pool = openPool(reached.appUrl, {
    maxConnections: 2,
    applicationName: "countersign cli",
    statementTimeoutMs: 60_000,
    plans: "by need",
    pooled: settings.pooled,
  });
  try {
    return await work(pool);
  } finally {
    await pool.end();
    await reached.close();
  }
}

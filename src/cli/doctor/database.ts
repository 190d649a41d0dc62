import type pg from "pg";
import { eachHost } from "../../domain/base/database-hosts.ts";
import { knownAgents } from "../../engine/agents.ts";
import { configurationDigest, isNews } from "../../engine/commands/accept-configuration.ts";
import { replicationNotes } from "../../engine/watching/replication.ts";
import { rightsNotes } from "../../engine/watching/rights.ts";
import { type Config, parseConfig } from "../../settings/config.ts";
import { problemInBrief } from "../../settings/problem-words.ts";
import type { Settings } from "../../settings/settings.ts";
import { findConfiguration, readConfiguration } from "../../store/configurations.ts";
import { MIGRATIONS, pendingMigrations } from "../../store/migrate.ts";
import { openPool, type PoolOptions, wrongSettings } from "../../store/pool.ts";
import { POSTGRES_MIN, readServer } from "../../store/server.ts";
import { say as words } from "../../words/en.ts";
import type { Report } from "./findings.ts";

const say = words.doctor.database;

/** The database as a start would find it; nothing is started for that. `null`: the embedded one, which does not run. */
export async function runningDatabase(settings: Settings): Promise<{ url: string; embedded: boolean } | null> {
  if (settings.databaseUrl !== null) return { url: settings.databaseUrl, embedded: false };
  const { connectRunningEmbedded } = await import("../../local/postgres/embedded.ts");
  const running = connectRunningEmbedded(settings.dataDir);
  return running === null ? null : { url: running.appUrl, embedded: true };
}

/** Without a server the embedded one needs nothing but its programs, which npm brings for some platforms. */
export async function lookAtEmbedded(report: Report): Promise<void> {
  const { packageRoot } = await import("../../local/postgres/binaries.ts");
  packageRoot();
  report.good(say.embedded);
}

export async function lookAtDatabase(
  report: Report,
  settings: Settings,
  { url, embedded }: { url: string; embedded: boolean },
): Promise<pg.Pool | null> {
  const options: PoolOptions = {
    maxConnections: 2,
    applicationName: "countersign doctor",
    statementTimeoutMs: 4000,
    plans: "by need",
    pooled: settings.pooled,
  };
  const pool = openPool(url, options);
  try {
    const where = eachHost(url)
      .map((one) => URL.parse(one)?.host || "its socket")
      .join(", ");
    const { version, role } = await readServer(pool).catch((error: unknown) => unreached(report, where, error));
    if (version < POSTGRES_MIN) report.wrong(say.old(version, POSTGRES_MIN));
    else report.good(say.reached(where, version, role));
    const wrong = await wrongSettings(pool, options);
    const { forRole, dropped } = words.operator.database;
    if (wrong.length > 0) report.wrong(settings.pooled ? forRole(wrong) : dropped(wrong));
    if (await isMigrated(report, pool, embedded || settings.migrationUrl !== null)) return pool;
  } catch (error) {
    if (error !== UNREACHED) report.wrong(rightsOr(error));
  }
  await pool.end();
  return null;
}

const UNREACHED = new Error("unreached");

/** Ends the looking, with the one line that helps. */
function unreached(report: Report, where: string, error: unknown): never {
  const { code = "", message } = error as { code?: string; message: string };
  if (code === "28P01" || code === "28000") report.wrong(say.refused(where));
  else if (code === "3D000") report.wrong(say.absent(where));
  else if (code === "25006") report.wrong(say.standby(where));
  else if (/^E[A-Z_]+$/.test(code) || /timeout/i.test(message)) report.wrong(say.nobody(where));
  else report.wrong(words.doctor.broke(where, message));
  throw UNREACHED;
}

async function isMigrated(report: Report, pool: pg.Pool, startMigrates: boolean): Promise<boolean> {
  const pending = await pendingMigrations(pool, MIGRATIONS);
  if (pending.length === 0) report.good(say.migrated);
  else if (startMigrates) report.note(say.startMigrates(pending.length));
  else report.wrong(words.operator.database.behind(pending));
  return pending.length === 0;
}

/** 42501: the role lacks a right. */
function rightsOr(error: unknown): string {
  const { code = "", message } = error as { code?: string; message: string };
  return code === "42501" ? say.fewRights(message) : words.doctor.broke(words.doctor.areas.database, message);
}

/** What the roles promise, the agents without a key, and how the file stands to what is in force. */
export async function lookInside(report: Report, settings: Settings, pool: pg.Pool, file: Config | null): Promise<void> {
  for (const line of await rightsNotes(pool, settings.slack.mode === "local")) report.note(line);
  for (const line of await replicationNotes(pool)) report.note(line);
  const known = new Set((await knownAgents(pool)).filter((agent) => agent.activeKeys > 0).map((agent) => agent.name));
  for (const name of file?.directory.agents.keys() ?? []) if (!known.has(name)) report.note(say.agentWithoutKey(name));
}

export async function lookAtStanding(
  report: Report,
  settings: Settings,
  pool: pg.Pool,
  file: { name: string; config: Config | null },
): Promise<void> {
  const stored = await readConfiguration(pool);
  const { configuration } = words.doctor;
  const kept = stored === null ? null : parseConfig(stored.text, true);
  if (stored !== null && kept?.ok === false) {
    const [problem] = kept.problems;
    report.wrong(words.operator.configuration.unreadable(stored.number, problem === undefined ? "" : problemInBrief(problem)));
  }
  const { config, name } = file;
  if (config === null) return;
  const digest = configurationDigest(config.text);
  if (stored === null) report.good(configuration.first);
  else if (digest === stored.digest) report.good(configuration.inForce(stored.number));
  else if (await isNews(pool, config, stored.digest, settings.databaseUrl === null))
    report.note(configuration.news(stored.number + 1));
  else report.note(words.operator.configuration.replaced(name, (await findConfiguration(pool, digest)) ?? 0, stored.number));
}

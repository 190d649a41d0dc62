import os from "node:os";
import type pg from "pg";
import type { Logger } from "pino";
import { LIMITS } from "../domain/base/limits.ts";
import { postLane } from "../domain/consequences/lanes.ts";
import { clearAlarm, raiseAlarm, ringAlarm } from "../engine/alarms.ts";
import { acceptConfiguration, configurationDigest, isNews } from "../engine/commands/accept-configuration.ts";
import { openPolicyBook, type PolicyBook } from "../engine/commands/policy-book.ts";
import { newDeliveryId } from "../engine/ids.ts";
import { notReady } from "../engine/loops/database-away.ts";
import { createQueues } from "../engine/loops/one-at-a-time.ts";
import type { ConfigurationInForce, EngineParts } from "../engine/parts.ts";
import { type Config, parseConfig } from "../settings/config.ts";
import { type ConfigFileWatch, watchConfigFile } from "../settings/config-file-watch.ts";
import { configPlace } from "../settings/config-place.ts";
import { type Problem, problemInBrief, problemLine } from "../settings/problem-words.ts";
import type { Settings } from "../settings/settings.ts";
import { routeWarnings } from "../settings/warnings.ts";
import { closeAlarm, openAlarm } from "../store/alarms.ts";
import { findConfiguration, readConfiguration, readNewestConfiguration } from "../store/configurations.ts";
import { oweMessage } from "../store/outbox.ts";
import { inTransaction } from "../store/pool.ts";
import { say as words } from "../words/en.ts";

/**
 * Which configuration is in force. The database says so: an accepted file gets the next number, and every replica goes by the
 * newest, whatever its own file holds. A file is news when its text was never in force; one that was replaced is only late, and
 * is told about.
 */
type Around = { log: Logger; say: (line: string) => void };
type Parts = Pick<EngineParts, "pool" | "directory" | "log">;
type InForce = { number: number; digest: string; config: Config };
/** How this replica's own file stands to what is in force. */
type Standing = { kind: "in_force" } | { kind: "replaced"; was: number } | { kind: "bad"; problem: string };

export type Configuration = ConfigurationInForce & {
  current(): Config;
  policies: PolicyBook;
  /** Takes what is newest, then looks at the file: news is put in force everywhere, the rest is told. */
  look(parts: Parts): Promise<void>;
  /** What keeps this replica from being ready, and what is only worth knowing. */
  faults(): string[];
  notes(): string[];
};

const say = words.operator.configuration;
const BAD = "configuration";
/** A roll-out reaches the replicas one after the other: as long as that may take, a difference is nothing to ring for. */
const ROLLED_OUT_S = 120;

type State = {
  pool: pg.Pool;
  file: string;
  /** Says what the file may say and hardly means, and what of it has no settings here. */
  warn: (config: Config) => void;
  watch: ConfigFileWatch;
  /** Nobody else runs on an embedded database: whatever its file says is an edit. */
  alone: boolean;
  policies: PolicyBook;
  inForce: InForce;
  standing: Standing;
  /** The newest one, when this version cannot read it. */
  unreadable: { number: number; problem: string } | null;
};

export async function openConfiguration(settings: Settings, pool: pg.Pool, around: Around): Promise<Configuration> {
  const { file, example } = configPlace(settings);
  const warn = (config: Config): void => {
    for (const warning of config.warnings) around.say(words.cli.config.warning(problemLine(file, warning)));
    // The example that is shipped shows every way to page; a laptop has none of them.
    if (!example) for (const line of routeWarnings(config, settings)) around.say(words.cli.config.warning(line));
  };
  const watch = watchConfigFile(file);
  const alone = settings.databaseUrl === null;
  const { read } = watch.look();
  if (!read.ok) for (const problem of read.problems) around.say(problemLine(file, problem));
  if (read.ok) warn(read.config);
  const inForce = await firstInForce(pool, read.ok ? read.config : null, alone);
  if (inForce === null) throw new Error(say.noneYet(file));
  const policies = await openPolicyBook(pool, inForce.config.policy);
  const state: State = { pool, file, warn, watch, alone, policies, inForce, standing: { kind: "in_force" }, unreadable: null };
  // It may have been mended while nobody ran.
  if (read.ok) await tellItIsGood(pool, inForce.config);
  const inTurn = createQueues(LIMITS.configurationReads.value);
  return {
    current: () => state.inForce.config,
    number: () => state.inForce.number,
    policies,
    look: (parts) => inTurn("", () => look(state, parts, around)),
    async catchUp(number) {
      return inTurn("", async () => {
        if (state.inForce.number === number) await takeNewest(state, around);
        if (state.unreadable !== null) throw notReady(say.unreadable(state.unreadable.number, state.unreadable.problem));
        return state.inForce.number !== number;
      });
    },
    faults: () => (state.unreadable === null ? [] : [say.unreadable(state.unreadable.number, state.unreadable.problem)]),
    notes: () => notesOf(state),
  };
}

function notesOf({ standing, file, inForce }: State): string[] {
  switch (standing.kind) {
    case "in_force":
      return [];
    case "bad":
      return [say.badFile(file, standing.problem, inForce.number)];
    case "replaced":
      return [say.replaced(file, standing.was, inForce.number)];
    default:
      return standing satisfies never;
  }
}

/** The file if it is news, else what the database holds; null where there is neither. */
async function firstInForce(pool: pg.Pool, file: Config | null, alone: boolean): Promise<InForce | null> {
  const stored = await readConfiguration(pool);
  const kept = stored === null ? null : parseConfig(stored.text, true);
  const keptConfig = kept?.ok === true ? kept.config : null;
  if (file !== null && (await isNews(pool, file, stored?.digest ?? null, alone))) {
    const number = await acceptConfiguration(
      pool,
      file,
      stored === null ? null : { number: stored.number, is: keptConfig },
      null,
    );
    return number === null ? firstInForce(pool, file, alone) : { number, digest: configurationDigest(file.text), config: file };
  }
  if (stored === null) return null;
  if (keptConfig !== null) return { number: stored.number, digest: stored.digest, config: keptConfig };
  throw new Error(say.unreadable(stored.number, kept?.ok === false ? firstProblem(kept.problems) : ""));
}

const firstProblem = ([first]: readonly Problem[]): string => (first === undefined ? "" : problemInBrief(first));

/**
 * Puts what is newest in the database in force here, all at once: a policy never stands beside the people of another
 * configuration.
 */
async function takeNewest(state: State, { log }: Around): Promise<void> {
  const newest = await readNewestConfiguration(state.pool, ROLLED_OUT_S);
  if (newest === null || (newest.number === state.inForce.number && newest.digest === state.inForce.digest)) return;
  const stored = await readConfiguration(state.pool);
  if (stored === null) return;
  const read = parseConfig(stored.text, true);
  if (!read.ok) {
    state.unreadable = { number: stored.number, problem: firstProblem(read.problems) };
    return;
  }
  await enforce(state, { number: stored.number, digest: stored.digest, config: read.config }, log);
}

async function enforce(state: State, next: InForce, log: Logger): Promise<void> {
  await state.policies.keep(next.config.policy);
  state.policies.enforce(next.config.policy);
  state.inForce = next;
  state.unreadable = null;
  log.info({ configuration: next.number, policy: next.config.policy.version }, "a new configuration is in force");
}

async function look(state: State, parts: Parts, around: Around): Promise<void> {
  await takeNewest(state, around);
  const { read, changed } = state.watch.look();
  if (!read.ok) {
    if (changed) await tellItIsBad(state, read.problems, parts, around);
    state.standing = { kind: "bad", problem: firstProblem(read.problems) };
  } else if (configurationDigest(read.config.text) === state.inForce.digest) {
    if (changed) await tellItIsGood(state.pool, state.inForce.config);
    await nowInForce(state, parts);
  } else if (await isNews(state.pool, read.config, state.inForce.digest, state.alone)) {
    await putInForce(state, read.config, around);
    await tellItIsGood(state.pool, state.inForce.config);
    await nowInForce(state, parts);
  } else {
    await tellItWasReplaced(state, read.config, parts);
  }
  state.watch.seen();
}

/**
 * Accepted first, in force here after that. When another replica was quicker with the same edit, or another one, that is looked
 * at first.
 */
async function putInForce(state: State, config: Config, around: Around): Promise<void> {
  const { number, config: is } = state.inForce;
  state.warn(config);
  const accepted = await acceptConfiguration(state.pool, config, { number, is }, null);
  if (accepted !== null)
    return enforce(state, { number: accepted, digest: configurationDigest(config.text), config }, around.log);
  await takeNewest(state, around);
  if (await isNews(state.pool, config, state.inForce.digest, state.alone)) await putInForce(state, config, around);
}

async function nowInForce(state: State, parts: Parts): Promise<void> {
  if (state.standing.kind === "replaced") await clearAlarm(parts, "configuration_replaced");
  state.standing = { kind: "in_force" };
}

async function tellItWasReplaced(state: State, config: Config, parts: Parts): Promise<void> {
  const was = (await findConfiguration(state.pool, configurationDigest(config.text))) ?? 0;
  state.standing = { kind: "replaced", was };
  const newest = await readNewestConfiguration(state.pool, ROLLED_OUT_S);
  if (newest?.settled !== true) return;
  const { file } = state;
  await ringAlarm(parts, { kind: "configuration_replaced", host: os.hostname(), file, was, newest: newest.number });
}

/** A bad edit leaves the last good one in force, with an alarm. */
async function tellItIsBad(state: State, problems: readonly Problem[], parts: Parts, around: Around): Promise<void> {
  const problem = firstProblem(problems);
  around.say(say.notUsable(problem));
  await openAlarm(state.pool, BAD, 0);
  await raiseAlarm(parts, { kind: BAD, problem });
}

/** After an alarm about it somebody waits for this line; of several replicas one says it. */
async function tellItIsGood(pool: pg.Pool, { directory, policy }: Config): Promise<void> {
  const channel = directory.alarmsChannel;
  const text = say.inForce(policy.version.slice(7, 19));
  await inTransaction(pool, async (tx) => {
    if ((await closeAlarm(tx, BAD)) && channel !== null)
      await oweMessage(tx, postLane(channel), { channel, text }, newDeliveryId());
  });
}

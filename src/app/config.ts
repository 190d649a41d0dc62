import type pg from "pg";
import type { Logger } from "pino";
import { postLane } from "../domain/consequences/effects.ts";
import { directoryChanges } from "../domain/people/directory-change.ts";
import { appendToStream } from "../engine/agents.ts";
import { raiseAlarm } from "../engine/alarms.ts";
import type { PolicyBook } from "../engine/commands/policy-book.ts";
import { newDeliveryId } from "../engine/ids.ts";
import type { EngineParts } from "../engine/parts.ts";
import { type Config, parseConfig } from "../settings/config.ts";
import { type ConfigHandle, openConfig } from "../settings/config-handle.ts";
import { configPlace } from "../settings/config-place.ts";
import { problemInBrief, problemLine } from "../settings/problem-words.ts";
import type { Settings } from "../settings/settings.ts";
import { closeAlarm, openAlarm } from "../store/alarms.ts";
import { readHead } from "../store/audit.ts";
import { oweMessage } from "../store/outbox.ts";
import { readGoodConfig, saveGoodConfig, takeGoodConfig } from "../store/policies.ts";
import { inTransaction } from "../store/pool.ts";

/** Which configuration is in force: at the start, and after each edit of the file. */
type Around = { log: Logger; say: (line: string) => void };

/** The file if it is good, else the last good one, else no start. */
export async function openConfiguration(settings: Settings, pool: pg.Pool, around: Around): Promise<ConfigHandle> {
  const { file } = configPlace(settings);
  const opened = openConfig(file, await readGoodConfig(pool));
  for (const problem of opened.problems) around.say(problemLine(file, problem));
  if (opened.handle === null)
    throw new Error(
      `${file} is not usable and no good configuration is stored yet; mend the lines above (npx countersign config check)`,
    );
  // It may have been mended while nobody ran.
  if (opened.problems.length === 0) await tellItIsGood(pool, opened.handle.current());
  return opened.handle;
}

/**
 * Keeps a configuration as the last good one. A policy that was not in force before goes into the audit stream `policy`, and whatever changed about who may
 * decide into `reviewers`; of several replicas that read the same edit one writes it down.
 */
export async function acceptConfig(pool: pg.Pool, config: Config): Promise<void> {
  const { version } = config.policy;
  await inTransaction(pool, async (tx) => {
    const before = await takeGoodConfig(tx);
    const begun = (await readHead(tx, "reviewers")).seq > 0;
    if (before === config.text && begun) return;
    const parsed = before === null ? null : parseConfig(before, true);
    const known = parsed?.ok === true ? parsed.config : null;
    await saveGoodConfig(tx, config.text, version);
    if (known?.policy.version !== version)
      await appendToStream(tx, "policy", { event: "policy_adopted", policy_version: version });
    const changes = directoryChanges(begun ? (known?.directory ?? null) : null, config.directory);
    if (changes.length > 0) await appendToStream(tx, "reviewers", { event: "directory_changed", changes });
  });
}

type Parts = Pick<EngineParts, "pool" | "directory" | "log">;

const ALARM = "configuration";

/** A bad edit leaves the last good one in force, with an alarm; a good one is stored before it is used. */
export async function reload(config: ConfigHandle, policies: PolicyBook, parts: Parts, around: Around): Promise<void> {
  const outcome = config.readAgain();
  if (outcome.kind === "unchanged") return;
  if (outcome.kind === "bad") {
    const [first] = outcome.problems;
    const what = first === undefined ? "" : ` (${problemInBrief(first)})`;
    const text = `The configuration is not usable${what}; the last good one stays in force.`;
    around.say(text);
    await openAlarm(parts.pool, ALARM, 0);
    await raiseAlarm(parts, text, ALARM);
    config.refuse(outcome.problems);
    return;
  }
  // Stored first, in force last and all at once: a policy never stands beside the people of another configuration.
  await policies.keep(outcome.config.policy);
  await acceptConfig(parts.pool, outcome.config);
  await tellItIsGood(parts.pool, outcome.config);
  policies.enforce(outcome.config.policy);
  config.accept(outcome.config);
  around.log.info({ policy: outcome.config.policy.version }, "a new configuration is in force");
}

/** After an alarm about it somebody waits for this line; of several replicas one says it. */
async function tellItIsGood(pool: pg.Pool, { directory, policy }: Config): Promise<void> {
  const channel = directory.alarmsChannel;
  const text = `✓ The configuration is usable again and in force (policy ${policy.version.slice(7, 19)}).`;
  await inTransaction(pool, async (tx) => {
    if ((await closeAlarm(tx, ALARM)) && channel !== null)
      await oweMessage(tx, postLane(channel), { channel, text }, newDeliveryId());
  });
}

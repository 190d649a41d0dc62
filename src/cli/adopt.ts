import { acceptConfiguration, configurationDigest } from "../engine/commands/accept-configuration.ts";
import { parseConfig, readConfigFile } from "../settings/config.ts";
import { configPlace } from "../settings/config-place.ts";
import { problemLine } from "../settings/problem-words.ts";
import { readConfiguration } from "../store/configurations.ts";
import { say as words } from "../words/en.ts";
import { withPool } from "./database.ts";
import { type Cli, CliError } from "./output.ts";
import { whoRunsThis } from "./who.ts";

const text = words.operator.configuration;

/**
 * `config adopt [FILE]`: puts a configuration in force on every replica, also one that was in force before and is no news to
 * them.
 */
export async function adoptConfiguration({ args: [, given], settings, say }: Cli): Promise<void> {
  const file = given ?? configPlace(settings).file;
  const read = given === undefined ? readConfigFile(file) : readConfigFile(file, words.cli.config.checkName);
  if (!read.ok) throw new CliError(read.problems.map((problem) => problemLine(file, problem)).join("\n"));
  await withPool(settings, async (pool) => {
    const newest = await readConfiguration(pool);
    if (newest !== null && newest.digest === configurationDigest(read.config.text))
      return say(text.alreadyInForce(file, newest.number));
    const kept = newest === null ? null : parseConfig(newest.text, true);
    const before = newest === null ? null : { number: newest.number, is: kept?.ok === true ? kept.config : null };
    const number = await acceptConfiguration(pool, read.config, before, whoRunsThis());
    if (number === null) throw new CliError(text.overtaken);
    say(text.adopted(file, number));
  });
}

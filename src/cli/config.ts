import { readConfigFile } from "../settings/config.ts";
import { configPlace } from "../settings/config-place.ts";
import { problemLine } from "../settings/problem-words.ts";
import { routeWarnings } from "../settings/warnings.ts";
import { heldBy } from "../words/en/doctor.ts";
import { adoptConfiguration } from "./adopt.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError } from "./output.ts";

/**
 * `config check|adopt [FILE]`. Check: every fault with its line, its column and the mend; without FILE, what a start would use.
 * Needs no database.
 */
export async function configCommand(cli: Cli): Promise<void> {
  const { args, settings, say } = cli;
  const [verb = "", given] = args;
  if (verb === "adopt") return adoptConfiguration(cli);
  if (verb !== "check") throw noSuchCommand(verb, "config");
  const place = given === undefined ? configPlace(settings) : { file: given, example: false };
  const read = given === undefined ? readConfigFile(place.file) : readConfigFile(given, "check its name");
  if (!read.ok) throw new CliError(read.problems.map((problem) => problemLine(place.file, problem)).join("\n"));
  const { directory, policy } = read.config;
  const types = Object.keys(policy.source.action_types).length;
  if (place.example) say(`There is no ${settings.configPath}, so the local Slack uses the example that is shipped.`);
  const holds = heldBy(directory.reviewers.size, directory.queues.size, types, policy.rules.length);
  say(`${place.file} is good: ${holds}.\nPolicy version ${policy.version}`);
  for (const warning of read.config.warnings) say(`warning: ${problemLine(place.file, warning)}`);
  for (const line of routeWarnings(read.config, settings)) say(`warning: ${line}`);
}

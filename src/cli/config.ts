import { readConfigFile } from "../settings/config.ts";
import { configPlace } from "../settings/config-place.ts";
import { problemLine } from "../settings/problem-words.ts";
import { routeWarnings } from "../settings/warnings.ts";
import { heldBy } from "../words/en/doctor.ts";
import { say as words } from "../words/en.ts";
import { adoptConfiguration } from "./adopt.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError } from "./output.ts";

const text = words.cli.config;

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
  const read = given === undefined ? readConfigFile(place.file) : readConfigFile(given, text.checkName);
  if (!read.ok) throw new CliError(read.problems.map((problem) => problemLine(place.file, problem)).join("\n"));
  const { directory, policy } = read.config;
  const types = Object.keys(policy.source.action_types).length;
  if (place.example) say(text.usesExample(settings.configPath));
  const holds = heldBy(directory.reviewers.size, directory.queues.size, types, policy.rules.length);
  say(text.good(place.file, holds, policy.version));
  for (const warning of read.config.warnings) say(text.warning(problemLine(place.file, warning)));
  for (const line of routeWarnings(read.config, settings)) say(text.warning(line));
}

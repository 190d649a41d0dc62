import { readConfigFile } from "../settings/config.ts";
import { type Cli, CliError } from "./output.ts";

/** `config check [FILE]`: every fault with its line, its column and the mend. Needs no database. */
export async function configCommand({ args, settings, say }: Cli): Promise<void> {
  const [verb, file = settings.configPath] = args;
  if (verb !== "check") throw new CliError("Use: countersign config check [FILE]");
  const read = readConfigFile(file);
  if (read.ok) {
    const { directory, policy } = read.config;
    const types = Object.keys(policy.source.action_types).length;
    say(
      `${file} is good: ${directory.reviewers.size} reviewers, ${directory.queues.size} queues, ${types} action types, ${policy.rules.length} rules.\nPolicy version ${policy.version}`,
    );
    return;
  }
  throw new CliError(
    read.problems.map(({ line, column, path, message }) => `${file}:${line}:${column} ${path}: ${message}`).join("\n"),
  );
}

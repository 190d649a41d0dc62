import { type Environment, readSettings } from "../settings/settings.ts";
import { say as words } from "../words/en.ts";
import { agentsCommand } from "./agents.ts";
import { auditCommand } from "./audit.ts";
import { configCommand } from "./config.ts";
import { deliveriesCommand } from "./deliveries.ts";
import { doctorCommand } from "./doctor.ts";
import { type CommandName, helpFor, noSuchCommand, overview } from "./help.ts";
import { initCommand } from "./init.ts";
import { migrateCommand } from "./migrate.ts";
import { type Cli, CliError } from "./output.ts";
import { recoverCommand } from "./recover.ts";

/** `npx countersign …`: what admins do from a shell. Works beside a running server, also on the embedded database. */
type Run = (args: readonly string[], env: Environment, say: Cli["say"]) => Promise<void>;

/** With the settings a start would have, or the first fault in them. */
const withSettings =
  (command: (cli: Cli) => Promise<void>, needed = { slack: true }): Run =>
  async (args, env, say) => {
    const read = readSettings(env, needed);
    if (!read.ok) throw new CliError(read.line);
    await command({ args, settings: read.settings, say });
  };

const COMMANDS = {
  // It has to say what is wrong with settings that nothing else could run with.
  doctor: doctorCommand,
  agents: withSettings(agentsCommand),
  init: withSettings(initCommand),
  config: withSettings(configCommand),
  // A job that migrates has the owner of the database, and no business with Slack.
  migrate: withSettings(migrateCommand, { slack: false }),
  // Where Slack is not set up, its cards are not looked for.
  recover: withSettings(recoverCommand, { slack: false }),
  deliveries: withSettings(deliveriesCommand),
  audit: withSettings(auditCommand),
} satisfies Record<CommandName, Run>;

/** One command line: what it prints goes to `say`; 0, or 1 and the reason in a sentence. */
export async function runCommand(line: readonly string[], env: Environment, say: Cli["say"]): Promise<0 | 1> {
  try {
    await run(line, env, say);
    return 0;
  } catch (error) {
    say(reasonOf(error, line[0] ?? ""), "fault");
    return 1;
  }
}

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";

async function run(line: readonly string[], env: Environment, say: Cli["say"]): Promise<void> {
  const asked = line[0] === "help" || line.some(isHelp);
  const [name, ...args] = line.filter((arg, at) => !isHelp(arg) && !(at === 0 && arg === "help"));
  if (name === undefined) return say(overview());
  const command: Run | undefined = Object.hasOwn(COMMANDS, name) ? COMMANDS[name as CommandName] : undefined;
  if (command === undefined) throw noSuchCommand(name);
  if (asked) return say(helpFor(name, args[0]) ?? overview());
  await command(args, env, say);
}

/** What Node says of an option it does not know holds advice about quoting that helps nobody. */
function reasonOf(error: unknown, command: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!code.startsWith("ERR_PARSE_ARGS")) return error.message;
  const [first = ""] = error.message.split(/\. |\n/);
  return words.help.badOption(first.replace(/\.$/, ""), command);
}

import { type Environment, readSettings } from "../settings/settings.ts";
import { agentsCommand } from "./agents.ts";
import { auditCommand } from "./audit.ts";
import { configCommand } from "./config.ts";
import { deliveriesCommand } from "./deliveries.ts";
import { initCommand } from "./init.ts";
import { migrateCommand } from "./migrate.ts";
import { type Cli, CliError } from "./output.ts";

/** `npx countersign …`: what admins do from a shell. Works beside a running server, also on the embedded database. */
const HELP = `countersign – agents ask, people decide

  agents add NAME [--owner U…] [--environment E] [--scope escalations,evaluate]   make an agent; its key is shown once
  agents list
  agents rotate NAME [--now]          a second key; with --now all older keys and secrets end at once (a key was stolen)
  agents revoke NAME                  end it for good: its keys, its callbacks, and what it has waiting
  init [FILE] [--for support|health|finance|security|engineering|hr]   write a first configuration
  config check [FILE]                 check a configuration before it goes live
  config adopt [FILE]                 put it in force everywhere, also one that was in force before
  migrate                             apply what the database lacks
  deliveries [list | resend ID]       what is owed, uncertain or dead, and sending it again
  audit verify [FILE]                 check the whole log, or an export without database or network
  audit search [FILTERS]              who decided what: --agent --person --type --outcome --since --until
  audit export [FILE] [FILTERS]       write the log, or what the filters find, as JSON lines

Settings come from the environment, as for npm start; see .env.example.
`;

const COMMANDS: Record<string, (cli: Cli) => Promise<void>> = {
  agents: agentsCommand,
  init: initCommand,
  config: configCommand,
  migrate: migrateCommand,
  deliveries: deliveriesCommand,
  audit: auditCommand,
};

/** One command line: what it prints goes to `say`; 0, or 1 and the reason in a sentence. */
export async function runCommand(line: readonly string[], env: Environment, say: Cli["say"]): Promise<0 | 1> {
  try {
    await run(line, env, say);
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "fault");
    return 1;
  }
}

async function run([name = "help", ...args]: readonly string[], env: Environment, say: Cli["say"]): Promise<void> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name === "help" || name === "--help" || name === "-h" || args.includes("--help")) return say(HELP);
  if (command === undefined) throw new CliError(`There is no command ${name}.\n\n${HELP}`);
  // A job that migrates has the owner of the database, and no business with Slack.
  const read = readSettings(env, { slack: name !== "migrate" });
  if (!read.ok) throw new CliError(read.line);
  await command({ args, settings: read.settings, say });
}

import { parseArgs } from "node:util";
import { addAgent, type IssuedKey, knownAgents, revokeAgentByName, rotateAgent } from "../engine/agents.ts";
import { withPool } from "./database.ts";
import { type Cli, CliError, table } from "./output.ts";

/** `agents add|list|rotate|revoke`. */
const SCOPES = ["escalations", "evaluate", "feedback"] as const;

export async function agentsCommand({ args, settings, say }: Cli): Promise<void> {
  const options = {
    owner: { type: "string" },
    environment: { type: "string" },
    scope: { type: "string", multiple: true },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [verb = "list", name] = positionals;
  if (verb === "list") return withPool(settings, async (pool) => say(listed(await knownAgents(pool))));
  if (name === undefined) throw new CliError(`Which agent? countersign agents ${verb} NAME`);
  switch (verb) {
    case "add": {
      if (!/^[a-z0-9][a-z0-9_-]{0,59}$/.test(name))
        throw new CliError("An agent's name has small letters, digits, - and _, and starts with a letter or digit.");
      if (values.owner !== undefined && !/^[UW][A-Z0-9]+$/.test(values.owner))
        throw new CliError("--owner takes a Slack user id, such as U0123456.");
      const wish = { name, owner: values.owner ?? null, environment: values.environment ?? null, scopes: scopesOf(values.scope) };
      return withPool(settings, async (pool) => issued(await addAgent(pool, wish), say));
    }
    case "rotate":
      return withPool(settings, async (pool) => issued(await rotateAgent(pool, name), say));
    case "revoke":
      return withPool(settings, async (pool) => {
        const done = await revokeAgentByName(pool, name);
        if ("refused" in done) throw new CliError(done.refused);
        say(`${name} is revoked: its keys no longer work.`);
      });
    default:
      throw new CliError(`There is no agents ${verb}; use add, list, rotate or revoke.`);
  }
}

function scopesOf(given: string[] | undefined): (typeof SCOPES)[number][] {
  const names = (given ?? ["escalations", "evaluate"]).flatMap((one) => one.split(","));
  return names.map((name) => {
    const scope = SCOPES.find((one) => one === name);
    if (scope === undefined) throw new CliError(`There is no scope ${name}; use ${SCOPES.join(", ")}.`);
    return scope;
  });
}

function issued(result: IssuedKey | { refused: string }, say: Cli["say"]): void {
  if ("refused" in result) throw new CliError(result.refused);
  say(
    `${result.name}\n  key              ${result.key}\n  callback secret  ${result.callbackSecret}\nKeep both now: they are not shown again.`,
  );
}

function listed(agents: Awaited<ReturnType<typeof knownAgents>>): string {
  if (agents.length === 0) return "No agents yet. Make one: countersign agents add NAME";
  const rows = agents.map((agent) => [
    agent.name,
    agent.owner ?? "–",
    agent.environment ?? "–",
    agent.scopes.join(","),
    agent.revokedAt === null ? `${agent.activeKeys} active` : "revoked",
    agent.createdAt.toISOString().slice(0, 10),
  ]);
  return table([["NAME", "OWNER", "ENVIRONMENT", "SCOPES", "KEYS", "SINCE"], ...rows]);
}

import { parseArgs } from "node:util";
import type pg from "pg";
import type { Directory } from "../domain/people/directory.ts";
import { addAgent, type IssuedKey, knownAgents, type NewAgentWish, revokeAgentByName, rotateAgent } from "../engine/agents.ts";
import { say as words } from "../words/en.ts";
import { directoryInForce } from "./config-in-force.ts";
import { withPool } from "./database.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError, table } from "./output.ts";
import { whoRunsThis } from "./who.ts";

const text = words.cli.agents;

/** `agents add|list|rotate|revoke`. */
const SCOPES = ["escalations", "evaluate", "feedback", "oversight"] as const;

export async function agentsCommand({ args, settings, say }: Cli): Promise<void> {
  const options = {
    owner: { type: "string" },
    environment: { type: "string" },
    scope: { type: "string", multiple: true },
    now: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [verb = "list", name] = positionals;
  if (verb === "list")
    return withPool(settings, async (pool) => say(listed(await knownAgents(pool), await directoryInForce(pool, settings))));
  if (!["add", "rotate", "revoke"].includes(verb)) throw noSuchCommand(verb, "agents");
  if (name === undefined) throw new CliError(text.which(verb));
  const by = { by: whoRunsThis(), cell: settings.cell };
  switch (verb) {
    case "add": {
      if (!/^[a-z0-9][a-z0-9_-]{0,59}$/.test(name)) throw new CliError(text.badName);
      if (values.owner !== undefined && !/^[UW][A-Z0-9]+$/.test(values.owner)) throw new CliError(text.badOwner);
      const wish = { name, owner: values.owner ?? null, environment: values.environment ?? null, scopes: scopesOf(values.scope) };
      return withPool(settings, async (pool) => issued(await add(pool, wish, by), say));
    }
    case "rotate":
      return withPool(settings, async (pool) =>
        issued(await rotateAgent(pool, name, { ...by, atOnce: values.now === true }), say),
      );
    case "revoke":
      return withPool(settings, async (pool) => {
        const done = await revokeAgentByName(pool, name, by.by);
        if ("refused" in done) throw new CliError(done.refused);
        say(words.operator.agents.revoked(name));
      });
    default:
      throw noSuchCommand(verb, "agents");
  }
}

/** A name is never given twice, also not after it was revoked: the log would speak of two agents as of one. */
async function add(pool: pg.Pool, wish: NewAgentWish, by: { by: string; cell: string }): Promise<IssuedKey> {
  const added = await addAgent(pool, wish, by);
  if (!("refused" in added)) return added;
  const known = (await knownAgents(pool)).find((agent) => agent.name === wish.name);
  throw new CliError(known?.revokedAt === null ? text.nameTaken(wish.name) : text.nameRevoked(wish.name));
}

function scopesOf(given: string[] | undefined): (typeof SCOPES)[number][] {
  const names = (given ?? ["escalations", "evaluate"]).flatMap((one) => one.split(","));
  return names.map((name) => {
    const scope = SCOPES.find((one) => one === name);
    if (scope === undefined) throw new CliError(text.noScope(name, SCOPES));
    return scope;
  });
}

function issued(result: IssuedKey | { refused: string }, say: Cli["say"]): void {
  if ("refused" in result) throw new CliError(result.refused);
  say(text.issued(result.name, result.key, result.callbackSecret));
}

/** What counts, and where it comes from: the configuration goes before what `agents add` was given. */
function listed(agents: Awaited<ReturnType<typeof knownAgents>>, directory: Directory | null): string {
  if (agents.length === 0) return text.none;
  const rows = agents.map((agent) => {
    const configured = directory?.agents.get(agent.name);
    const said = (name: "owner" | "environment") =>
      sourced([configured?.[name] ?? null, "configuration"], [agent[name], "agents add"]);
    return [
      agent.name,
      // Neither owner may decide for the agent, so both are shown.
      said("owner").join(", ") || "–",
      said("environment")[0] ?? "–",
      agent.scopes.join(","),
      agent.revokedAt === null ? text.active(agent.activeKeys) : text.revoked,
      agent.createdAt.toISOString().slice(0, 10),
    ];
  });
  return table([text.columns, ...rows]);
}

/** "U0PRIYA (configuration)"; the same value from a second place is not said again. */
function sourced(...given: [value: string | null, from: string][]): string[] {
  const said = given.flatMap(([value, from]) => (value === null ? [] : [{ value, from }]));
  return said
    .filter((one, index) => said.findIndex(({ value }) => value === one.value) === index)
    .map(({ value, from }) => `${value} (${from})`);
}

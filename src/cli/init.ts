import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Settings } from "../settings/settings.ts";
import { createSlackApi } from "../slack/api/client.ts";
import { say as words } from "../words/en.ts";
import { type Cli, CliError } from "./output.ts";

const text = words.cli.init;

/**
 * `init [FILE] [--for FIELD]`: writes a first configuration; with a bot token the channels and people to choose from stand at its
 * end.
 */
export const TEMPLATES = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "templates");
const MINIMAL = "minimal";
const CHOICES_MAX = 200;

export async function initCommand({ args, settings, say }: Cli): Promise<void> {
  const { positionals, values } = parseArgs({ args: [...args], options: { for: { type: "string" } }, allowPositionals: true });
  const fields = readdirSync(TEMPLATES).map((name) => name.replace(/\.yaml$/, ""));
  const field = values.for ?? MINIMAL;
  if (!fields.includes(field))
    throw new CliError(
      text.noTemplate(
        field,
        fields.filter((one) => one !== MINIMAL),
      ),
    );
  const file = positionals[0] ?? settings.configPath;
  if (existsSync(file)) throw new CliError(text.thereAlready(file));
  const choices = await choicesIn(settings);
  writeFileSync(file, `${readFileSync(path.join(TEMPLATES, `${field}.yaml`), "utf8")}${choices}`, { flag: "wx" });
  say(text.wrote(file, choices !== ""));
}

/** What the workspace has to offer, as comments; nothing without a bot token. */
async function choicesIn({ slack }: Settings): Promise<string> {
  if (slack.mode === "local") return "";
  const { outbox } = createSlackApi(slack);
  try {
    const { channels = [] } = await outbox.conversations.list({
      types: "public_channel,private_channel",
      exclude_archived: true,
      limit: CHOICES_MAX,
    });
    const { members = [] } = await outbox.users.list({ limit: CHOICES_MAX });
    const people = members.filter((one) => one.deleted !== true && one.is_bot !== true && one.is_restricted !== true);
    const line = (id: string | undefined, name: string | undefined) => `#   ${id}  ${inOneLine(name)}`;
    return ["", `# ${text.channels}`, ...channels.map((one) => line(one.id, `#${one.name}`)), `# ${text.people}`]
      .concat(people.map((one) => line(one.id, one.real_name ?? one.name)))
      .join("\n")
      .concat("\n");
  } catch (error) {
    throw new CliError(text.noChoices(error instanceof Error ? error.message : null));
  }
}

/** A name that somebody chose stays inside its comment. */
const inOneLine = (name = "") => name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ");

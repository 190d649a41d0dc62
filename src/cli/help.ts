import { nearest } from "../settings/nearest.ts";
import { say as words } from "../words/en.ts";
import { CliError } from "./output.ts";

/** What `--help` prints, and what is said to a command that is not there; both from the one list of words. */
const { help } = words;
type Path = keyof typeof help.commands;
/** The first word of each command. */
export type CommandName = Path extends infer P ? (P extends `${infer Name} ${string}` ? Name : P) : never;
type Help = { usage: string; does: string; options: readonly (readonly [string, string])[]; example: string; exits?: string };
const COMMANDS: [path: string, is: Help][] = Object.entries(help.commands);

/** All commands, each in a line. */
export function overview(): string {
  return [help.title, listed(COMMANDS), help.more, help.settings].join("\n\n");
}

/** Help for `agents add`, or for all of `agents`; `null`: there is no such command. */
export function helpFor(name: string, verb: string | undefined): string | null {
  const one = COMMANDS.find(([path]) => path === name || path === `${name} ${verb}`);
  if (one !== undefined) return page(one[1]);
  const own = COMMANDS.filter(([path]) => path.startsWith(`${name} `));
  if (own.length === 0) return null;
  const { usage, verbs, example, exits } = help.sections;
  const [, first] = own[0] ?? [];
  return [
    section(usage, `npx countersign ${name} COMMAND`),
    `${verbs}\n${listed(own)}`,
    section(example, first?.example ?? ""),
    section(exits, help.exits),
  ].join("\n\n");
}

function page({ usage, does, options, example, exits = help.exits }: Help): string {
  const { sections } = help;
  const width = Math.max(0, ...options.map(([option]) => option.length));
  const told = options.map(([option, text]) => `${option.padEnd(width)}  ${text}`).join("\n  ");
  return [
    section(sections.usage, `npx countersign ${usage}`),
    `${does[0]?.toUpperCase()}${does.slice(1)}.`,
    ...(options.length === 0 ? [] : [section(sections.options, told)]),
    section(sections.example, example),
    section(sections.exits, exits),
  ].join("\n\n");
}

const section = (title: string, text: string): string => `${title}\n  ${text}`;

function listed(commands: readonly [path: string, is: Help][]): string {
  return commands.map(([, { usage, does }]) => `  ${usage}\n      ${does}`).join("\n");
}

/** `nonsense`, or `agents nonsense`, with what was probably meant. */
export function noSuchCommand(given: string, name?: string): CliError {
  const names = COMMANDS.map(([path]) => path.split(" "));
  const known = name === undefined ? names.map(([first = ""]) => first) : names.flatMap(([a, b = ""]) => (a === name ? [b] : []));
  const all = name === undefined ? "countersign" : `countersign ${name}`;
  if (given === "")
    return new CliError(
      help.incomplete(
        names.filter(([a]) => a === name).map((path) => path.join(" ")),
        all,
      ),
    );
  const meant = nearest(given, [...new Set(known)]);
  const before = name === undefined ? "" : `${name} `;
  return new CliError(help.unknown(`${before}${given}`, meant === null ? null : `${before}${meant}`, all));
}

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type AuditFault, type StoredEntry, verifyStream } from "../domain/consequences/audit.ts";
import { allEntries, entriesOf, findEscalations, verifyAll } from "../engine/reading/audit.ts";
import type { AuditFound, AuditSearch } from "../store/audit-search.ts";
import { withPool } from "./database.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError, table } from "./output.ts";

/** `audit verify`, `audit search` and `audit export`. Verifying an export needs neither database nor network. */
const OPTIONS = {
  agent: { type: "string" },
  person: { type: "string" },
  type: { type: "string" },
  outcome: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
} as const;

export async function auditCommand(cli: Cli): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...cli.args], options: OPTIONS, allowPositionals: true });
  const [verb = "", file] = positionals;
  const search = searchOf(values);
  if (verb === "verify") return file === undefined ? verifyDatabase(cli) : verifyFile(file, cli.say);
  if (verb === "search") return show(cli, search);
  if (verb === "export") return exportTo(cli, file ?? "countersign-audit.jsonl", Object.keys(values).length > 0 ? search : null);
  throw noSuchCommand(verb, "audit");
}

type Given = Partial<Record<keyof typeof OPTIONS, string>>;

function searchOf({ agent, person, type, outcome, since, until }: Given): AuditSearch {
  const time = (name: string, text: string | undefined) => {
    const at = text === undefined ? null : new Date(text);
    if (at !== null && Number.isNaN(at.getTime()))
      throw new CliError(`--${name} takes a date or a time, such as 2026-11-01 or 2026-11-01T09:00:00Z.`);
    return at;
  };
  return {
    agent: agent ?? null,
    person: person ?? null,
    actionType: type ?? null,
    outcome: outcome ?? null,
    since: time("since", since),
    until: time("until", until),
  };
}

const SHOWN_MAX = 50;

async function show({ settings, say }: Cli, search: AuditSearch): Promise<void> {
  const found: AuditFound[] = [];
  await withPool(settings, async (pool) => {
    for await (const one of findEscalations(pool, search)) if (found.push(one) > SHOWN_MAX) return;
  });
  if (found.length === 0) return say("Nothing was found. The filters: npx countersign audit search --help");
  const rows = found
    .slice(0, SHOWN_MAX)
    .map((one) => [
      one.at.toISOString().slice(0, 19),
      one.id,
      one.agent,
      one.actionType ?? "question",
      one.tier,
      one.decision ?? "–",
      one.state,
      one.people.join(","),
    ]);
  say(table([["WHEN (UTC)", "ESCALATION", "AGENT", "TYPE", "TIER", "DECISION", "STATE", "PEOPLE"], ...rows]));
  if (found.length > SHOWN_MAX)
    say(`The newest ${SHOWN_MAX}. Narrow it down, or write all of it: countersign audit export FILE with the same filters.`);
}

async function verifyDatabase({ settings, say }: Cli): Promise<void> {
  const progress = (streams: number) => process.stderr.write(`\r${streams} streams…`);
  const { streams, entries, faults } = await withPool(settings, (pool) =>
    verifyAll(pool, process.stderr.isTTY ? progress : undefined),
  );
  report(streams, entries, faults, say);
}

async function verifyFile(file: string, say: Cli["say"]): Promise<void> {
  const faults: AuditFault[] = [];
  let [streams, entries] = [0, 0];
  let current: StoredEntry[] = [];
  const close = () => {
    const [first] = current;
    if (first === undefined) return;
    streams++;
    faults.push(...verifyStream(first.stream, current));
    current = [];
  };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line.trim() === "") continue;
    const entry = JSON.parse(line) as StoredEntry;
    if (current[0] !== undefined && current[0].stream !== entry.stream) close();
    current.push(entry);
    entries++;
  }
  close();
  report(streams, entries, faults, say);
}

function report(streams: number, entries: number, faults: readonly AuditFault[], say: Cli["say"]): void {
  if (faults.length > 0) throw new CliError(faults.map((one) => `${one.stream} entry ${one.seq}: ${one.fault}`).join("\n"));
  say(`The audit log verifies: ${entries} entries in ${streams} streams.`);
}

/** Whole streams either way, so that an export can be checked by itself. */
async function exportTo({ settings, say }: Cli, file: string, search: AuditSearch | null): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  const count = await withPool(settings, async (pool) => {
    let written = 0;
    for await (const entry of search === null ? allEntries(pool) : entriesOf(pool, search)) {
      if (!out.write(`${JSON.stringify(entry)}\n`)) await once(out, "drain");
      written++;
    }
    return written;
  });
  out.end();
  await once(out, "finish");
  say(`${count} entries in ${file}. Check it anywhere: countersign audit verify ${file}`);
}

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createExportCheck, type ExportLine, exportLines, type Heads, readExportLine } from "../domain/audit/export.ts";
import type { AuditFault } from "../domain/audit/verify.ts";
import { findEscalations, streamsFound, streamsOfAll } from "../engine/reading/audit.ts";
import { verifyAll } from "../engine/reading/verify-audit.ts";
import type { AuditFound, AuditSearch } from "../store/audit-search.ts";
import { say as words } from "../words/en.ts";
import { withPool } from "./database.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError, table } from "./output.ts";

const text = words.cli.audit;

/** `audit verify`, `audit search` and `audit export`. Verifying an export needs neither database nor network. */
const OPTIONS = {
  agent: { type: "string" },
  person: { type: "string" },
  type: { type: "string" },
  outcome: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  against: { type: "string" },
} as const;

export async function auditCommand(cli: Cli): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...cli.args], options: OPTIONS, allowPositionals: true });
  const [verb = "", file] = positionals;
  const search = searchOf(values);
  if (verb === "verify")
    return file === undefined ? verifyDatabase(cli, search.since, values.against) : verifyFile(file, cli.say);
  if (verb === "search") return show(cli, search);
  if (verb === "export") return exportTo(cli, file ?? "countersign-audit.jsonl", Object.keys(values).length > 0 ? search : null);
  throw noSuchCommand(verb, "audit");
}

type Given = Partial<Record<keyof typeof OPTIONS, string>>;

function searchOf({ agent, person, type, outcome, since, until }: Given): AuditSearch {
  const time = (name: string, given: string | undefined) => {
    const at = given === undefined ? null : new Date(given);
    if (at !== null && Number.isNaN(at.getTime())) throw new CliError(text.badTime(name));
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
  if (found.length === 0) return say(text.nothingFound);
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
  say(table([text.columns, ...rows]));
  if (found.length > SHOWN_MAX) say(text.newestOnly(SHOWN_MAX));
}

async function verifyDatabase({ settings, say }: Cli, since: Date | null, against: string | undefined): Promise<void> {
  const exported = against === undefined ? null : await headsIn(against);
  const progress = (streams: number) => void process.stderr.write(`\r${words.audit.streamsSoFar(streams)}`);
  const { begunAt, streams, entries, faults } = await withPool(settings, (pool) =>
    verifyAll(pool, { since, exported, ...(process.stderr.isTTY ? { progress } : {}) }),
  );
  report(streams, entries, faults, say);
  say(words.audit.nextTime(begunAt.toISOString()));
}

async function verifyFile(file: string, say: Cli["say"]): Promise<void> {
  const check = createExportCheck();
  for await (const { number, line } of linesIn(file)) check.take(number, line);
  const { streams, entries, faults } = check.end();
  report(streams, entries, faults, say);
}

/** Where each stream ended when it was exported. */
async function headsIn(file: string): Promise<Heads> {
  const heads: Heads = new Map();
  for await (const { line } of linesIn(file)) {
    if (line !== null && "head" in line) heads.set(line.stream, line.head);
  }
  return heads;
}

async function* linesIn(file: string): AsyncGenerator<{ number: number; line: ExportLine | null }> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (text.trim() !== "") yield { number, line: readExportLine(text) };
  }
}

function report(streams: number, entries: number, faults: readonly AuditFault[], say: Cli["say"]): void {
  const named = ({ stream, seq, fault }: AuditFault) => text.faultAt(stream, seq, fault);
  if (faults.length > 0) throw new CliError(faults.map(named).join("\n"));
  say(words.audit.verifies(entries, streams));
}

/** Whole streams either way, so that an export can be checked by itself. */
async function exportTo({ settings, say }: Cli, file: string, search: AuditSearch | null): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  const count = await withPool(settings, async (pool) => {
    const written = { streams: 0, entries: 0 };
    const write = async (line: ExportLine) => {
      if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, "drain");
    };
    for await (const { stream, entries } of search === null ? streamsOfAll(pool) : streamsFound(pool, search)) {
      for (const line of exportLines(stream, entries)) await write(line);
      written.streams++;
      written.entries += entries.length;
    }
    await write({ end: written });
    return written.entries;
  });
  out.end();
  await once(out, "finish");
  say(words.audit.exported(count, file));
}

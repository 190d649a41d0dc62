import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { type AuditFault, type StoredEntry, verifyStream } from "../domain/audit.ts";
import { allEntries, verifyAll } from "../engine/audit.ts";
import { withPool } from "./database.ts";
import { type Cli, CliError } from "./output.ts";

/** `audit verify [FILE]` and `audit export [FILE]`. Verifying an export needs neither database nor network. */
export async function auditCommand(cli: Cli): Promise<void> {
  const [verb, file] = cli.args;
  if (verb === "verify") return file === undefined ? verifyDatabase(cli) : verifyFile(file, cli.say);
  if (verb === "export") return exportTo(cli, file ?? "countersign-audit.jsonl");
  throw new CliError("Use: countersign audit verify [FILE], or countersign audit export [FILE]");
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

async function exportTo({ settings, say }: Cli, file: string): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  const count = await withPool(settings, async (pool) => {
    let written = 0;
    for await (const entry of allEntries(pool)) {
      if (!out.write(`${JSON.stringify(entry)}\n`)) await once(out, "drain");
      written++;
    }
    return written;
  });
  out.end();
  await once(out, "finish");
  say(`${count} entries in ${file}. Check it anywhere: countersign audit verify ${file}`);
}

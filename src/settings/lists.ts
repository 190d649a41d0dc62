import { type Lists, listKeys } from "../domain/policy/lists.ts";
import { type ConfigFile, ENTRIES_MAX, type ListSource } from "./config-file.ts";
import type { Fault } from "./policy-entries.ts";

/** Reads a file that lies beside the configuration; null when there is none. */
export type ReadBeside = (file: string) => string | null;
export const NOTHING_BESIDE: ReadBeside = () => null;

const CHARACTERS_MAX = 1024 * 1024;

/**
 * The lists as rules see them. A file that is missing or empty is a fault: a list that finds nothing would quietly loosen what
 * asks it.
 */
export function readLists(file: ConfigFile, readBeside: ReadBeside): { lists: Lists; faults: Fault[] } {
  const faults: Fault[] = [];
  const lists: Record<string, readonly string[]> = {};
  for (const [name, source] of Object.entries(file.lists)) {
    const read = entriesOf(source, readBeside);
    if ("fault" in read) faults.push({ path: ["lists", name], message: read.fault });
    const keys = "fault" in read ? [] : listKeys(read.entries);
    if (!("fault" in read) && keys.length === 0)
      faults.push({ path: ["lists", name], message: "it holds nothing that could be found" });
    lists[name] = keys;
  }
  return { lists, faults };
}

type Entries = { entries: string[] } | { fault: string };

function entriesOf(source: ListSource, readBeside: ReadBeside): Entries {
  if (Array.isArray(source)) return { entries: source };
  const text = readBeside(source.csv);
  if (text === null)
    return { fault: `there is no file ${source.csv} beside the configuration; put it there, or write the list here` };
  if (text.length > CHARACTERS_MAX) return { fault: `${source.csv} is larger than 1 MiB` };
  const rows = readCsv(text);
  if (rows === null) return { fault: `${source.csv} is no CSV: a quoted field is never closed` };
  const [head = []] = rows;
  const column = source.column === undefined ? 0 : head.findIndex((title) => title.trim() === source.column);
  if (column === -1) return { fault: `${source.csv} has no column "${source.column}" (it has ${head.join(", ").slice(0, 200)})` };
  const body = source.column === undefined ? rows : rows.slice(1);
  const entries = body.map((row) => row[column] ?? "").filter((one) => one.trim() !== "");
  return entries.length > ENTRIES_MAX ? { fault: `${source.csv} has more than ${ENTRIES_MAX} entries` } : { entries };
}

/** RFC 4180, with any line ends. Null where a quote is never closed. */
function readCsv(text: string): string[][] | null {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/gy;
  cell.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) return null;
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push([...row, ""]);
  return rows;
}

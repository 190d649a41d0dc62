import { say } from "../../words/en.ts";
import type { Head } from "./chain.ts";
import type { StoredEntry } from "./stored.ts";
import { type AuditFault, verifyHead, verifyStream } from "./verify.ts";

/**
 * An export is JSON lines: the entries of a stream in order, then where it ends, so that a later look at the database can be held
 * against it; and in the end what should be in the file.
 */
export type ExportLine = StoredEntry | { stream: string; head: Head } | { end: { streams: number; entries: number } };
export type Heads = Map<string, Head>;

const { faults: words } = say.audit;

export function exportLines(stream: string, entries: readonly StoredEntry[]): ExportLine[] {
  const last = entries.at(-1);
  return last === undefined ? [] : [...entries, { stream, head: { seq: last.seq, hash: last.hash } }];
}

/** null for what is no line of an export. */
export function readExportLine(text: string): ExportLine | null {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : null;
  } catch {
    return null;
  }
}

function isLine(line: unknown): line is ExportLine {
  if (typeof line !== "object" || line === null) return false;
  if ("end" in line) return typeof line.end === "object" && line.end !== null;
  if (!("stream" in line) || typeof line.stream !== "string") return false;
  if ("head" in line) return isHead(line.head);
  return "body" in line && typeof line.body === "string" && isHead(line);
}
const isHead = (value: unknown): value is Head =>
  typeof value === "object" &&
  value !== null &&
  "seq" in value &&
  Number.isInteger(value.seq) &&
  "hash" in value &&
  typeof value.hash === "string";

/** Checks an export line by line: no more than one stream is held in memory. */
export function createExportCheck() {
  const faults: AuditFault[] = [];
  let [streams, entries] = [0, 0];
  let current: { stream: string; entries: StoredEntry[]; head: Head | null } | null = null;
  let end: { streams: number; entries: number } | null = null;
  const whole = (fault: string) => faults.push({ stream: "file", seq: null, fault });
  const close = () => {
    if (current === null) return;
    streams++;
    const { stream, head } = current;
    faults.push(...verifyStream(stream, current.entries));
    if (head === null) faults.push({ stream, seq: null, fault: words.file.noHead });
    else faults.push(...verifyHead(stream, current.entries, head));
    current = null;
  };
  return {
    take(number: number, line: ExportLine | null): void {
      if (line === null) return void whole(words.file.line(number));
      if ("end" in line) {
        end = line.end;
        return;
      }
      if (current?.stream !== line.stream || current.head !== null) close();
      current ??= { stream: line.stream, entries: [], head: null };
      if ("head" in line) current.head = line.head;
      else entries += current.entries.push(line) > 0 ? 1 : 0;
    },
    end(): { streams: number; entries: number; faults: AuditFault[] } {
      close();
      if (end === null) whole(words.file.noEnd);
      else if (end.streams !== streams) whole(words.file.count(end.streams, streams));
      return { streams, entries, faults };
    },
  };
}

/** Whether a stream still holds what was exported of it: everything may have been rewritten since, its heads included. */
export function verifyAgainstExport(stream: string, entries: readonly StoredEntry[], exported: Head | undefined): AuditFault[] {
  if (exported === undefined) return [];
  const { seq, hash } = exported;
  const now = entries.find((entry) => entry.seq === seq);
  if (now === undefined) return [{ stream, seq: null, fault: words.exported.missing(seq) }];
  return now.hash === hash ? [] : [{ stream, seq: null, fault: words.exported.other(seq) }];
}

import { say } from "../../words/en.ts";
import { chainNext, chainStart, commitment, type Head } from "./chain.ts";
import { type Body, readBody, type StoredEntry } from "./stored.ts";

/** `seq`: null where it is about the stream as a whole. */
export type AuditFault = { stream: string; seq: number | null; fault: string };

const { faults: words, private: privates } = say.audit;

/**
 * Checks one stream by itself, from its first entry on: its order, its chain, that each body belongs where it stands, and that
 * what it commits to is still there and the same.
 */
export function verifyStream(stream: string, entries: readonly StoredEntry[]): AuditFault[] {
  const faults: AuditFault[] = [];
  let [previous, expected] = [chainStart(stream), 1];
  for (const entry of entries) {
    const fault = (text: string) => faults.push({ stream, seq: entry.seq, fault: text });
    if (entry.seq !== expected) fault(words.gap(expected, entry.seq));
    if (chainNext(previous, entry.body) !== entry.hash) fault(words.hash);
    [previous, expected] = [entry.hash, entry.seq + 1];
    const body = readBody(entry.body);
    if (body === null) fault(words.notJson);
    else for (const text of bodyFaults(stream, entry, body)) fault(text);
  }
  return faults;
}

function bodyFaults(stream: string, { seq, salt, content }: StoredEntry, body: Body): string[] {
  const faults: string[] = [];
  if (body.seq !== seq || (body.stream ?? stream) !== stream || (seq === 1 && body.stream === undefined))
    faults.push(words.otherPlace);
  const said = body.commitment;
  const what = privateOf(body.event);
  if (said === undefined) return content === null ? faults : [...faults, words.uncommitted];
  if (content === null || salt === null) return [...faults, words.gone(what)];
  return commitment(Buffer.from(salt, "base64"), content) === said ? faults : [...faults, words.other(what)];
}

const privateOf = (event: string | undefined): string => (privates as Record<string, string>)[event ?? ""] ?? privates.other;

/** Whether a stream ends where it is known to: its last entries may be gone, and the rest verifies. */
export function verifyHead(stream: string, entries: readonly StoredEntry[], head: Head): AuditFault[] {
  const fault = (text: string): AuditFault[] => [{ stream, seq: null, fault: text }];
  const last = entries.at(-1);
  if (last === undefined) return fault(words.noEntries);
  if (last.seq < head.seq) return fault(words.endMissing(last.seq, head.seq));
  if (last.seq > head.seq) return fault(words.tooMany(last.seq, head.seq));
  return last.hash === head.hash ? [] : fault(words.otherHead);
}

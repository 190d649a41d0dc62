import { chainNext, chainStart } from "./chain.ts";
import type { ActorFact } from "./entry.ts";
import type { Standing } from "./facts.ts";

/** One entry as it is read. `content`: what it commits to, canonical JSON, where that was found; `salt`: base64. */
export type StoredEntry = {
  stream: string;
  seq: number;
  body: string;
  hash: string;
  salt: string | null;
  content: string | null;
};

/** What was written together is one row: its bodies, what is private about each (or nothing), and the hash after the last. */
export type StoredRow = { seq: number; bodies: readonly string[]; hash: string; contents: readonly string[] };

/** The entries of a stream, each with a hash of its own. */
export function entriesOf(stream: string, rows: readonly StoredRow[], saltOf: (seq: number) => string | null): StoredEntry[] {
  const entries: StoredEntry[] = [];
  let previous = chainStart(stream);
  for (const { seq: last, bodies, hash, contents } of rows) {
    bodies.forEach((body, i) => {
      const seq = last - bodies.length + 1 + i;
      previous = seq === last ? hash : chainNext(previous, body);
      entries.push({ stream, seq, body, hash: previous, salt: saltOf(seq), content: contents[i] || null });
    });
  }
  return entries;
}

/** What a body of an escalation's stream may say; one of the house says what it likes beside `at` and `event`. */
export type Body = Partial<Standing> & {
  v?: number;
  stream?: string;
  seq?: number;
  at?: string;
  event?: string;
  actor?: ActorFact;
  commitment?: string;
  verdict?: string;
  seen?: string;
  decision?: string;
  source?: string;
  decided_at?: string;
  outcome?: string;
  deadline?: string;
  step?: number;
  user_ids?: string[];
} & Record<string, unknown>;

/** null for what is no JSON object. */
export function readBody(text: string): Body | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : null;
  } catch {
    return null;
  }
}

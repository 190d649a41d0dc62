import { z } from "zod";
import { type AuditEntry, escalationOf, type Head, NO_ENTRIES, saltOf, streamOf } from "../domain/audit/chain.ts";
import { withKept } from "../domain/audit/kept.ts";
import { entriesOf, type StoredEntry } from "../domain/audit/stored.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { ESCALATION_COLUMNS, ESCALATIONS, isUnreadable, openedContent, parseEscalation } from "./escalation-row.ts";
import type { Queryable } from "./pool.ts";
import { seal, unseal } from "./sealed.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * The audit log: written with each decision (write-escalation.ts) and, for the other streams, here. What is written together is
 * one row: bodies are canonical JSON, which holds no line break, so each is a line, and so is what is private about it.
 */
export const storedStream = (stream: string): string => escalationOf(stream) ?? stream;
export const streamStored = (stored: string): string => (stored.startsWith("esc_") ? streamOf(stored) : stored);
export const linesOf = (texts: readonly string[]): string => texts.join("\n");

const Row = z.object({
  stream: z.string(),
  seq: z.int(),
  body: z.instanceof(Buffer),
  hash: z.string(),
  salt: z.instanceof(Buffer).nullable(),
  content: z.instanceof(Buffer).nullable(),
});
type Row = z.infer<typeof Row>;

/** A stream with all that there is to hold it against. `unreadable`: there is an escalation, and it cannot be read. */
export type WholeStream = {
  stream: string;
  entries: StoredEntry[];
  escalation: Escalation | "unreadable" | null;
};

/** Whole streams in the order of their names, with what is private wherever it was found. */
export async function readStreams(db: Queryable, streams: readonly string[]): Promise<WholeStream[]> {
  const names = streams.map(storedStream);
  const { rows } = await db.query({
    name: "audit_streams",
    text: `SELECT stream, seq, body, encode(hash, 'hex') AS hash, salt, content
      FROM audit_entry LEFT JOIN audit_secret USING (workspace, stream, seq)
      WHERE workspace = ${WORKSPACE} AND stream = ANY($1::text[]) ORDER BY stream, seq`,
    values: [names],
  });
  const ids = streams.flatMap((stream) => escalationOf(stream) ?? []);
  const escalations = await readEscalations(db, ids);
  const parsed = Map.groupBy(z.array(Row).parse(rows), (row) => row.stream);
  return names.map((name) => wholeStream(name, parsed.get(name) ?? [], escalations.get(name) ?? null));
}

export async function readStream(db: Queryable, stream: string): Promise<StoredEntry[]> {
  const [whole] = await readStreams(db, [stream]);
  return whole?.entries ?? [];
}

type Found = { escalation: Escalation; opened: string } | "unreadable";

async function readEscalations(db: Queryable, ids: readonly string[]): Promise<Map<string, Found>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query({
    name: "audited_escalations",
    text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS} WHERE m.workspace = ${WORKSPACE} AND m.id = ANY($1::text[])`,
    values: [ids],
  });
  const read = (row: unknown): Found => {
    try {
      return { escalation: parseEscalation(row), opened: openedContent(row) };
    } catch (error) {
      if (isUnreadable(error)) return "unreadable";
      throw error;
    }
  };
  return new Map(rows.map((row) => [row.id as string, read(row)]));
}

function wholeStream(name: string, rows: readonly Row[], found: Found | null): WholeStream {
  const stream = streamStored(name);
  const known = typeof found === "object" ? found : null;
  const key = known?.escalation.auditKey ?? "";
  const salts = new Map(rows.map((row) => [row.seq, row.salt?.toString("base64") ?? null]));
  const salt = (seq: number) => (known === null ? (salts.get(seq) ?? null) : saltOf(key, seq).toString("base64"));
  const stored = rows.map((row) => ({
    seq: row.seq,
    bodies: row.body.toString("utf8").split("\n"),
    hash: row.hash,
    contents: row.content === null ? [] : contentsOf(key, row.content),
  }));
  const entries = entriesOf(stream, stored, salt);
  if (known === null) return { stream, entries, escalation: found === null ? null : "unreadable" };
  return { stream, entries: withKept(entries, known.escalation, known.opened), escalation: known.escalation };
}

/** Damaged content is no content: whatever commits to it says that it is gone. */
function contentsOf(key: string, content: Buffer): string[] {
  try {
    return unseal(key, content).split("\n");
  } catch {
    return [];
  }
}

/** The head of a stream that no escalation row carries (policy, agents …). */
export async function readHead(db: Queryable, stream: string): Promise<Head> {
  const { rows } = await db.query({
    text: `SELECT seq, encode(hash, 'hex') AS hash FROM audit_head WHERE workspace = ${WORKSPACE} AND stream = $1`,
    values: [stream],
  });
  return z.object({ seq: z.int(), hash: z.string() }).optional().parse(rows[0]) ?? NO_ENTRIES;
}

/** Appends one entry; false when another writer took the place first (read the head again). */
export async function appendEntry(db: Queryable, entry: AuditEntry): Promise<boolean> {
  const content = entry.private === null ? null : seal("", entry.private.text, "anything");
  const { rows } = await db.query({
    text: `WITH written AS (INSERT INTO audit_entry (workspace, stream, seq, body, hash)
        VALUES (${WORKSPACE}, $1, $2, convert_to($3, 'UTF8'), decode($4, 'hex'))
        ON CONFLICT (workspace, stream, seq) DO NOTHING RETURNING stream, seq, hash),
      secret AS (INSERT INTO audit_secret (workspace, stream, seq, salt, content)
        SELECT ${WORKSPACE}, stream, seq, $5, $6 FROM written WHERE $6::bytea IS NOT NULL),
      head AS (INSERT INTO audit_head (workspace, stream, seq, hash) SELECT ${WORKSPACE}, stream, seq, hash FROM written
        ON CONFLICT (workspace, stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash)
      SELECT seq FROM written`,
    values: [entry.stream, entry.seq, entry.body, entry.hash, entry.salt, content],
  });
  return rows.length === 1;
}

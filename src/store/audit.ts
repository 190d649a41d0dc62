import { z } from "zod";
import {
  type AuditEntry,
  escalationOf,
  KEPT_WITH_OPENING,
  type Secret,
  type StoredEntry,
  saltOf,
} from "../domain/consequences/audit.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** The audit log: written with each decision (write-escalation.ts) and, for the other streams, here. */
const Row = z.object({
  stream: z.string(),
  seq: z.int(),
  body: z.instanceof(Buffer),
  hash: z.string(),
  secrets: z.record(z.string(), z.object({ salt: z.string(), value: z.unknown() })).nullable(),
});

function parse(row: unknown): StoredEntry {
  const r = Row.parse(row);
  return { stream: r.stream, seq: r.seq, body: r.body.toString("utf8"), hash: r.hash, secrets: r.secrets };
}

/** A whole stream in order, with the private values that have not been erased. */
export async function readStream(db: Queryable, stream: string): Promise<StoredEntry[]> {
  const { rows } = await db.query({
    name: "audit_stream",
    text: `SELECT stream, seq, body, encode(hash, 'hex') AS hash, secrets
      FROM audit_entry LEFT JOIN audit_secret USING (workspace, stream, seq)
      WHERE workspace = ${WORKSPACE} AND stream = $1 ORDER BY seq`,
    values: [stream],
  });
  const entries = rows.map(parse);
  const id = escalationOf(stream);
  const kept = id === null ? null : await readOpening(db, id);
  return entries.map((entry) =>
    entry.seq === 1 && kept !== null ? { ...entry, secrets: { ...kept, ...entry.secrets } } : entry,
  );
}

const OpeningRow = z.object({ key: z.instanceof(Buffer), request: z.unknown(), ruling: z.unknown() });

/** What the first entry of an escalation commits to and leaves where it was opened. */
async function readOpening(db: Queryable, id: string): Promise<Record<string, Secret> | null> {
  const { rows } = await db.query({
    name: "opening",
    text: `SELECT key, request, ruling FROM opened WHERE workspace = ${WORKSPACE} AND id = $1`,
    values: [id],
  });
  if (rows[0] === undefined) return null;
  const row = OpeningRow.parse(rows[0]);
  const secret = (name: (typeof KEPT_WITH_OPENING)[number]): Secret => ({
    salt: saltOf(row.key.toString("hex"), 1, name).toString("base64"),
    value: row[name],
  });
  return Object.fromEntries(KEPT_WITH_OPENING.map((name) => [name, secret(name)]));
}

/** Names of streams after the given one, in order; for walking all of them in pages. */
export async function listStreams(db: Queryable, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    text: `SELECT stream FROM audit_entry WHERE workspace = ${WORKSPACE} AND seq = 1 AND stream > $1 ORDER BY stream LIMIT $2`,
    values: [after, limit],
  });
  return rows.map((row) => row.stream as string);
}

/** The head of a stream that no escalation row carries (policy, agents …). */
export async function readHead(db: Queryable, stream: string): Promise<{ seq: number; hash: string }> {
  const { rows } = await db.query({
    text: `SELECT seq, encode(hash, 'hex') AS hash FROM audit_entry WHERE workspace = ${WORKSPACE} AND stream = $1
      ORDER BY seq DESC LIMIT 1`,
    values: [stream],
  });
  return z.object({ seq: z.int(), hash: z.string() }).optional().parse(rows[0]) ?? { seq: 0, hash: "" };
}

/** Appends one entry; false when another writer took the place first (read the head again). */
export async function appendEntry(db: Queryable, entry: AuditEntry): Promise<boolean> {
  const { rows } = await db.query({
    text: `WITH written AS (INSERT INTO audit_entry (workspace, stream, seq, at, body, hash)
        VALUES (${WORKSPACE}, $1, $2, $3, convert_to($4, 'UTF8'), decode($5, 'hex'))
        ON CONFLICT (workspace, stream, seq) DO NOTHING RETURNING stream, seq),
      secret AS (INSERT INTO audit_secret (workspace, stream, seq, secrets) SELECT ${WORKSPACE}, stream, seq, $6::jsonb
        FROM written
        WHERE $6::jsonb <> '{}')
      SELECT seq FROM written`,
    values: [entry.stream, entry.seq, entry.at, entry.body, entry.hash, JSON.stringify(entry.secrets)],
  });
  return rows.length === 1;
}

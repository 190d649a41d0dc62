import type { Pool } from "pg";
import { type AuditFault, type StoredEntry, streamOf, verifyStream } from "../../domain/consequences/audit.ts";
import { listStreams, readStream } from "../../store/audit.ts";
import { type AuditFound, type AuditSearch, searchEscalations } from "../../store/audit-search.ts";

/** Reading and checking the audit log. */
export const auditOf = (pool: Pool, escalationId: string): Promise<StoredEntry[]> => readStream(pool, streamOf(escalationId));

export type Verified = { streams: number; entries: number; faults: AuditFault[] };

/** Verifies every stream from its first entry; `progress` is called now and then on long logs. */
export async function verifyAll(pool: Pool, progress: (streams: number) => void = () => {}): Promise<Verified> {
  const verified: Verified = { streams: 0, entries: 0, faults: [] };
  let after = "";
  for (;;) {
    const names = await listStreams(pool, after, 500);
    if (names.length === 0) return verified;
    for (const name of names) {
      const entries = await readStream(pool, name);
      verified.streams++;
      verified.entries += entries.length;
      verified.faults.push(...verifyStream(name, entries));
    }
    after = names.at(-1) ?? after;
    progress(verified.streams);
  }
}

/** What an auditor looks for, page after page. */
export async function* findEscalations(pool: Pool, search: AuditSearch): AsyncGenerator<AuditFound> {
  for (let after: AuditFound | null = null; ; ) {
    const page = await searchEscalations(pool, search, 200, after);
    yield* page;
    after = page.at(-1) ?? null;
    if (after === null) return;
  }
}

/** The whole streams of what was found: half a stream could not be checked. */
export async function* entriesOf(pool: Pool, search: AuditSearch): AsyncGenerator<StoredEntry> {
  for await (const { id } of findEscalations(pool, search)) yield* await auditOf(pool, id);
}

/** Every entry of every stream in order, one at a time, for the export. */
export async function* allEntries(pool: Pool): AsyncGenerator<StoredEntry> {
  let after = "";
  for (;;) {
    const names = await listStreams(pool, after, 500);
    if (names.length === 0) return;
    for (const name of names) yield* await readStream(pool, name);
    after = names.at(-1) ?? after;
  }
}

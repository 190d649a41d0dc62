import type { Pool } from "pg";
import { streamOf } from "../../domain/audit/chain.ts";
import type { StoredEntry } from "../../domain/audit/stored.ts";
import { readStream, readStreams, type WholeStream } from "../../store/audit.ts";
import { type AuditFound, type AuditSearch, searchEscalations } from "../../store/audit-search.ts";
import { listStreams } from "../../store/audit-tables.ts";

/** Reading and checking the audit log. */
export const auditOf = (pool: Pool, escalationId: string): Promise<StoredEntry[]> => readStream(pool, streamOf(escalationId));

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
export async function* streamsFound(pool: Pool, search: AuditSearch): AsyncGenerator<WholeStream> {
  for await (const { id } of findEscalations(pool, search)) yield* await readStreams(pool, [streamOf(id)]);
}

/** Every stream in order, a page at a time, for the export. */
export async function* streamsOfAll(pool: Pool): AsyncGenerator<WholeStream> {
  for (let after = ""; ; ) {
    const names = await listStreams(pool, after, 200);
    yield* await readStreams(pool, names);
    const last = names.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

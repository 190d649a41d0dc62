import type { Pool } from "pg";
import { type AuditFault, type StoredEntry, verifyStream } from "../domain/audit.ts";
import { listStreams, readStream } from "../store/audit.ts";

/** Reading and checking the audit log. */
export const auditOf = (pool: Pool, escalationId: string): Promise<StoredEntry[]> =>
  readStream(pool, `escalation/${escalationId}`);

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

import type { Pool, PoolClient } from "pg";
import { escalationOf, type Head } from "../../domain/audit/chain.ts";
import { type Heads, verifyAgainstExport } from "../../domain/audit/export.ts";
import { verifyHouse } from "../../domain/audit/house.ts";
import { type DecisionRow, type VoteRow, verifyAgainst } from "../../domain/audit/replay.ts";
import { type AuditFault, verifyHead, verifyStream } from "../../domain/audit/verify.ts";
import { readStreams, type WholeStream } from "../../store/audit.ts";
import { listStreams, listStreamsSince, readHouse, readHouseHeads, readSaid } from "../../store/audit-tables.ts";
import { inTransaction } from "../../store/pool.ts";
import { readNow } from "../../store/read-escalations.ts";
import { say } from "../../words/en.ts";

/** Checking the audit log where it lies, against all that it must agree with. */
/** `begunAt`: what has not changed since then need not be looked at the next time. */
export type Verified = { begunAt: Date; streams: number; entries: number; faults: AuditFault[] };
export type Verifying = {
  /** Only what was open or has changed since then, and the streams of the house. */
  since?: Date | null;
  progress?: (streams: number) => void;
  /** Where each stream ended when the log was exported last: none of that may be missing or another now. */
  exported?: Heads | null;
};

/** Streams that are looked at together: no more of the log than this is held in memory. */
const PAGE = 200;

/** Verifies every stream from its first entry, a page of them at a time, each as of one moment: work goes on meanwhile. */
export async function verifyAll(
  pool: Pool,
  { since = null, progress = () => {}, exported = null }: Verifying = {},
): Promise<Verified> {
  const verified: Verified = { begunAt: await readNow(pool), streams: 0, entries: 0, faults: [] };
  const missing = new Map(exported);
  for (let after = ""; ; ) {
    const page = await asOfNow(pool, async (tx) => {
      const names = since === null ? await listStreams(tx, after, PAGE) : await listStreamsSince(tx, since, after, PAGE);
      const ids = names.flatMap((name) => escalationOf(name) ?? []);
      const wholes = await readStreams(tx, names);
      return { wholes, said: await readSaid(tx, ids), heads: await readHouseHeads(tx) };
    });
    for (const whole of page.wholes) {
      const { stream, entries } = whole;
      verified.streams++;
      verified.entries += entries.length;
      verified.faults.push(...faultsOf(whole, page.said, page.heads.get(stream)));
      verified.faults.push(...verifyAgainstExport(stream, entries, missing.get(stream)));
      missing.delete(stream);
    }
    progress(verified.streams);
    const last = page.wholes.at(-1);
    if (last === undefined) break;
    after = last.stream;
  }
  for (const [stream, { seq }] of since === null ? missing : [])
    verified.faults.push({ stream, seq: null, fault: say.audit.faults.exported.missing(seq) });
  verified.faults.push(...(await asOfNow(pool, houseFaults)));
  return verified;
}

async function houseFaults(tx: PoolClient): Promise<AuditFault[]> {
  const streams = await readStreams(tx, [...(await readHouseHeads(tx)).keys()]);
  return verifyHouse(new Map(streams.map(({ stream, entries }) => [stream, entries])), await readHouse(tx));
}

type Said = { votes: Map<string, VoteRow[]>; decisions: Map<string, DecisionRow[]> };

function faultsOf({ stream, entries, escalation }: WholeStream, said: Said, head: Head | undefined): AuditFault[] {
  const faults = verifyStream(stream, entries);
  const id = escalationOf(stream);
  if (id === null) return [...faults, ...verifyHead(stream, entries, head ?? { seq: 0, hash: "" })];
  if (escalation === null) return [...faults, { stream, seq: null, fault: say.audit.faults.noRows }];
  if (escalation === "unreadable") return [...faults, { stream, seq: null, fault: say.audit.faults.unreadable }];
  const carried = { seq: escalation.auditSeq, hash: escalation.auditHash };
  const against = verifyAgainst(stream, entries, escalation, said.votes.get(id) ?? [], said.decisions.get(id) ?? []);
  return [...faults, ...verifyHead(stream, entries, carried), ...against];
}

/** All that is read sees the same moment: an entry that is written meanwhile is no fault. */
const asOfNow = <T>(pool: Pool, read: (tx: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (tx) => {
    await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return read(tx);
  });

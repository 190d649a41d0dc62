import { LIMITS } from "../../domain/base/limits.ts";
import { plus, type Sums, type Velocity } from "../../domain/policy/velocity.ts";
import { isRefusal, type Refusal } from "../../domain/shapes/refusal.ts";
import { NO_ROWS, type OwedRows } from "../../store/owe.ts";
import { despiteDeadlock, inTransaction, type Queryable } from "../../store/pool.ts";
import { findTakenKeys } from "../../store/read-escalations.ts";
import { judgedBy, lockSums, readVelocity, type VelocityRead, velocityOf } from "../../store/velocity.ts";
import type { Write } from "../../store/write.ts";
import { writeUnlocked } from "../../store/write-escalation.ts";
import { isLocked, mayHaveRun } from "../loops/database-away.ts";
import { coalesce } from "../loops/group-commit.ts";
import { createPlaces } from "../loops/one-at-a-time.ts";
import type { Patience } from "../loops/patience.ts";
import type { EngineParts } from "../parts.ts";
import { BATCHES, type Committed, knowing } from "./commit.ts";
import { namesOf } from "./policy-book.ts";

/**
 * How what velocity rules count is opened. What comes in one turn is judged one after the other, each by what was counted before
 * it, and written by one statement, which writes nothing where something else was counted in one of these sums since they were
 * read. Whoever loses that race takes the sums for itself and is judged once more: it cannot lose again. So only those wait for
 * each other that add to the same sum, on whichever replica.
 */
export type Countable = {
  sums: readonly Sums[];
  agentId: string;
  idempotencyKey: string | null;
  /** Judges it by what was counted before it: what is to be written, or why it is not. */
  compose: (now: Date, before: (sums: Sums) => Velocity, judgedBy: Write["judgedBy"]) => Promise<Write | Refusal>;
  /** About how much memory it holds while it waits. */
  bytes: number;
  patience: Patience;
};

/** The write that opened it; null when its key or its configuration was taken meanwhile. */
export type OpenCounted = (countable: Countable) => Promise<Write | Refusal | null>;

type Asked = Countable & { sent: () => void };
type Became =
  | { is: "refused"; refusal: Refusal }
  /** Its key has opened something before. */
  | { is: "taken" }
  | { is: "locked" }
  | { is: "failed"; failure: unknown }
  | { is: "sent"; write: Write; stored: boolean; rows: OwedRows }
  /** The answer of the statement that wrote it was lost. */
  | { is: "lost"; write: Write; failure: unknown };
type Parts = Pick<EngineParts, "pool" | "log"> & { committed: (write: Committed) => void };

export function createOpenCounted(parts: Parts): OpenCounted {
  const together = coalesce<Asked, Became>(
    {
      run: (batch) => openTogether(parts, batch),
      keyOf: ({ agentId, idempotencyKey }) => (idempotencyKey === null ? null : `${agentId} ${idempotencyKey}`),
      kindOf: () => "",
      bytesOf: ({ bytes }) => bytes,
      // What is under way is not counted yet: what adds to the same sums comes after it.
      apartOf: ({ sums }) => namesOf(sums),
    },
    BATCHES,
  );
  const apart = createPlaces(LIMITS.lockedRows.value, LIMITS.lockedRowsQueue.value);
  return async (countable) => {
    const { patience } = countable;
    const stored = Promise.withResolvers<boolean>();
    const sent = () => {
      patience.demand();
      patience.sent(stored.promise);
    };
    const asked = { ...countable, sent };
    try {
      patience.demand();
      const first = await together(asked);
      const became = first.is === "locked" ? await apart(() => openAlone(parts, asked)) : first;
      if (became.is === "refused") return became.refusal;
      if (became.is === "failed") throw became.failure;
      if (became.is === "taken" || became.is === "locked") return null;
      const work = became.is === "lost" ? Promise.reject(became.failure) : Promise.resolve(became.stored);
      const known = knowing(parts, became.write, work);
      stored.resolve(known.then((one) => one.stored));
      const { stored: isStored, failure } = await known;
      if (isStored) parts.committed({ ...became.write, rows: became.is === "sent" ? became.rows : NO_ROWS });
      else if (failure !== null) throw failure;
      return isStored ? became.write : null;
    } finally {
      // Whatever was not sent in the end was not stored.
      stored.resolve(false);
    }
  };
}

/** One that met a lock waits for it by itself. */
async function openAlone(parts: Parts, asked: Asked): Promise<Became> {
  const [became] = await openLocked(parts, [asked]);
  if (became === undefined) throw new Error("nothing became of what was to be opened");
  return became;
}

async function openTogether(parts: Parts, batch: readonly Asked[]): Promise<Became[]> {
  try {
    const { pool } = parts;
    return (
      (await openBatch(pool, batch, (writes) => despiteDeadlock(() => writeUnlocked(pool, writes)))) ??
      (await openLocked(parts, batch))
    );
  } catch (error) {
    if (batch.length > 1 && isLocked(error)) return batch.map(() => ({ is: "locked" }));
    throw error;
  }
}

/** Whoever else counts in these sums waits until this is through. */
async function openLocked({ pool }: Parts, batch: readonly Asked[]): Promise<Became[]> {
  let opened: Became[] = [];
  try {
    await despiteDeadlock(() =>
      inTransaction(pool, async (tx) => {
        opened = [];
        await lockSums(tx, sumsOf(batch));
        const became = await openBatch(tx, batch, (writes) => writeUnlocked(tx, writes));
        if (became === null) throw new Error("something was counted in a sum that is locked");
        opened = became;
      }),
    );
    return opened;
  } catch (failure) {
    // The statement went through, and nobody knows whether its COMMIT did.
    if (opened.length === 0 || !mayHaveRun(failure)) throw failure;
    return opened.map((one) => (one.is === "sent" && one.stored ? { is: "lost", write: one.write, failure } : one));
  }
}

const sumsOf = (batch: readonly Asked[]): string[] => namesOf(batch.flatMap(({ sums }) => sums));

type Writer = (writes: readonly Write[]) => Promise<{ written: ReadonlySet<string>; stale: ReadonlySet<string>; rows: OwedRows }>;

/** Null where a sum has moved since it was read: then nothing was written. */
async function openBatch(db: Queryable, batch: readonly Asked[], write: Writer): Promise<Became[] | null> {
  const taken = await findTakenKeys(db, batch);
  const composed = await composeInTurn(batch, taken, await readVelocity(db, sumsOf(batch)));
  const writes = composed.flatMap((one) => (one.is === "sent" ? [one.write] : []));
  if (writes.length === 0) return composed;
  try {
    const { written, stale, rows } = await write(writes);
    if (stale.size > 0) return null;
    return composed.map((one) => (one.is === "sent" ? { ...one, stored: written.has(one.write.after.id), rows } : one));
  } catch (failure) {
    if (!mayHaveRun(failure)) throw failure;
    return composed.map((one) => (one.is === "sent" ? { is: "lost", write: one.write, failure } : one));
  }
}

/**
 * One after the other, each with all before it counted in. What was opened before is not judged again, so that nobody is judged
 * as if it were counted twice.
 */
async function composeInTurn(batch: readonly Asked[], taken: ReadonlySet<number>, read: VelocityRead): Promise<Became[]> {
  const counts = new Map(read.sums);
  const composed: Became[] = [];
  for (const [n, { sums, compose, sent }] of batch.entries()) {
    try {
      const before = (one: Sums) => velocityOf({ ...read, sums: counts }, one);
      const write = taken.has(n) ? null : await compose(read.now, before, judgedBy(read, sums));
      if (write === null) composed.push({ is: "taken" });
      else if (isRefusal(write)) composed.push({ is: "refused", refusal: write });
      else {
        sent();
        composed.push({ is: "sent", write, stored: false, rows: NO_ROWS });
        for (const one of write.counted) {
          const known = counts.get(one.sum);
          if (known !== undefined) counts.set(one.sum, { ...known, counts: plus(known.counts, one) });
        }
      }
    } catch (failure) {
      composed.push({ is: "failed", failure });
    }
  }
  return composed;
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { LIMITS } from "../../domain/base/limits.ts";
import { countUnderWay, wasWritten } from "../../store/lost-writes.ts";
import { NO_ROWS, type OwedRows } from "../../store/owe.ts";
import { despiteDeadlock } from "../../store/pool.ts";
import { kindOf, type Write } from "../../store/write.ts";
import { writeEscalations, writeUnlocked } from "../../store/write-escalation.ts";
import type { CarriedClock } from "../loops/carried-clock.ts";
import { isLocked, mayHaveRun } from "../loops/database-away.ts";
import { type BatchLimits, coalesce } from "../loops/group-commit.ts";
import { createPlaces } from "../loops/one-at-a-time.ts";
import type { Patience } from "../loops/patience.ts";
import { roughBytesOfMembers } from "../rough-bytes.ts";

/** What a write that is stored has changed, and what it owes; `rows`: where that stands, as far as it is known. */
export type Committed = Pick<Write, "after" | "decisions" | "owed"> & { rows: OwedRows };
/**
 * How one write gets into the database: with others as one statement, apart from them where its row is locked, and looked for
 * where its answer is lost.
 */
export type Commit = (write: Write, patience: Patience) => Promise<boolean>;

export const BATCHES: BatchLimits = {
  batchMax: LIMITS.commitBatch.value,
  inFlightMax: LIMITS.commitsInFlight.value,
  queueMax: LIMITS.commitQueue.value,
  queueBytesMax: LIMITS.commitQueueBytes.value,
  waitMsMax: LIMITS.answerWithin.value,
};

type Parts = { pool: Pool; log: Logger; clock: CarriedClock; committed: (write: Committed) => void };

/** True once written, false when the guard failed. */
export function createCommit(parts: Parts): Commit {
  const { pool, clock } = parts;
  const together = coalesce<Write, Became>(
    {
      run: (writes) => writeTogether(pool, clock, writes),
      keyOf: (write) => write.after.id,
      // What was judged by sums goes by itself: beside another that was judged by one of them, one of the two would be wrong.
      kindOf: (write) => (write.before !== null && write.judgedBy.length > 0 ? write.after.id : kindOf(write)),
      bytesOf: (write) =>
        write.opening === null
          ? CHANGE_BYTES
          : roughBytesOfMembers([write.after.request, write.opening.checkpoint, write.opening.media]),
    },
    BATCHES,
  );
  const apart = createPlaces(LIMITS.lockedRows.value, LIMITS.lockedRowsQueue.value);
  const write = async (one: Write, told: { rows: OwedRows }): Promise<boolean> => {
    const { is, rows } = await together(one);
    told.rows = rows;
    if (is !== "locked") return is === "written";
    return apart(async () => (await despiteDeadlock(() => writeEscalations(pool, [one]))).has(one.after.id));
  };
  return async (one, patience) => {
    patience.demand();
    const told = { rows: NO_ROWS };
    const outcome = knowing(parts, one, write(one, told));
    patience.sent(outcome.then(({ stored }) => stored));
    const { stored, failure } = await outcome;
    if (stored) parts.committed({ ...one, ...told });
    else if (failure !== null) throw failure;
    // Whatever it was that was no longer so: the time is asked for before the next.
    else if (one.clockOffsetMs !== null) clock.forget();
    return stored;
  };
}

type Became = { is: "written" | "refused" | "locked"; rows: OwedRows };

/**
 * A row that somebody holds is left out rather than waited for; a lock elsewhere (two openings with one key) sends each of the
 * batch its own way.
 */
async function writeTogether(pool: Pool, clock: CarriedClock, writes: readonly Write[]): Promise<Became[]> {
  try {
    const sentMs = performance.now();
    const { written, locked, at, rows } = await despiteDeadlock(() => writeUnlocked(pool, writes));
    if (at !== null) clock.heard(at, sentMs);
    return writes.map(({ after: { id } }) => ({
      is: written.has(id) ? "written" : locked.has(id) ? "locked" : "refused",
      rows,
    }));
  } catch (error) {
    if (writes.length > 1 && isLocked(error)) return writes.map(() => ({ is: "locked", rows: NO_ROWS }));
    throw error;
  }
}

/**
 * Pauses between two looks, and how long absence is not believed: what was sent may not even have arrived when its connection
 * breaks.
 */
const LOOK_MS = { firstMs: 250, mostMs: 2000, believeAfterMs: 1000 };

/** What became of a write. `failure`: why it is not stored, when that was not its guard. */
export type Known = { stored: boolean; failure: unknown };

/**
 * When the answer to a commit is lost, the write may have happened, or may still be about to. Looking settles it: a write's last
 * audit entry has a hash that no other write can have, and where it is missing while no write of that time is at work any more,
 * it will never be there. The database may be away for a while, so this looks until it knows; it throws when that takes too long.
 */
export async function knowing({ pool, log }: Pick<Parts, "pool" | "log">, write: Write, work: Promise<boolean>): Promise<Known> {
  try {
    return { stored: await work, failure: null };
  } catch (failure) {
    if (!mayHaveRun(failure)) return { stored: false, failure };
    const since = performance.now();
    let lostBy: Date | null = null;
    for (let pauseMs = LOOK_MS.firstMs; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS.mostMs)) {
      const found: Found | null = await lookFor(pool, write, lostBy).catch(() => null);
      lostBy ??= found?.at ?? null;
      const lookedMs = performance.now() - since;
      if (found?.is === "stored") return { stored: true, failure: null };
      if (found?.is === "absent" && lookedMs >= LOOK_MS.believeAfterMs) return { stored: false, failure };
      if (lookedMs > LIMITS.settleWithin.value) {
        const facts = { err: failure, escalation: write.after.id };
        log.error(facts, "nobody knows whether a change was stored; the card shows what is true");
        throw failure;
      }
      await sleep(pauseMs);
    }
  }
}

/** `at`: when it was looked for, on the server's clock. */
type Found = { is: "stored" | "absent" | "under_way"; at: Date };

async function lookFor(pool: Pool, write: Write, lostBy: Date | null): Promise<Found> {
  // In this order: what ends between the two looks is found by the second.
  const { n, now: at } = await countUnderWay(pool, lostBy);
  if (await wasWritten(pool, write)) return { is: "stored", at };
  return { is: n > 0 ? "under_way" : "absent", at };
}

/** What a change of a row holds while it waits; openings carry what an agent sent. */
const CHANGE_BYTES = 16 * 1024;

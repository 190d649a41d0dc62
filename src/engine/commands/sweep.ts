import { LIMITS } from "../../domain/base/limits.ts";
import { decide } from "../../domain/life/decide.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { NO_ROWS } from "../../store/owe.ts";
import { inTransaction } from "../../store/pool.ts";
import { type Loaded, lockDue } from "../../store/read-escalations.ts";
import type { Write } from "../../store/write.ts";
import { writeEscalations, writeUnlocked } from "../../store/write-escalation.ts";
import { ringAlarm } from "../alarms.ts";
import { isDatabaseAway } from "../loops/database-away.ts";
import { traceNowMs, traceStep } from "../trace.ts";
import { composeWrite } from "./compose-write.ts";
import type { HandleParts } from "./handle.ts";
import type { SetBack } from "./set-back.ts";
import { surroundingsAt } from "./surroundings.ts";

/**
 * The pass over everything whose time has come: each due escalation gets a `tick`, decided on the database's clock by the same
 * rules and written by the same guarded statement as any command, many together. Rows are locked for the batch and skipped where
 * another replica holds them, so any number of sweeps share the work. Batches are taken from the oldest and the newest end in
 * turn: a backlog never keeps what has just become due waiting.
 */
const BATCH = LIMITS.sweepBatch.value;

/** `lagMs`: how late the oldest was when this pass came to it. */
export type Swept = { ticked: number; failed: number; lagMs: number };

export type SweepParts = HandleParts & { setBack: SetBack };

export async function sweep(parts: SweepParts, stopping: () => boolean = () => false): Promise<Swept> {
  const swept: Swept = { ticked: 0, failed: 0, lagMs: 0 };
  for (let end: "oldest" | "newest" = "oldest"; !stopping(); end = end === "oldest" ? "newest" : "oldest") {
    const size = await sweepBatch(parts, end, swept);
    if (size < BATCH) break;
  }
  if (swept.failed > 0) await nameTheStuck(parts);
  return swept;
}

async function sweepBatch(parts: SweepParts, end: "oldest" | "newest", swept: Swept): Promise<number> {
  let due: Loaded[] = [];
  let taken = 0;
  const writes: Write[] = [];
  let moved: Write[] = [];
  const failed = failing(parts, swept);
  const since = traceNowMs();
  try {
    await inTransaction(parts.pool, async (tx) => {
      const locked = await lockDue(tx, end, BATCH, parts.setBack.except());
      due = locked.due;
      taken = due.length + locked.unreadable.length;
      for (const { id, error } of locked.unreadable) failed(id, error, "an overdue escalation cannot be read; it stays as it is");
      for (const { escalation, now } of due) {
        const write = await tick(parts, escalation, now, failed);
        if (write !== null) writes.push(write);
      }
      const written = writes.length === 0 ? new Set() : await writeEscalations(tx, writes);
      moved = writes.filter((write) => written.has(write.after.id));
    });
  } catch (error) {
    if (writes.length === 0 || isDatabaseAway(error)) throw error;
    parts.log.error({ err: error, due: due.length }, "a batch of the sweep failed; looking for the one that fails it");
    moved = await writeInHalves(parts, writes, failed);
  }
  for (const write of moved) {
    const { before, after } = write;
    parts.setBack.moved(after.id);
    parts.committed({ ...write, rows: NO_ROWS });
    if (before !== null) traceStep(parts.trace, "tick", since, before, after);
  }
  swept.ticked += moved.length;
  const [first] = due;
  if (first !== undefined && end === "oldest") swept.lagMs = Math.max(swept.lagMs, lateMs(first));
  return taken;
}

type Failed = (id: string, error: unknown, what: string) => void;
const CANNOT_MOVE = "an overdue escalation could not be moved on";

const failing =
  (parts: SweepParts, swept: Swept): Failed =>
  (id, error, what) => {
    parts.setBack.failed(id);
    swept.failed++;
    parts.log.error({ err: error, escalation: id }, what);
  };

/**
 * One row that cannot be written must not hold up its neighbours. Each write has its own guard, so what another replica was
 * faster with stays as it is.
 */
async function writeInHalves(parts: SweepParts, writes: readonly Write[], failed: Failed): Promise<Write[]> {
  const half = Math.ceil(writes.length / 2);
  const moved: Write[] = [];
  for (const some of [writes.slice(0, half), writes.slice(half)]) {
    const [only] = some;
    if (only === undefined) continue;
    try {
      const { written } = await writeUnlocked(parts.pool, some);
      moved.push(...some.filter((write) => written.has(write.after.id)));
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      if (some.length === 1) failed(only.after.id, error, CANNOT_MOVE);
      else moved.push(...(await writeInHalves(parts, some, failed)));
    }
  }
  return moved;
}

/** One alarm for all of them, by name. It rings again as long as one of them fails. */
async function nameTheStuck(parts: SweepParts): Promise<void> {
  const stuck = parts.setBack.stuck();
  if (stuck.length === 0) return;
  await ringAlarm(parts, { kind: "sweep_failing", escalations: stuck });
}

const lateMs = ({ escalation, now }: Loaded): number => now.getTime() - (escalation.dueAt ?? now).getTime();

/** What time has done to one escalation; null when it changes nothing or cannot be told. */
async function tick(parts: HandleParts, escalation: Escalation, now: Date, failed: Failed): Promise<Write | null> {
  try {
    const events = decide(escalation, { type: "tick" }, surroundingsAt(parts, now));
    if (isRefusal(events) || events.length === 0) throw new Error("it is due, but nothing follows");
    const guard = { onlyBefore: null, opening: null, configuration: null, judgedBy: [], clockOffsetMs: null };
    return await composeWrite(parts, escalation, events, { kind: "policy" }, now, guard);
  } catch (error) {
    failed(escalation.id, error, CANNOT_MOVE);
    return null;
  }
}

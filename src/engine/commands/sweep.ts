import { decide } from "../../domain/life/decide.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { inTransaction } from "../../store/pool.ts";
import { type Loaded, lockDue } from "../../store/read-escalations.ts";
import { type Write, writeEscalations } from "../../store/write-escalation.ts";
import { traceNowMs, traceStep } from "../trace.ts";
import { composeWrite } from "./compose-write.ts";
import { type HandleParts, handle, onCallFrom } from "./handle.ts";
import { neverJudgedAgain } from "./policy-book.ts";

/**
 * The pass over everything whose time has come: each due escalation gets a `tick`, decided on the database's clock by the same rules and written by the
 * same guarded statement as any command, many together. Rows are locked for the batch and skipped where another replica holds them, so any number of
 * sweeps share the work. Batches are taken from the oldest and the newest end in turn: a backlog never keeps what has just become due waiting.
 */
const BATCH = 256;

/** `lagMs`: how late the oldest was when this pass came to it. */
export type Swept = { ticked: number; failed: number; lagMs: number };

export async function sweep(parts: HandleParts, stopping: () => boolean = () => false): Promise<Swept> {
  const swept: Swept = { ticked: 0, failed: 0, lagMs: 0 };
  const failing = new Set<string>();
  for (let end: "oldest" | "newest" = "oldest"; !stopping(); end = end === "oldest" ? "newest" : "oldest") {
    const size = await sweepBatch(parts, end, swept, failing);
    if (size < BATCH) return swept;
  }
  return swept;
}

async function sweepBatch(parts: HandleParts, end: "oldest" | "newest", swept: Swept, failing: Set<string>): Promise<number> {
  let due: Loaded[] = [];
  let taken = 0;
  const moved: Write[] = [];
  const since = traceNowMs();
  try {
    await inTransaction(parts.pool, async (tx) => {
      const locked = await lockDue(tx, end, BATCH, [...failing]);
      due = locked.due;
      taken = due.length + locked.unreadable.length;
      for (const { id, error } of locked.unreadable) {
        failing.add(id);
        parts.log.error({ err: error, escalation: id }, "an overdue escalation cannot be read; it stays as it is");
      }
      const writes: Write[] = [];
      for (const { escalation, now } of due) {
        const write = await tick(parts, escalation, now, failing);
        if (write !== null) writes.push(write);
      }
      const written = writes.length === 0 ? new Set() : await writeEscalations(tx, writes);
      moved.push(...writes.filter((write) => written.has(write.after.id)));
    });
  } catch (error) {
    // One row that cannot be written must not hold up its neighbours.
    if (due.length === 0) throw error;
    parts.log.error({ err: error, due: due.length }, "a batch of the sweep failed; trying its escalations one by one");
    moved.length = 0;
    for (const { escalation } of due) await tickAlone(parts, escalation.id, swept, failing);
  }
  for (const { before, after } of moved) {
    parts.committed(after);
    if (before !== null) traceStep(parts.trace, "tick", since, before, after);
  }
  swept.ticked += moved.length;
  swept.failed = failing.size;
  const [first] = due;
  if (first !== undefined && end === "oldest") swept.lagMs = Math.max(swept.lagMs, lateMs(first));
  return taken;
}

const lateMs = ({ escalation, now }: Loaded): number => now.getTime() - (escalation.dueAt ?? now).getTime();

/** What time has done to one escalation; null when it changes nothing or cannot be told. */
async function tick(parts: HandleParts, escalation: Escalation, now: Date, failing: Set<string>): Promise<Write | null> {
  try {
    const around = {
      now,
      directory: parts.directory(),
      onCall: onCallFrom(parts, now),
      executionToken: "",
      judgeAgain: neverJudgedAgain,
    };
    const events = decide(escalation, { type: "tick" }, around);
    if (isRefusal(events) || events.length === 0) throw new Error("it is due, but nothing follows");
    const guard = { onlyBefore: null, opening: null, configuration: null };
    return await composeWrite(parts, escalation, events, { kind: "policy" }, now, guard);
  } catch (error) {
    failing.add(escalation.id);
    parts.log.error({ err: error, escalation: escalation.id }, "an overdue escalation could not be moved on");
    return null;
  }
}

async function tickAlone(parts: HandleParts, id: string, swept: Swept, failing: Set<string>): Promise<void> {
  try {
    const result = await handle(parts, id, { type: "tick" }, { kind: "system" });
    if (!isRefusal(result) && result.changed) swept.ticked++;
  } catch (error) {
    failing.add(id);
    parts.log.error({ err: error, escalation: id }, "an overdue escalation could not be moved on");
  }
}

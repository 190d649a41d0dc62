import { LIMITS } from "../../domain/base/limits.ts";
import { batchPlace } from "../../domain/consequences/effects.ts";
import { inPriorityOrder } from "../../domain/paging/priority.ts";
import { isWaitedFor } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Engine } from "../../engine/engine.ts";

/** What is in whose batch. */
type Parts = { engine: Engine; directory: () => Directory };

/**
 * What still waits for a person in one batch, or in all of theirs; most pressing first. A form that opens on a click waits for
 * it, and the click lives 3 s.
 */
export async function waitingInBatches(parts: Parts, userId: string, window: Date | null = null): Promise<Escalation[]> {
  const directory = parts.directory();
  const batched = await parts.engine.batchedFor(userId, window, LIMITS.inBatches.value);
  const mine = batched.filter((one) => isWaitedFor(directory, one, userId));
  return inPriorityOrder(mine, await parts.engine.now());
}

/** Everything a batch has held, answered or not: those that stand on its message, and those that came since. */
export async function allOfBatch(parts: Parts, userId: string, window: Date): Promise<Escalation[]> {
  const ids = await parts.engine.escalationsAt(batchPlace(userId, window));
  const standing = (await Promise.all(ids.map((id) => parts.engine.load(id)))).flatMap((loaded) =>
    loaded === null ? [] : [loaded.escalation],
  );
  const waiting = (await waitingInBatches(parts, userId, window)).filter((one) => !ids.includes(one.id));
  return [...standing, ...waiting];
}

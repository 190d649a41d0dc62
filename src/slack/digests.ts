import { mayDecide } from "../domain/authority.ts";
import type { Directory } from "../domain/directory.ts";
import { digestPlace } from "../domain/effects.ts";
import type { Escalation } from "../domain/escalation.ts";
import { inPriorityOrder } from "../domain/paging/priority.ts";
import type { Engine } from "../engine/engine.ts";

/** What is in whose digest. */
type Parts = { engine: Engine; directory: () => Directory };

/** More than anybody answers in one window. */
const ITEMS_MAX = 500;

export const queuesOf = (directory: Directory, userId: string): string[] =>
  [...directory.queues.values()].filter((queue) => queue.members.includes(userId)).map((queue) => queue.name);

const isIn = (escalation: Escalation, userId: string, window: Date | null): boolean =>
  escalation.paging.batches.some(
    (batch) => batch.userIds.includes(userId) && (window === null || batch.window.getTime() === window.getTime()),
  );

/** What still waits for a person in one digest, or in all of theirs; most pressing first. */
export async function waitingInDigests(parts: Parts, userId: string, window: Date | null = null): Promise<Escalation[]> {
  const directory = parts.directory();
  const { found } = await parts.engine.findWaiting(
    queuesOf(directory, userId),
    ITEMS_MAX,
    (one) =>
      isIn(one, userId, window) &&
      !one.votes.some((vote) => vote.userId === userId) &&
      mayDecide(directory, one).some((reviewer) => reviewer.userId === userId),
  );
  return inPriorityOrder(found, await parts.engine.now());
}

/** Everything a digest has held, answered or not: those that stand on its message, and those that came since. */
export async function allOfDigest(parts: Parts, userId: string, window: Date): Promise<Escalation[]> {
  const ids = await parts.engine.escalationsAt(digestPlace(userId, window));
  const standing = (await Promise.all(ids.map((id) => parts.engine.load(id)))).flatMap((loaded) =>
    loaded === null ? [] : [loaded.escalation],
  );
  const waiting = (await waitingInDigests(parts, userId, window)).filter((one) => !ids.includes(one.id));
  return [...standing, ...waiting];
}

import { mayDecide } from "../domain/authority.ts";
import type { Directory } from "../domain/directory.ts";
import type { Escalation } from "../domain/escalation.ts";
import type { Engine } from "../engine/engine.ts";
import { queuesOf } from "./digests.ts";

/** What this person may still decide, oldest deadline first. */
export async function waitingFor(
  parts: { engine: Engine; directory: () => Directory },
  userId: string,
  limit: number,
): Promise<Escalation[]> {
  const waiting = await parts.engine.waitingIn(queuesOf(parts.directory(), userId), limit);
  return waiting.filter(
    (one) =>
      mayDecide(parts.directory(), one).some((reviewer) => reviewer.userId === userId) &&
      !one.votes.some((vote) => vote.userId === userId),
  );
}

import { mayDecide } from "../domain/authority.ts";
import type { Directory } from "../domain/directory.ts";
import type { Escalation } from "../domain/escalation.ts";
import type { Engine } from "../engine/engine.ts";
import { queuesOf } from "./digests.ts";

/** What this person may still decide, nearest deadline first. */
export async function waitingFor(
  parts: { engine: Engine; directory: () => Directory },
  userId: string,
  limit: number,
): Promise<Escalation[]> {
  const directory = parts.directory();
  return parts.engine.waitingIn(
    queuesOf(directory, userId),
    limit,
    (one) =>
      mayDecide(directory, one).some((reviewer) => reviewer.userId === userId) &&
      !one.votes.some((vote) => vote.userId === userId),
  );
}

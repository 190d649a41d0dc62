import { mayDecide } from "../domain/authority.ts";
import type { Directory } from "../domain/directory.ts";
import type { Escalation } from "../domain/escalation.ts";
import type { Engine } from "../engine/engine.ts";
import { queuesOf } from "./digests.ts";

/** What this person may still decide, nearest deadline first; what somebody else has taken over is theirs. */
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
      (one.takenOverBy ?? userId) === userId &&
      mayDecide(directory, one).some((reviewer) => reviewer.userId === userId) &&
      !one.votes.some((vote) => vote.userId === userId),
  );
}

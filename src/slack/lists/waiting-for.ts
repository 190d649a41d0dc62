import { couldStillComplete } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import type { Engine, FoundWaiting } from "../../engine/engine.ts";
import { queuesOf } from "./digests.ts";

type Parts = { engine: Engine; directory: () => Directory };

/**
 * What waits for this person's answer, nearest deadline first; what somebody else has taken over is theirs. `mayBeMore`: not
 * everything was looked at.
 */
export function waitingFor(parts: Parts, userId: string, limit: number): Promise<FoundWaiting> {
  const directory = parts.directory();
  return parts.engine.findWaiting(
    queuesOf(directory, userId),
    limit,
    (one) => (one.takenOverBy ?? userId) === userId && couldStillComplete(directory, one, userId),
  );
}

import { isWaitedFor } from "../../domain/people/authority.ts";
import { type Directory, queuesOf } from "../../domain/people/directory.ts";
import type { Engine } from "../../engine/engine.ts";
import type { FoundWaiting } from "../../engine/reading/reading.ts";

type Parts = { engine: Engine; directory: () => Directory };

/**
 * What waits for this person's answer, nearest deadline first; what somebody else has taken over is theirs. `mayBeMore`: not
 * everything was looked at.
 */
export function waitingFor(parts: Parts, userId: string, limit: number): Promise<FoundWaiting> {
  const directory = parts.directory();
  return parts.engine.findWaiting(queuesOf(directory, userId), limit, (one) => isWaitedFor(directory, one, userId));
}

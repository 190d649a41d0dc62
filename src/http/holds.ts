import { LIMITS } from "../domain/base/limits.ts";
import { say } from "../words/en.ts";
import { ProblemError } from "./problem.ts";

/**
 * Requests of one kind that are under way, counted: held for news, each costs a connection and a timer, and a client that loses
 * its answers begins new ones. `words`: what is said to one too many, where it is not a long poll.
 */
export type Holds = {
  /** Takes a place; gives it back when called. Throws 429 when there is none. */
  take(agentId: string): () => void;
};

export function createHolds(
  max: number = LIMITS.longPolls.value,
  perAgentMax: number = LIMITS.longPollsPerAgent.value,
  words?: string,
): Holds {
  const held = new Map<string, number>();
  let all = 0;
  return {
    take(agentId) {
      const own = held.get(agentId) ?? 0;
      if (own >= perAgentMax || all >= max) {
        const detail = words ?? say.refusedCalls.pollsHeld(own >= perAgentMax ? perAgentMax : null);
        throw new ProblemError({ code: "rate-limited", detail, retryAfterS: 5 });
      }
      held.set(agentId, own + 1);
      all++;
      return () => {
        all--;
        const left = (held.get(agentId) ?? 1) - 1;
        if (left === 0) held.delete(agentId);
        else held.set(agentId, left);
      };
    },
  };
}

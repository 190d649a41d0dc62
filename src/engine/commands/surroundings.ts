import type { OnCall } from "../../domain/on-call/roster.ts";
import type { Surroundings } from "../../domain/shapes/commands.ts";
import type { EngineParts } from "../parts.ts";
import { neverJudgedAgain } from "./policy-book.ts";

/** The one place where what a decision may look at is put together; whoever decides adds what its own command brings along. */
type Parts = Pick<EngineParts, "directory" | "roster">;
type Brought = Partial<Pick<Surroundings, "judgeAgain" | "voters" | "executionToken">>;

export function surroundingsAt(parts: Parts, now: Date, brought: Brought = {}): Surroundings {
  return {
    now,
    directory: parts.directory(),
    onCall: onCallFrom(parts, now),
    // Nobody is given the right to execute, nothing is judged again and no vote may be the last one, unless it is brought along.
    executionToken: "",
    judgeAgain: neverJudgedAgain,
    voters: new Map(),
    ...brought,
  };
}

/** The answers to "who is on call?" as of a moment, from what this process last read of the roster. */
export function onCallFrom(parts: Parts, at: Date): (source: string) => OnCall {
  return (source) => parts.roster.onCall(parts.directory(), source, at);
}

import { decide } from "../../domain/life/decide.ts";
import type { HumanCommand } from "../../domain/shapes/commands.ts";
import type { Event } from "../../domain/shapes/events.ts";
import type { Refusal } from "../../domain/shapes/refusal.ts";
import type { Loaded } from "../../store/read-escalations.ts";
import type { EngineParts } from "../parts.ts";
import { onCallFrom } from "./handle.ts";
import { neverJudgedAgain } from "./policy-book.ts";

/**
 * What a command would bring about as things are, decided by the same rules and written nowhere: a form says beforehand what its
 * button will do.
 */
export function foresee(parts: EngineParts, { escalation, now }: Loaded, command: HumanCommand): Event[] | Refusal {
  const onCall = onCallFrom(parts, now);
  return decide(escalation, command, {
    now,
    directory: parts.directory(),
    onCall,
    executionToken: "",
    judgeAgain: neverJudgedAgain,
    voters: new Map(),
  });
}

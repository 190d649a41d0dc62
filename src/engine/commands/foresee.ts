import { decide } from "../../domain/life/decide.ts";
import type { HumanCommand } from "../../domain/shapes/commands.ts";
import type { Event } from "../../domain/shapes/events.ts";
import type { Refusal } from "../../domain/shapes/refusal.ts";
import type { Loaded } from "../../store/read-escalations.ts";
import type { EngineParts } from "../parts.ts";
import { surroundingsAt } from "./surroundings.ts";

/**
 * What a command would bring about as things are, decided by the same rules and written nowhere: a form says beforehand what its
 * button will do.
 */
export function foresee(parts: EngineParts, { escalation, now }: Loaded, command: HumanCommand): Event[] | Refusal {
  return decide(escalation, command, surroundingsAt(parts, now));
}

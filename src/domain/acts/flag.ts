import { say } from "../../words/en.ts";
import { ranUnasked } from "../life/unasked.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { mention, type Refusal, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

function refuseFlag(escalation: Escalation): Refusal | null {
  if (!ranUnasked(escalation)) return refuse("not_for_this_kind", say.refusals.acts.notFlaggable);
  const { flag } = escalation;
  if (flag === null) return null;
  const who = flag.userId === null ? (flag.machine ?? "a machine") : mention([flag.userId]);
  return refuse("already_flagged", say.refusals.acts.alreadyFlagged(who));
}

/** What anybody who watches may do: one flag asks for one look, whoever raises it first. */
export function flagBy(escalation: Escalation, by: Extract<Event, { type: "flagged" }>["by"], text: string): Event[] | Refusal {
  const words = text.trim();
  if (words === "")
    return refuse("invalid_fields", say.refusals.acts.flagWhyMissing, [
      { field: "reason", detail: say.refusals.acts.flagWhyMissing },
    ]);
  return refuseFlag(escalation) ?? [{ type: "flagged", by, text: words }];
}

/**
 * Finds fault with something that people were only told of, while it runs or long after: people look at it in a review of its
 * own, and the act stays what it was.
 */
export const flag: Act<"flag"> = {
  by: "member",
  opens: "form",
  isAbout: ranUnasked,
  refuse: refuseFlag,
  decide: (escalation, command) => flagBy(escalation, { userId: command.by.userId }, command.text),
};

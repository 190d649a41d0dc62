import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { CLASS, type Owed, type PayloadOf } from "./deliveries.ts";
import { isDrawn } from "./sample.ts";

/** What people are owed to look at after the fact; each is opened once, by the deliverer, from the commit that owes it. */
type Ask = PayloadOf<"follow_up">["ask"];

export const reviewOwed = (escalationId: string, ask: Ask, key: string, priority: Owed["priority"] = CLASS.waiting): Owed => ({
  lane: "engine:follow_up",
  kind: "follow_up",
  escalationId,
  payload: { ask },
  priority,
  dedupe: `${key}:${escalationId}`,
});

export function reviewsOwed(before: Escalation | null, after: Escalation, events: readonly Event[]): Owed[] {
  const has = (type: Event["type"]) => events.some((event) => event.type === type);
  const ends = after.endedAt !== null && before?.endedAt === null;
  return [
    // What an agent says after its time goes to the people who were asked whether its act ran.
    ...(after.endedReason === "outcome_unknown" && has("reported_late")
      ? [reviewOwed(after.id, "late_outcome", "late_outcome")]
      : []),
    ...(has("flagged") ? [reviewOwed(after.id, "was_it_right", "flag")] : []),
    // Nobody is asked about this: it is only remembered that acts like it can be undone.
    ...(ends && after.endedReason === "rolled_back" ? [reviewOwed(after.id, "undo_rehearsed", "rehearsal", CLASS.notice)] : []),
    // With what became of it; nobody waits for this one.
    ...(ends && isDrawn(after) ? [reviewOwed(after.id, "sampled", "sample", CLASS.notice)] : []),
  ];
}

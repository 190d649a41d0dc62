import { isSoftReview } from "../kinds/all.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { isExecutable } from "./agent.ts";
import { roundTimes } from "./round-times.ts";

/** More than anything can have changed in what a restore loses: versions and revisions go on above all that were given out. */
export const LOST_CHANGES_MAX = 1000;

/**
 * What follows from the database having been put back to an earlier point (`to`), for what was open then: since that point it may
 * have been decided, and it may have run. What waits is asked again, and says why,
 * unless it was to be done meanwhile. What was allowed is never allowed a second
 * time, not even where it may be repeated: how often it was is lost as well. Null: nothing follows.
 */
export function restore(escalation: Escalation, to: Date, now: Date): Event | null {
  const ends = (endedReason: "outcome_unknown" | "outcome_unreported"): Event => ({
    type: "restored",
    to,
    again: null,
    endedReason,
  });
  switch (escalation.state) {
    case "paused_pending_human": {
      if (isSoftReview(escalation)) return ends("outcome_unknown");
      const again = roundTimes(escalation.ruling, escalation.request, now);
      return { type: "restored", to, again, endedReason: null };
    }
    case "running":
      return ends("outcome_unreported");
    case "resuming":
      return ends("outcome_unknown");
    case "human_responded":
    case "timed_out":
      return escalation.endedAt === null && isExecutable(escalation) ? ends("outcome_unknown") : null;
    case "completed":
    case "failed":
      return null;
    default:
      return escalation.state satisfies never;
  }
}

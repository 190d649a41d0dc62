import { evolve } from "../life/evolve.ts";
import type { Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { nextDue, type PagingEvent } from "./due.ts";

/** A chain has few steps; more than this at once is a bug, not a backlog. */
const STEPS_AT_ONCE_MAX = 100;

/** Everything of the paging that is due now, in order: it belongs to the commit that found it due. */
export function pagingDue(escalation: Escalation, around: Pick<Surroundings, "now" | "directory" | "onCall">): PagingEvent[] {
  const events: PagingEvent[] = [];
  let current = escalation;
  for (let i = 0; i < STEPS_AT_ONCE_MAX; i++) {
    const event = nextDue(current, around);
    if (event === null) return events;
    events.push(event);
    current = evolve(current, event, around.now);
  }
  throw new Error(`the paging of ${escalation.id} does not come to rest`);
}

import type { Event } from "../shapes/events.ts";
import type { Paging } from "../shapes/paging.ts";

type Turning = Extract<Event, { type: "paged" | "reminded" | "batched" | "claimed" | "released" | "claim_lapsed" }>;

/** What an event of the chain makes of the paging. */
export function turnPage(paging: Paging, event: Turning, now: Date): Paging {
  switch (event.type) {
    case "paged": {
      const { page, next } = event;
      // What is urgent has left the batch.
      return {
        ...paging,
        pages: [...paging.pages, page],
        token: page.token,
        step: page.step + 1,
        next,
        reminders: 0,
        batchAt: null,
      };
    }
    case "reminded":
      return { ...paging, next: event.next, reminders: paging.reminders + 1 };
    case "batched": {
      const { userIds, window } = event;
      const batches = userIds.length === 0 ? paging.batches : [...paging.batches, { userIds, window }];
      return { ...paging, batchAt: event.again, batches };
    }
    case "claimed":
      return { ...paging, claim: { userId: event.by, at: now, until: event.until } };
    case "released":
    case "claim_lapsed":
      return { ...paging, claim: null, next: event.next };
  }
}

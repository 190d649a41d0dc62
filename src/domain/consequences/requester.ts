import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { CLASS, type Owed } from "./deliveries.ts";

/** Whoever is named as having asked for it is looked up once it is committed; each person has a lane of their own. */
export function requesterOwed({ id, request }: Escalation, events: readonly Event[]): Owed[] {
  const { requested_by } = request;
  if (requested_by === undefined || !events.some((event) => event.type === "opened")) return [];
  const lane = `slack:users.info:${requested_by}`;
  return [{ lane, kind: "requester", escalationId: id, payload: {}, priority: CLASS.waiting, dedupe: `requester:${id}` }];
}

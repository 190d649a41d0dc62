import { authorsOf } from "../life/decision.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { CLASS, type Owed } from "./deliveries.ts";
import { postLane } from "./lanes.ts";

/** Whoever is named as having asked for it is looked up once it is committed; each person has a lane of their own. */
export function requesterOwed({ id, request }: Escalation, events: readonly Event[]): Owed[] {
  const { requested_by } = request;
  if (requested_by === undefined || !events.some((event) => event.type === "opened")) return [];
  const lane = `slack:users.info:${requested_by}`;
  return [{ lane, kind: "requester", escalationId: id, payload: {}, priority: CLASS.waiting, dedupe: `requester:${id}` }];
}

/**
 * Whoever asked for it hears once what became of it, where people were asked and they were not the ones who answered. The name is
 * the agent's word: nobody whom Slack has not confirmed gets a message, and what runs unasked tells nobody, or an agent could
 * flood whom it likes.
 */
export function requesterTold(before: Escalation | null, after: Escalation, line: (after: Escalation) => string): Owed[] {
  const { requested_by: userId } = after.request;
  const ends = after.endedAt !== null && before?.endedAt === null;
  if (!ends || userId === undefined || after.requester !== "person" || after.deadline === null || after.reviewOf !== null)
    return [];
  if (after.decision !== null && authorsOf(after.decision).includes(userId)) return [];
  const payload = { channel: userId, text: line(after) };
  const lane = postLane(userId);
  return [{ lane, kind: "message", escalationId: after.id, payload, priority: CLASS.notice, dedupe: `told:${after.id}` }];
}

import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { CALLBACK_OF, type CallbackType } from "./callback-types.ts";
import { CLASS, type Owed } from "./deliveries.ts";

/** Of one agent to one host: what is dead there holds up nobody else. */
const callbackLane = (agentId: string, url: string): string => `callback:${agentId}:${new URL(url).host}`;

/**
 * One callback of an escalation is owed at a time. It carries the whole escalation as it stands when it is sent, so a newer one
 * says all that an older one would, which has not arrived yet; and none can overtake another.
 */
export function callbacks(after: Escalation, events: readonly Event[]): Owed[] {
  const { callback } = after.request;
  // The last one says what is true now: silence that asks other people, for one, never timed anything out.
  const told = events.map((event) => CALLBACK_OF[event.type]).findLast((one) => one !== null);
  return [...(told === "escalation.timed_out" ? parentTold(after) : []), ...ownCallback(after, events, callback, told)];
}

/** Whoever waits for a sub-agent hears that nobody answered it, at the address that its own escalation names. */
function parentTold({ id, request }: Escalation): Owed[] {
  const parent = request.parent?.escalation_id;
  if (parent === undefined) return [];
  const payload = { type: "escalation.timed_out" as const, parent };
  const dedupe = `callback:${id}:parent`;
  return [{ lane: `callback:of:${parent}`, kind: "callback", escalationId: id, payload, priority: CLASS.waiting, dedupe }];
}

function ownCallback(
  after: Escalation,
  events: readonly Event[],
  callback: Escalation["request"]["callback"],
  told: CallbackType | null | undefined,
): Owed[] {
  if (callback === undefined) return [];
  const type = told ?? (canUndoNow(after, events) ? "escalation.decided" : undefined);
  if (type === undefined || type === null) return [];
  const lane = callbackLane(after.agentId, callback.url);
  const dedupe = `callback:${after.id}`;
  return [{ lane, kind: "callback", escalationId: after.id, payload: { type }, priority: CLASS.waiting, dedupe }];
}

/**
 * What people told a session, or the agent as a whole (an empty name), at the address that this escalation of it names. Of
 * several that were not sent yet the last one says what is true.
 */
export function directiveCallback({ id, agentId, request }: Escalation, sessionId: string): Owed[] {
  const { callback } = request;
  if (callback === undefined) return [];
  const lane = callbackLane(agentId, callback.url);
  const payload = { type: "session.directive" as const, sessionId };
  const dedupe = `directive:${agentId}:${sessionId}:${callback.url}`;
  return [{ lane, kind: "callback", escalationId: id, payload, priority: CLASS.waiting, dedupe }];
}

/** What was to be undone from the moment on that nobody is at it any more: that moment has come. */
const canUndoNow = ({ decision, endedAt, acted }: Escalation, events: readonly Event[]): boolean =>
  decision?.type === "rollback" &&
  endedAt === null &&
  acted === null &&
  events.some(({ type }) => type === "reported_meanwhile" || type === "lease_lapsed");

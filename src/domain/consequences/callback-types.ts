import type { Event } from "../shapes/events.ts";

export const CALLBACK_TYPES = [
  "escalation.decided",
  "escalation.timed_out",
  "escalation.reopened",
  "escalation.message",
  "escalation.restored",
] as const;
export type CallbackType = (typeof CALLBACK_TYPES)[number];

/** What an agent that gave a callback is told of each event; null = nothing. */
export const CALLBACK_OF: Record<Event["type"], CallbackType | null> = {
  opened: null,
  voted: null,
  abstained: null,
  vote_withdrawn: null,
  modified: null,
  asked: "escalation.message",
  told: null,
  requester_confirmed: null,
  requester_unknown: null,
  flagged: null,
  raised: null,
  taken_over: null,
  handed_back: null,
  paged: null,
  reminded: null,
  batched: null,
  claimed: null,
  released: null,
  claim_lapsed: null,
  extended: null,
  decided: "escalation.decided",
  timed_out: "escalation.timed_out",
  transferred: "escalation.reopened",
  reopened: "escalation.reopened",
  restored: "escalation.restored",
  resumed: null,
  regranted: null,
  started: null,
  lease_extended: null,
  lease_lapsed: null,
  reached: null,
  reported: null,
  reported_late: null,
  expired: null,
  cancelled: null,
};

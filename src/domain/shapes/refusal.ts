import { say } from "../../words/en.ts";
import type { Escalation } from "./escalation.ts";
import type { Seat } from "./ruling.ts";

/**
 * Every expected "no", as a value. The sentence says why and the way on; a reviewer reads it in Slack, an agent as `detail`.
 * People are named as Slack mentions (`<@U…>`).
 */
export type RefusalCode =
  | "not_found"
  | "already_decided"
  | "stale_version"
  | "deadline_passed"
  | "not_a_reviewer"
  | "not_in_queue"
  | "no_fitting_seat"
  | "seat_filled"
  | "nobody_may_decide"
  | "own_request"
  | "own_agent"
  | "requester_unknown"
  | "wrong_team"
  | "not_a_member"
  | "identity_unknown"
  | "already_voted"
  | "already_flagged"
  | "not_for_this_kind"
  | "not_modifiable"
  | "invalid_fields"
  | "nothing_changed"
  | "modification_forbidden"
  | "modification_unanswerable"
  | "not_voted"
  | "already_claimed"
  | "not_claimed"
  | "not_extendable"
  | "no_senior"
  | "taken_over"
  | "not_taken_over"
  | "cannot_show"
  | "not_decided"
  | "already_resuming"
  | "preconditions_missing"
  | "world_changed"
  | "decision_expired"
  | "wrong_token"
  | "outcome_conflict"
  | "restored"
  | "session_stopped"
  | "not_cancellable"
  | "not_waiting"
  | "ended"
  | "invalid_request"
  | "idempotency_key_reused"
  | "review_of_own_act"
  | "unsupported"
  | "rate_limited"
  | "queue_full"
  | "queue_unknown";

export type FieldError = { field: string; detail: string };
/**
 * `retryAfterS`: when the same may be asked again, for what is refused only because of when it came. `escalationId`: the one that
 * stands in the way.
 */
export type Refusal = {
  refused: RefusalCode;
  detail: string;
  fields?: readonly FieldError[];
  retryAfterS?: number;
  escalationId?: string;
};

/** Builds a refusal; `fields` names the inputs at fault. */
export function refuse(code: RefusalCode, detail: string, fields?: readonly FieldError[]): Refusal {
  return fields === undefined ? { refused: code, detail } : { refused: code, detail, fields };
}

/** A refusal that passes by itself, in so many seconds. */
export const refuseFor = (code: "rate_limited" | "queue_full", detail: string, retryAfterS: number): Refusal => ({
  refused: code,
  detail,
  retryAfterS,
});

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refused" in value;
}

/** "@maria, @lee and @kim" as Slack mentions; at most five, the rest counted. */
export function mention(userIds: readonly string[]): string {
  const shown = userIds.slice(0, 5).map((id) => `<@${id}>`);
  if (userIds.length > shown.length) shown.push(`${userIds.length - shown.length} more`);
  return shown.length <= 1 ? (shown[0] ?? "nobody") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** Who ended the round, for the one who came too late. */
export function alreadyDecided(escalation: Escalation): Refusal {
  const decision = escalation.decision ?? escalation.pastDecisions.at(-1);
  if (escalation.state === "timed_out" || decision?.source === "timeout") {
    const { takenOverBy } = escalation;
    return refuse("already_decided", say.refusals.people.tooLate(takenOverBy === null ? null : mention([takenOverBy])));
  }
  if (escalation.endedReason === "session_terminated") {
    const { userId } = escalation.withdrawal ?? {};
    return refuse("already_decided", say.refusals.people.sessionTerminated(userId === undefined ? null : mention([userId])));
  }
  if (escalation.endedReason === "cancelled") return refuse("already_decided", say.refusals.people.withdrawn);
  const last = decision?.votes.at(-1);
  if (decision === undefined || decision === null || last === undefined)
    return refuse("already_decided", say.refusals.people.waitsNoLonger);
  return refuse("already_decided", say.refusals.people.already[decision.type](mention([last.userId])));
}

/** What is asked for, or what is still missing. */
export const seatWords = (seats: readonly Seat[]): string =>
  say.seats.several(seats.map(({ label, count, levelMin }) => say.seats.seat(label, count, levelMin)));

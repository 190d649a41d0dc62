import type { Rotation } from "../on-call/rotation.ts";
import type { Window } from "../on-call/window.ts";
import type { Limits } from "../shapes/limits.ts";
import type { Seat } from "../shapes/ruling.ts";

/**
 * Who people and queues are *now*: live memberships from the configuration. Unlike a ruling, nothing of this is pinned:
 * who was removed cannot vote, who was added can.
 */
export type Reviewer = {
  userId: string;
  name: string;
  /** 1 standard, 2 manager, 3 compliance. */
  level: 1 | 2 | 3;
  roles: readonly string[];
  timeZone: string;
  /** When they want to hear of what is not urgent; null = always. */
  workingHours: Window | null;
  quietHours: Window | null;
  /**
   * Ways to reach them beside Slack, in this order: an e-mail address, and the name of a pager whose key is in the environment.
   */
  email: string | null;
  pager: string | null;
};
export type Queue = { name: string; channel: string; members: readonly string[] };
export type RegisteredAgent = {
  name: string;
  owner: string | null;
  environment: string | null;
  callbackHosts: readonly string[];
};
/** Who is on call, from whatever source: one question, one kind of answer, always with what there is to know about its age. */
export type Source =
  | { kind: "people"; people: readonly string[] }
  /** Every reviewer with one of these roles. */
  | { kind: "roles"; roles: readonly string[] }
  | { kind: "rotation"; rotation: Rotation }
  | { kind: "slack_user_group"; group: string }
  | { kind: "pagerduty"; schedules: readonly string[]; escalationPolicies: readonly string[] }
  | { kind: "ical"; url: string };

export type Directory = {
  /**
   * Slack team whose members may decide: the configured one, else that of the bot's own token; null = not known yet, and nobody
   * decides.
   */
  teamId: string | null;
  reviewers: ReadonlyMap<string, Reviewer>;
  queues: ReadonlyMap<string, Queue>;
  agents: ReadonlyMap<string, RegisteredAgent>;
  admins: ReadonlySet<string>;
  /** Channel for alarms; owners are told by DM as well. */
  alarmsChannel: string | null;
  /** Where alarms go when Slack does not take them. */
  alarmRoutes: { email: string | null; pager: string | null };
  /** Sources of who is on call, by name. */
  onCall: ReadonlyMap<string, Source>;
  /** How much agents may have taken in. */
  limits: Limits;
};

/** The queues that a person belongs to, by name. */
export const queuesOf = (directory: Directory, userId: string): string[] =>
  [...directory.queues.values()].filter((queue) => queue.members.includes(userId)).map((queue) => queue.name);

/** Whether a reviewer may fill a seat at all (who has filled which is `review.ts`). */
export function fitsSeat(reviewer: Reviewer, seat: Seat): boolean {
  if (reviewer.level < seat.levelMin) return false;
  if (seat.users.length > 0 && !seat.users.includes(reviewer.userId)) return false;
  return seat.roles.length === 0 || seat.roles.some((role) => reviewer.roles.includes(role));
}

/** The reviewers of a queue who may fill at least one of the seats, in the order of the file. */
export function eligibleReviewers(directory: Directory, queueName: string, seats: readonly Seat[]): Reviewer[] {
  const queue = directory.queues.get(queueName);
  if (queue === undefined) return [];
  return queue.members
    .map((id) => directory.reviewers.get(id))
    .filter((reviewer): reviewer is Reviewer => reviewer !== undefined)
    .filter((reviewer) => seats.some((seat) => fitsSeat(reviewer, seat)));
}

import { say } from "../../words/en.ts";
import { emptySeat, nobodyFits } from "../policy/satisfiable.ts";
import type { Escalation, Vote } from "../shapes/escalation.ts";
import type { Glance } from "../shapes/glance.ts";
import { isRefusal, mention, type Refusal, refuse, seatWords } from "../shapes/refusal.ts";
import type { EscalationRequest } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { tierOf } from "../tiers.ts";
import { type Directory, eligibleReviewers, fitsSeat, type Reviewer } from "./directory.ts";
import { resolve } from "./seats.ts";

/** Facts about a person older than this are not good enough to decide on. */
export const IDENTITY_AGE_S_MAX = 60;

/**
 * Who clicked, with what Slack said about the account (`users.info`) and how old that answer is. An account belongs to one
 * workspace, or in an Enterprise Grid to several and to the organisation itself (`E…`): all of these are its teams. `teamId`: the
 * workspace in which it was clicked.
 */
export type Person = {
  userId: string;
  teamId: string;
  /** null = Slack could not be asked; nobody is let through on a guess. */
  account: { deleted: boolean; bot: boolean; guest: boolean; stranger: boolean; teams: readonly string[] } | null;
  accountAgeS: number;
};

/** Whether this is an identifiable person of the workspace; null = yes. Fails closed: unknown or stale facts refuse. */
export function refuseAccount(directory: Directory, person: Person): Refusal | null {
  if (person.account === null || person.accountAgeS > IDENTITY_AGE_S_MAX || directory.teamId === null) {
    return refuse("identity_unknown", say.refusals.people.identityUnknown);
  }
  const account = person.account;
  if (account.deleted || account.bot || account.guest || account.stranger) {
    return refuse("not_a_member", say.refusals.people.notAMember);
  }
  const belongs = account.teams.includes(directory.teamId) && account.teams.includes(person.teamId);
  return !belongs ? refuse("wrong_team", say.refusals.people.wrongTeam) : null;
}

/**
 * Whether this is such a person and belongs to the escalation's queue. Enough to ask or to look, not to decide. `deciders`: whom
 * to send others to.
 */
export function authoriseMember(
  directory: Directory,
  queueName: string,
  person: Person,
  deciders?: readonly string[],
): Reviewer | Refusal {
  const refusal = refuseAccount(directory, person);
  if (refusal !== null) return refusal;
  const reviewer = directory.reviewers.get(person.userId);
  const members = directory.queues.get(queueName)?.members ?? [];
  if (reviewer === undefined || !members.includes(person.userId)) {
    const able = deciders ?? members;
    return refuse(
      reviewer === undefined ? "not_a_reviewer" : "not_in_queue",
      say.refusals.people.notInQueue(queueName, able.length === 0 ? null : mention(able)),
    );
  }
  return reviewer;
}

/** Enough to tell who may decide, also of what is not submitted yet. */
type Asked = Pick<Escalation, "agentName" | "agentOwner"> & {
  request: Pick<EscalationRequest, "requested_by" | "on_behalf_of">;
  ruling: Pick<Ruling, "queue" | "requirement" | "review">;
};

/**
 * Whether this person asked for it, or it is done with their authority: that keeps them out unless the policy lets them confirm
 * what is done already.
 */
const isBarredRequester = ({ request, ruling }: Pick<Asked, "request" | "ruling">, userId: string): boolean =>
  (request.requested_by === userId || request.on_behalf_of === userId) && ruling.review?.requesterMayConfirm !== true;

/**
 * Whoever owns the agent: by its registration and by the configuration, which may name another person. Neither decides for it.
 */
export function owns(
  directory: Directory,
  { agentName, agentOwner }: Pick<Escalation, "agentName" | "agentOwner">,
  userId: string,
): boolean {
  return agentOwner === userId || directory.agents.get(agentName)?.owner === userId;
}

/** The people who may still decide this one: they fit a seat, did not ask for it and do not own the agent. */
export function mayDecide(directory: Directory, escalation: Asked): Reviewer[] {
  return eligibleReviewers(directory, escalation.ruling.queue, escalation.ruling.requirement.seats).filter(
    ({ userId }) => !isBarredRequester(escalation, userId) && !owns(directory, escalation, userId),
  );
}

/**
 * Whether the person who is said to have asked for it could decide otherwise. The name is the agent's word: one that names who
 * would say no keeps them out, so that is said wherever it is decided.
 */
export const isRequesterBarred = (directory: Directory, { request, ruling }: Asked): boolean =>
  eligibleReviewers(directory, ruling.queue, ruling.requirement.seats).some(
    ({ userId }) => userId === request.requested_by && isBarredRequester({ request, ruling }, userId),
  );

const hasVoted = (votes: readonly Vote[], userId: string): boolean => votes.some((vote) => vote.userId === userId);

/** Whether this person has answered in this round, if only that others should: whoever has is asked no more. */
export const hasAnswered = ({ votes, abstained }: Pick<Escalation, "votes" | "abstained">, userId: string | null): boolean =>
  userId !== null && (hasVoted(votes, userId) || hasVoted(abstained, userId));

/**
 * The people who are still waited for: a consent of theirs would fill a seat that is still empty. A reject of whoever may decide
 * counts all the same.
 */
export function stillNeeded(
  directory: Directory,
  escalation: Asked & Pick<Escalation, "votes" | "abstained" | "version" | "stateSince">,
): Reviewer[] {
  const deciders = mayDecide(directory, escalation).filter((one) => !hasVoted(escalation.abstained, one.userId));
  const { votes, ruling, version } = escalation;
  if (votes.length === 0) return deciders;
  const members = mayDecide(directory, escalation).map((one) => one.userId);
  const seatsOpen = (cast: readonly Vote[]) => {
    const resolution = resolve(ruling.requirement, cast, directory, members);
    return resolution.resolved === "open" ? resolution.missing.reduce((sum, seat) => sum + seat.count, 0) : 0;
  };
  const open = seatsOpen(votes);
  const trial = {
    verdict: "approve",
    teamId: "",
    at: escalation.stateSince,
    reasonCode: null,
    reason: null,
    version,
    seen: null,
  } as const;
  return deciders.filter(({ userId }) => !hasVoted(votes, userId) && seatsOpen([...votes, { ...trial, userId }]) < open);
}

/**
 * Whether this person is waited for. Lists, pages, reminders and batches all ask here: nobody is paged for a place that is
 * taken, nor for what somebody else has taken over.
 */
export const isWaitedFor = (directory: Directory, escalation: Glance | Escalation, userId: string): boolean =>
  escalation.state === "paused_pending_human" &&
  (escalation.takenOverBy ?? userId) === userId &&
  stillNeeded(directory, escalation).some((one) => one.userId === userId);

/** The seat that nobody can fill as people and queues are now, so that only time can end this; null = it can be answered. */
export function unfillableSeat(directory: Directory, escalation: Escalation): string | null {
  const { queue, requirement } = escalation.ruling;
  const barred = (directory.queues.get(queue)?.members ?? []).filter(
    (userId) => isBarredRequester(escalation, userId) || owns(directory, escalation, userId),
  );
  const look = tierOf(escalation).doneBy === "person" ? nobodyFits : emptySeat;
  return look(requirement.seats, directory, queue, barred);
}

/** Whether this person may cast a vote here: a member of the queue, not a party to it, fitting at least one seat. */
export function authoriseVoter(directory: Directory, escalation: Escalation, person: Person): Reviewer | Refusal {
  const others = mayDecide(directory, escalation).map((r) => r.userId);
  const reviewer = authoriseMember(directory, escalation.ruling.queue, person, others);
  if (isRefusal(reviewer)) return reviewer;
  const seats = escalation.ruling.requirement.seats;
  if (seats.length === 0 || others.length === 0) {
    return refuse("nobody_may_decide", say.refusals.people.nobodyMayDecide);
  }
  if (isBarredRequester(escalation, person.userId)) {
    return refuse("own_request", say.refusals.people.ownRequest(mention(others)));
  }
  if (owns(directory, escalation, person.userId)) {
    return refuse("own_agent", say.refusals.people.ownAgent(mention(others)));
  }
  if (!seats.some((seat) => fitsSeat(reviewer, seat))) {
    return refuse("no_fitting_seat", say.refusals.people.noFittingSeat(seatWords(seats), mention(others)));
  }
  return reviewer;
}

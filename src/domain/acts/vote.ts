import { say } from "../../words/en.ts";
import { decisionOf } from "../life/decision.ts";
import { dueAfterAnswer } from "../life/soft-review.ts";
import { mayDecide, refuseAccount, stillNeeded } from "../people/authority.ts";
import type { Directory } from "../people/directory.ts";
import { resolve } from "../people/seats.ts";
import type { HumanCommand, Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation, Vote } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { mention, type Refusal, refuse, seatWords } from "../shapes/refusal.ts";

/** What the acts that cast a vote share. */
export function voteOf(command: HumanCommand, verdict: Vote["verdict"], now: Date, version: number): Vote {
  return {
    userId: command.by.userId,
    teamId: command.by.teamId,
    verdict,
    at: now,
    reasonCode: command.type === "reject" ? command.reasonCode : null,
    reason: "reason" in command ? command.reason : null,
    version,
    seen: command.seen.digest,
  };
}

type More = Partial<Pick<Decision, "answer" | "result">>;

/** The final answer made of these votes. */
export function decidedBy(escalation: Escalation, type: Decision["type"], votes: Vote[], now: Date, more: More = {}): Event {
  const decision = decisionOf(escalation, { type, source: "human", votes, now, ...more });
  return { type: "decided", decision, dueAt: dueAfterAnswer(escalation, type, now) };
}

/** The decision, if this consenting vote was the last one needed. */
export function decidedIfLast(escalation: Escalation, vote: Vote, around: Surroundings, more: More = {}): Event[] {
  const votes = [...escalation.votes, vote];
  const members = mayDecide(around.directory, escalation).map((reviewer) => reviewer.userId);
  const resolution = resolve(escalation.ruling.requirement, votes, around.directory, members);
  if (resolution.resolved !== "approved") return [];
  // Whoever lost their place meanwhile has no part in it.
  return [decidedBy(escalation, MADE_BY[vote.verdict] ?? "approve", resolution.votes, around.now, more)];
}

/** What the last consenting vote makes; a change is told by what it changed. */
const MADE_BY: Partial<Record<Vote["verdict"], Decision["type"]>> = { answer: "answer", confirm: "confirm" };

/**
 * The votes that count when another one is cast: whoever has lost their account, or become a guest, since they voted has no part
 * in it any more. What is not known is no yes: then nobody's vote is the last one.
 */
export function withStandingVotes(
  escalation: Escalation,
  around: Surroundings,
): { standing: Escalation; gone: Event[] } | Refusal {
  const gone: Event[] = [];
  for (const { userId } of escalation.votes) {
    const voter = around.voters.get(userId);
    const refusal = voter === undefined ? "unknown" : refuseAccount(around.directory, voter);
    if (refusal === null) continue;
    if (refusal === "unknown" || refusal.refused === "identity_unknown")
      return refuse("identity_unknown", say.refusals.people.earlierVoterUnknown(mention([userId])));
    gone.push({ type: "vote_withdrawn", userId, why: "account" });
  }
  const votes = escalation.votes.filter(({ userId }) => !gone.some((one) => "userId" in one && one.userId === userId));
  return { standing: { ...escalation, votes }, gone };
}

/** Why this person's consent would change nothing: it counts already, or every place they could take is taken. */
export function refuseIdleVote(escalation: Escalation, userId: string, directory: Directory): Refusal | null {
  if (escalation.votes.some((vote) => vote.userId === userId)) {
    return refuse("already_voted", say.refusals.acts.alreadyVoted);
  }
  // Whoever left it to the others may think better of it.
  const abstained = escalation.abstained.filter((vote) => vote.userId !== userId);
  const needed = stillNeeded(directory, { ...escalation, abstained });
  if (needed.some((one) => one.userId === userId)) return null;
  const members = mayDecide(directory, escalation).map((one) => one.userId);
  const before = resolve(escalation.ruling.requirement, escalation.votes, directory, members);
  // Whoever may not decide at all is told so by the authority, in other words.
  if (before.resolved !== "open" || !members.includes(userId)) return null;
  return refuse("seat_filled", say.refusals.acts.seatFilled(seatWords(before.missing)));
}

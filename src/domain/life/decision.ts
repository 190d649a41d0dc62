import { kindOf } from "../kinds/all.ts";
import { actionOf, artifactOf, planOf } from "../shapes/canonical.ts";
import type { Decision, Escalation, Vote } from "../shapes/escalation.ts";
import { isChanged } from "./change.ts";
import { rejectedSteps } from "./steps.ts";

/**
 * The final answer as it stands on the escalation: what exactly was decided, by whom or by what, and how it differs from what was
 * asked.
 */
export function decisionOf(
  escalation: Escalation,
  made: Pick<Decision, "type" | "source"> & { votes: Vote[]; now: Date } & Partial<Pick<Decision, "answer" | "result">>,
): Decision {
  const people = made.source === "human";
  const last = made.votes.at(-1);
  return {
    // An approval of something that a person changed is an approval of the change.
    type: made.type === "approve" && isChanged(escalation) ? (kindOf(escalation).change ?? "approve") : made.type,
    source: made.source,
    decidedAt: made.now,
    reasonCode: people ? (last?.reasonCode ?? null) : null,
    reason: people ? (made.votes.findLast((vote) => vote.reason !== null)?.reason ?? null) : null,
    votes: [...made.votes, ...withoutAuthorsOf(made.votes, escalation.abstained)],
    action: actionOf(escalation),
    content: artifactOf(escalation)?.content ?? null,
    plan: planOf(escalation),
    rejectedSteps: rejectedSteps(escalation),
    actionDigest: escalation.actionDigest,
    modification: escalation.modification,
    answer: made.answer ?? null,
    result: made.result ?? null,
    round: escalation.round,
  };
}

/** Who votes after all has left it to nobody. */
export const withoutAuthorsOf = (votes: readonly Vote[], abstained: readonly Vote[]): Vote[] =>
  abstained.filter(({ userId }) => !votes.some((vote) => vote.userId === userId));

const isNo = (type: Vote["verdict"] | Decision["type"]): boolean => type === "reject" || type === "rollback";

/** Whose votes made it what it is: a reject is not made by those who approved before. */
export const authorsOf = (decision: Pick<Decision, "type" | "votes">): string[] =>
  decision.votes
    .filter(({ verdict }) => verdict !== "abstain" && isNo(verdict) === isNo(decision.type))
    .map((vote) => vote.userId);

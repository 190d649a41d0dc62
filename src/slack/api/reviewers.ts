import { LIMITS } from "../../domain/base/limits.ts";
import type { Directory } from "../../domain/people/directory.ts";
import { say } from "../../words/en.ts";
import type { People } from "./people.ts";
import { within } from "./within.ts";

/** Whether Slack knows the reviewers of the configuration as members; asked seldom. What is missing is in a later answer. */
export type ReviewerNotes = () => Promise<string[]>;

const KEPT_MS = 10 * 60_000;
/** As many as Slack answers within a minute beside what clicks need. */
const LOOKED_AT_MAX = LIMITS.reviewersChecked.value;
const FIRST_WITHIN_MS = 1500;

export function createReviewerNotes(people: Pick<People, "recall">, directory: () => Directory): ReviewerNotes {
  let last: { at: number; of: Directory; notes: Promise<string[]> } | null = null;
  return async () => {
    const now = directory();
    if (last === null || last.of !== now || performance.now() - last.at > KEPT_MS)
      last = { at: performance.now(), of: now, notes: lookAtAll(people, now) };
    return (await within(FIRST_WITHIN_MS, last.notes)) ?? [];
  };
}

/** One after the other: whoever clicks meanwhile does not stand behind all of them. */
async function lookAtAll(people: Pick<People, "recall">, { reviewers, teamId }: Directory): Promise<string[]> {
  const notes: string[] = [];
  const silent: string[] = [];
  for (const userId of [...reviewers.keys()].slice(0, LOOKED_AT_MAX)) {
    const account = await people.recall(userId).catch(() => null);
    if (account === null) silent.push(userId);
    else if (account.deleted) notes.push(say.operator.reviewers.unknown(userId));
    else if (account.bot || account.guest || account.stranger) notes.push(say.operator.reviewers.noMember(userId));
    else if (teamId !== null && !account.teams.includes(teamId)) notes.push(say.operator.reviewers.elsewhere(userId));
  }
  const looked = Math.min(reviewers.size, LOOKED_AT_MAX);
  // Where Slack says nothing of anybody it does not answer at all, and that is said elsewhere.
  if (silent.length > 0 && silent.length < looked) notes.push(say.operator.reviewers.unconfirmed(silent));
  const left = reviewers.size - LOOKED_AT_MAX;
  return left > 0 ? [...notes, say.operator.reviewers.notLookedAt(left)] : notes;
}

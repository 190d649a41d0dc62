import { priorityOf } from "../../domain/paging/priority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { EndedReason, State, Tier } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { pagedNow } from "../cards/paging.ts";
import { linkedTitle } from "../cards/where.ts";
import { duration, escapeMrkdwn, foreign, when } from "../text.ts";

/** Words that the answers to `/countersign …` share. */

/** What was typed, or text of the configuration, as code: a backtick inside would end it. */
export const code = (text: string, max = 40): string => `\`${escapeMrkdwn(foreign(text, max).replaceAll("`", "ˋ"))}\``;

const STATES: Record<State, string> = say.thread.states;
const ENDS: Record<EndedReason, string> = say.thread.ends;

export function stateWords({
  state,
  endedReason,
  takenOverBy,
}: Pick<Escalation, "state" | "endedReason" | "takenOverBy">): string {
  if (endedReason === "timed_out") return say.thread.ended(unanswered(takenOverBy));
  if (endedReason !== null) return say.thread.ended(endWords(endedReason));
  return state === "timed_out" ? unanswered(takenOverBy) : STATES[state];
}

/** As the card of what ended says it: somebody who took it over and went silent is not nobody. */
export const unanswered = (takenOverBy: string | null): string =>
  takenOverBy === null ? ENDS.timed_out : say.thread.noResultInTime(`<@${takenOverBy}>`);

export const endWords = (reason: EndedReason): string => ENDS[reason];

export const tierWords = (tier: Tier): string => tier.replaceAll("_", " ");

/** One escalation in a list. */
export function oneLine(e: Escalation, now: Date): string {
  const by = e.deadline === null ? "" : ` · ${say.commands.by(when(e.deadline))}`;
  const { claim } = e.paging;
  const paged = claim === null ? pagedNow(e) : say.paging.isOnIt(`<@${claim.userId}>`);
  const who = paged === null ? "" : ` · ${claim === null ? say.commands.paged(paged) : paged}`;
  const age = duration(now.getTime() - e.createdAt.getTime());
  const pressing = `${priorityOf(e, now).class}, ${say.commands.old(age)}`;
  return `• ${linkedTitle(e, 70)} – ${pressing}${by}${who} · \`${e.id}\``;
}

/** "You don't review a queue named …", with those that one may name. */
export const notYourQueue = (wanted: string, queues: readonly string[]): string =>
  say.commands.notYourQueue(code(wanted), queues.join(", "));

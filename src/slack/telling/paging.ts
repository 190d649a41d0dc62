import { isFetched, whoIsNext, whoIsOnCall } from "../../domain/on-call/roster.ts";
import type { NextPage } from "../../domain/paging/step.ts";
import { hasAnswered } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import { canAnswerIn } from "../../domain/policy/satisfiable.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Engine } from "../../engine/engine.ts";
import { say } from "../../words/en.ts";
import { headline } from "../cards/ended.ts";
import { openLiteral } from "../cards/notification.ts";
import { duration, escapeMrkdwn, linked, mentions, when } from "../text.ts";

const words = say.thread;
const said = say.commands.onCall;

/** What people who are paged read. Sent at that moment, so a span of time may stand in it. */
export function reminderWords(escalation: Escalation, next: NextPage | null): string {
  const { deadline, ruling } = escalation;
  const then = next === null ? words.nobodyNext : words.pagedNext(mentions(next.userIds), when(next.at));
  return [
    `◷ *${words.stillWaiting}* ${linked(openLiteral(escalation), escalation.permalink)}`,
    then,
    ...(deadline === null ? [] : [words.silence(when(deadline), ruling.presentation.effects.silence)]),
    words.onIt(duration(ruling.claimS * 1000)),
  ].join("\n");
}

/** One line for what is over, or goes on without its reader. */
export function reminderEndWords(escalation: Escalation, userId: string, round: number): string {
  const title = linked(openLiteral(escalation), escalation.permalink);
  return `✓ *${words.noLongerNeeded}* ${title} – ${whyNotNeeded(escalation, userId, round)}`;
}

function whyNotNeeded(escalation: Escalation, userId: string, round: number): string {
  if (escalation.round !== round)
    return escalation.transferredFrom === null ? words.askedAnew : words.handedOn(escapeMrkdwn(escalation.ruling.queue));
  if (escalation.state !== "paused_pending_human") {
    return headline(escalation)
      .replaceAll("*", "")
      .replace(/^[^\p{L}<]+/u, "");
  }
  if (hasAnswered(escalation, userId)) return words.youAnswered;
  return escalation.takenOverBy === null ? words.othersNeeded : words.takenOver(`<@${escalation.takenOverBy}>`);
}

export function pageWords(escalation: Escalation, label: string): string {
  const { deadline } = escalation;
  const by = deadline === null ? "" : ` ${words.neededBy(when(deadline))}`;
  return `☎ *${words.pagedAgain}* ${words.pagedAgainAs(escapeMrkdwn(label))}: ${openLiteral(escalation)}.${by}`;
}

type Parts = { directory: () => Directory; engine: Pick<Engine, "roster" | "policy"> };

/**
 * One step of a queue's chain as `/countersign oncall` shows it: who, since the answer may be old also how old, and who follows.
 */
export function onCallLine(
  parts: Parts,
  step: { label: string; who: string; waitS: number | null; queue: string },
  now: Date,
): string {
  const roster = parts.engine.roster();
  const { userIds, note } = whoIsOnCall(parts.directory(), roster, step.who, now);
  const people = userIds.length === 0 ? said.nobody : mentions(userIds);
  const next = whoIsNext(parts.directory(), roster, step.who, now);
  const override = (roster.overrides.get(step.who) ?? []).findLast((one) => one.from <= now && now < one.until);
  const unable = userIds.filter((id) => !canAnswerIn(parts.engine.policy(), parts.directory(), step.queue, id));
  const notes = [
    override === undefined ? null : said.overrideUntil(when(override.until, "{date_short_pretty} {time}")),
    next === null
      ? null
      : next.userIds.length === 0
        ? said.until(when(next.from, "{date_short_pretty} {time}"))
        : said.nextFrom(mentions(next.userIds), when(next.from, "{date_short_pretty} {time}")),
    unable.length === 0 ? null : said.cannotDecide(mentions(unable), unable.length),
    note === null ? null : `⚠ ${escapeMrkdwn(note)}`,
  ].filter((part) => part !== null);
  const wait = step.waitS === null ? "" : said.wait(duration(step.waitS * 1000));
  return `• ${escapeMrkdwn(step.label)}: ${people}${notes.length === 0 ? "" : ` (${notes.join(" · ")})`}${wait}`;
}

/** Where an answer comes from, in a word. */
export function sourceWord(parts: Pick<Parts, "directory">, name: string): string {
  const source = parts.directory().onCall.get(name);
  if (source === undefined) return said.unconfigured;
  return isFetched(source) ? source.kind.replaceAll("_", " ") : source.kind;
}

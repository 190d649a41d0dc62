import { isFetched, whoIsNext, whoIsOnCall } from "../../domain/on-call/roster.ts";
import { nextCall } from "../../domain/paging/due.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { pagesOfRound } from "../../domain/shapes/paging.ts";
import type { EngineParts } from "../../engine/parts.ts";
import { openLiteral } from "../cards/notification.ts";
import { duration, escapeMrkdwn, mentions, when } from "../text.ts";

/** What people who are called read. Sent at that moment, so a span of time may stand in it. */
export function reminderWords(escalation: Escalation): string {
  const last = pagesOfRound(escalation).at(-1);
  const leftMs = (escalation.deadline?.getTime() ?? 0) - (last?.at.getTime() ?? 0);
  return [
    `◷ *Still waiting for you:* ${openLiteral(escalation)}.`,
    nextWords(escalation),
    escalation.deadline === null || leftMs <= 0
      ? null
      : `No answer by ${when(escalation.deadline)}: ${escalation.ruling.presentation.effects.silence}.`,
    "Need a moment? “I'm on it” (⋯) holds the others back.",
  ]
    .filter((part) => part !== null)
    .join("\n");
}

export function pageWords(escalation: Escalation, label: string): string {
  return [
    `☎ *You are paged again* as ${escapeMrkdwn(label)}: ${openLiteral(escalation)}`,
    escalation.deadline === null ? null : `An answer is needed by ${when(escalation.deadline)}.`,
  ]
    .filter((part) => part !== null)
    .join(". ");
}

/** "If nobody answers, the secondary on-call is called at 10:20." */
function nextWords(escalation: Escalation): string | null {
  const next = nextCall(escalation);
  return next === null ? null : `If nobody answers, the ${escapeMrkdwn(next.label)} is called at ${when(next.at)}.`;
}

type Parts = Pick<EngineParts, "directory" | "roster">;

/** One step of a queue's chain as `/countersign oncall` shows it: who, since the answer may be old also how old, and who follows. */
export function onCallLine(parts: Parts, step: { label: string; who: string; waitS: number | null }, now: Date): string {
  const roster = parts.roster.current();
  const { userIds, note } = whoIsOnCall(parts.directory(), roster, step.who, now);
  const people = userIds.length === 0 ? "*nobody*" : mentions(userIds);
  const next = whoIsNext(parts.directory(), roster, step.who, now);
  const override = (roster.overrides.get(step.who) ?? []).findLast((one) => one.from <= now && now < one.until);
  const said = [
    override === undefined ? null : `override until ${when(override.until, "{date_short_pretty} {time}")}`,
    next === null
      ? null
      : next.userIds.length === 0
        ? `until ${when(next.from, "{date_short_pretty} {time}")}`
        : `next ${mentions(next.userIds)} from ${when(next.from, "{date_short_pretty} {time}")}`,
    note === null ? null : `⚠ ${escapeMrkdwn(note)}`,
  ].filter((part) => part !== null);
  const wait = step.waitS === null ? "" : `, then after ${duration(step.waitS * 1000)}`;
  return `• ${escapeMrkdwn(step.label)}: ${people}${said.length === 0 ? "" : ` (${said.join(" · ")})`}${wait}`;
}

/** Where an answer comes from, in a word. */
export function sourceWord(parts: Parts, name: string): string {
  const source = parts.directory().onCall.get(name);
  if (source === undefined) return "no longer configured";
  return isFetched(source) ? source.kind.replaceAll("_", " ") : source.kind;
}

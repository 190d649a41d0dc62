import type { KnownBlock } from "@slack/types";
import { nextCall } from "../../domain/paging/due.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Page, pagesOfRound } from "../../domain/shapes/paging.ts";
import { context, duration, escapeMrkdwn, joinAnd, literal, mentions, section, when } from "../text.ts";

/** What a card says about who is on it and whether its reader is called (urgent), and who else was called and when the next one is (quiet). */
export function pagingNotices(escalation: Escalation, reader: string | null): { urgent: KnownBlock[]; quiet: KnownBlock[] } {
  const { claim, extension } = escalation.paging;
  const urgent: KnownBlock[] = [];
  const quiet: KnownBlock[] = [];
  if (claim !== null)
    urgent.push(section(`◉ *<@${claim.userId}> is on it* until ${when(claim.until)}. Anybody else can still decide.`));
  if (extension !== null) {
    const by = duration(extension.seconds * 1000);
    quiet.push(context(`Deadline put off by ${by} by <@${extension.userId}>: “${literal(extension.reason, 150)}”`));
  }
  const mine = pagesOfRound(escalation).findLast((page) => reader !== null && page.userIds.includes(reader));
  const line = pagedLine(escalation, reader, mine);
  if (line !== null) (mine === undefined ? quiet : urgent).push(context(line));
  return { urgent, quiet };
}

/** "You are paged as primary on-call · next: secondary on-call at 13:42". */
function pagedLine(escalation: Escalation, reader: string | null, mine: Page | undefined): string | null {
  const own = mine === undefined ? null : `☎ *You are paged* as ${escapeMrkdwn(mine.label)}`;
  const others = calledPeople(pagesOfRound(escalation), mine === undefined ? null : reader);
  const parts = [own, others === null ? null : `${own === null ? "☎ " : ""}Paged ${others}`, nextStep(escalation)];
  const said = parts.filter((part) => part !== null);
  return own === null && others === null ? null : said.join(" · ");
}

/** "@anna 13:32, @ben 13:42 and 14:02": who was called in all its rounds, and when; for what has ended. */
export const pagedPeople = ({ paging }: Escalation): string | null => calledPeople(paging.pages, null);

/** The same of this round alone, for what still waits: who was called about another queue or an older world is not on it now. */
export const pagedNow = (escalation: Escalation): string | null => calledPeople(pagesOfRound(escalation), null);

function calledPeople(pages: readonly Page[], without: string | null): string | null {
  const called = pages
    .map((page) => ({ ...page, userIds: page.userIds.filter((userId) => userId !== without) }))
    .filter((page) => page.userIds.length > 0);
  if (called.length === 0) return null;
  const said: { who: string; times: string[] }[] = [];
  for (const page of called) {
    const who = mentions(page.userIds);
    const last = said.at(-1);
    if (last?.who === who) last.times.push(when(page.at));
    else said.push({ who, times: [when(page.at)] });
  }
  return said.map(({ who, times }) => `${who} ${joinAnd(times)}`).join(", ");
}

function nextStep(escalation: Escalation): string | null {
  const next = nextCall(escalation);
  return next === null ? null : `next: ${escapeMrkdwn(next.label)} at ${when(next.at)}`;
}

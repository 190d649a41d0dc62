import type { KnownBlock } from "@slack/types";
import { isHeld, type NextPage } from "../../domain/paging/step.ts";
import { hasAnswered } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Page, pagesOfRound } from "../../domain/shapes/paging.ts";
import { say } from "../../words/en.ts";
import { context, duration, escapeMrkdwn, joinAnd, literal, mentions, section, when } from "../text.ts";
import type { CardView } from "./view.ts";

const words = say.paging;

/**
 * What a card says about who is on it and whether its reader is paged (urgent), and who else was paged and when the next one is
 * (quiet).
 */
export function pagingNotices(
  { escalation, nextPage }: Pick<CardView, "escalation" | "nextPage">,
  reader: string | null,
): { urgent: KnownBlock[]; quiet: KnownBlock[] } {
  const { claim, extension } = escalation.paging;
  const { pause } = escalation;
  const urgent: KnownBlock[] = [];
  const quiet: KnownBlock[] = [];
  if (claim !== null) urgent.push(section(`◉ *${words.isOnIt(`<@${claim.userId}>`)}* ${words.isOnItUntil(when(claim.until))}`));
  if (pause !== null)
    urgent.push(
      section(`‖ *${words.clockStandsStill}* ${words.untilAnswered(escapeMrkdwn(escalation.agentName), when(pause.until))}`),
    );
  if (extension !== null) {
    const by = duration(extension.seconds * 1000);
    quiet.push(context(words.extended(by, `<@${extension.userId}>`, literal(extension.reason, 150))));
  }
  // Whoever has answered is not paged any more.
  const waitsFor = hasAnswered(escalation, reader) ? null : reader;
  const mine = pagesOfRound(escalation).findLast((page) => waitsFor !== null && page.userIds.includes(waitsFor));
  const line = pagedLine(escalation, reader, mine, nextPage);
  if (line !== null) (mine === undefined ? quiet : urgent).push(context(line));
  return { urgent, quiet };
}

/** "You are paged as primary on-call · next: @ben at 13:42". */
function pagedLine(escalation: Escalation, reader: string | null, mine: Page | undefined, next: NextPage | null): string | null {
  const own = mine === undefined ? null : `☎ ${pagedAs(escalation, mine)}`;
  const others = pagedByTime(pagesOfRound(escalation), mine === undefined ? null : reader);
  if (own === null && others === null) return null;
  const then = isHeld(escalation) ? null : nextPageWords(next);
  const parts = [own, others === null ? null : `${own === null ? "☎ " : ""}${words.others(others)}`, then];
  return parts.filter((part) => part !== null).join(" · ");
}

/** Past the end of the chain nobody is paged as anything in particular. */
function pagedAs({ ruling }: Escalation, page: Page): string {
  const chain = ruling.paging?.chain ?? [];
  return page.step < chain.length
    ? `*${words.paged}* ${words.pagedAs(escapeMrkdwn(page.label))}`
    : `*${words.paged}*: ${words.pagedOpenly}`;
}

export const nextPageWords = (next: NextPage | null): string =>
  next === null ? words.nobodyElse : words.next(mentions(next.userIds), when(next.at));

/** "@anna 13:32, @ben 13:42 and 14:02": who was paged in all its rounds, and when; for what has ended. */
export const pagedPeople = ({ paging }: Escalation): string | null => pagedByTime(paging.pages, null);

/** The same of this round alone, for what still waits: who was paged about another queue or an older world is not on it now. */
export const pagedNow = (escalation: Escalation): string | null => pagedByTime(pagesOfRound(escalation), null);

function pagedByTime(pages: readonly Page[], without: string | null): string | null {
  const paged = pages
    .map((page) => ({ ...page, userIds: page.userIds.filter((userId) => userId !== without) }))
    .filter((page) => page.userIds.length > 0);
  if (paged.length === 0) return null;
  const said: { who: string; times: string[] }[] = [];
  for (const page of paged) {
    const who = mentions(page.userIds);
    const last = said.at(-1);
    if (last?.who === who) last.times.push(when(page.at));
    else said.push({ who, times: [when(page.at)] });
  }
  return said.map(({ who, times }) => `${who} ${joinAnd(times)}`).join(", ");
}

import type { KnownBlock } from "@slack/types";
import type { Escalation } from "../../domain/escalation.ts";
import { context, duration, escapeMrkdwn, mentions, section, when } from "../text.ts";
import { literal } from "./change.ts";

/** What a card says about who was called, who is on it, and when the next one is called. */
export function pagingNotices(escalation: Escalation, reader: string | null): KnownBlock[] {
  const { claim, extension } = escalation.paging;
  const blocks: KnownBlock[] = [];
  if (claim !== null)
    blocks.push(section(`◉ *<@${claim.userId}> is on it* until ${when(claim.until)}. Anybody else can still decide.`));
  if (extension !== null) {
    const by = duration(extension.seconds * 1000);
    blocks.push(context(`Deadline put off by ${by} by <@${extension.userId}>: “${literal(extension.reason, 150)}”`));
  }
  const line = pagedLine(escalation, reader);
  if (line !== null) blocks.push(context(line));
  return blocks;
}

/** "You are paged as primary on-call · next: secondary on-call at 13:42". */
function pagedLine(escalation: Escalation, reader: string | null): string | null {
  const mine = escalation.paging.pages.findLast((page) => reader !== null && page.userIds.includes(reader));
  const own = mine === undefined ? null : `☎ *You are paged* as ${escapeMrkdwn(mine.label)}`;
  const others = pagedPeople(escalation, mine === undefined ? null : reader);
  const parts = [own, others === null ? null : `${own === null ? "☎ " : ""}Paged ${others}`, nextStep(escalation)];
  const said = parts.filter((part) => part !== null);
  return own === null && others === null ? null : said.join(" · ");
}

/** "@anna 13:32, @ben 13:42": who was called in all, and when. */
export function pagedPeople({ paging }: Escalation, without: string | null = null): string | null {
  const called = paging.pages
    .map((page) => ({ ...page, userIds: page.userIds.filter((userId) => userId !== without) }))
    .filter((page) => page.userIds.length > 0);
  return called.length === 0 ? null : called.map((page) => `${mentions(page.userIds)} ${when(page.at)}`).join(", ");
}

function nextStep({ paging, ruling }: Escalation): string | null {
  const next = ruling.paging?.chain[paging.step];
  const last = paging.pages.at(-1);
  const waited = last === undefined ? undefined : ruling.paging?.chain[last.step];
  if (next === undefined || last === undefined || waited === undefined || paging.claim !== null) return null;
  return `next: ${escapeMrkdwn(next.label)} at ${when(new Date(last.due.getTime() + waited.waitS * 1000))}`;
}

import { stillNeeded } from "../people/authority.ts";
import type { Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { type Page, type Paging, pagesOfRound } from "../shapes/paging.ts";
import { findStep, isHeld, later, wasPaged } from "./step.ts";
import { batchAfter, isReachable } from "./urgency.ts";

/**
 * What of the paging is due: a batch, a lapsed claim, a reminder, the next step of the chain. Waits count from when a step was
 * due, not from when a late sweep came to it; if a step finds nobody, the next is paged at once; only people who may decide are
 * paged.
 */
export type PagingEvent = Extract<Event, { type: "paged" | "reminded" | "batched" | "claim_lapsed" }>;
type Around = Pick<Surroundings, "now" | "directory" | "onCall">;

/** The next thing that is due; null when there is none now. */
export function nextDue(escalation: Escalation, around: Around): PagingEvent | null {
  const { paging, state, deadline } = escalation;
  const { now } = around;
  if (state !== "paused_pending_human" || (deadline !== null && now >= deadline)) return null;
  if (paging.claim !== null && now >= paging.claim.until) return claimLapsed(paging, now);
  if (paging.batchAt !== null && now >= paging.batchAt) return batched(escalation, around);
  if (isHeld(escalation)) return null;
  if (isAnyoneElseNeeded(escalation, around)) return paged(escalation, around);
  if (paging.next === null || now < paging.next.at) return null;
  return paging.next.kind === "remind" ? reminded(escalation, around) : paged(escalation, around);
}

/**
 * Whether a vote has left nobody who was paged and is still waited for: the other seat's people are not left to find it by
 * themselves. Once for each vote, whoever the page finds.
 */
function isAnyoneElseNeeded(escalation: Escalation, around: Around): boolean {
  const lastVote = [...escalation.votes, ...escalation.abstained].toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1);
  const pages = pagesOfRound(escalation);
  const lastPage = pages.at(-1);
  if (lastVote === undefined || lastPage === undefined || lastPage.at >= lastVote.at) return false;
  const needed = stillNeeded(around.directory, escalation);
  return needed.length > 0 && !needed.some(({ userId }) => wasPaged(pages, userId));
}

/** When the sweep has to look at a waiting escalation next. */
export function waitingDueAt(escalation: Pick<Escalation, "paging" | "takenOverBy" | "deadline" | "pause">): Date | null {
  const { paging, deadline, pause } = escalation;
  const next = isHeld(escalation) ? null : (paging.next?.at ?? null);
  const times = [deadline, paging.claim?.until ?? null, paging.batchAt, next, pause?.until ?? null].filter((at) => at !== null);
  return times.length === 0 ? null : new Date(Math.min(...times.map((at) => at.getTime())));
}

/** Nothing followed the "I'm on it": the chain goes on, at once where it was due meanwhile. */
function claimLapsed(paging: Paging, now: Date): PagingEvent {
  const next = paging.next === null ? null : { ...paging.next, at: paging.next.at < now ? now : paging.next.at };
  return { type: "claim_lapsed", userId: paging.claim?.userId ?? "", next };
}

/** The batch goes to whoever would be paged first and may be written to now; else to the next one, while there is time. */
function batched(escalation: Escalation, around: Around): PagingEvent {
  const { paging, ruling } = escalation;
  const window = paging.batchAt ?? around.now;
  const first = ruling.paging?.chain[0];
  const onCall = first === undefined ? [] : around.onCall(first.source).userIds;
  const userIds = stillNeeded(around.directory, escalation)
    .filter((one) => onCall.includes(one.userId) && isReachable(one, around.now))
    .map((one) => one.userId);
  const urgentAt = paging.next?.at ?? around.now;
  const again = userIds.length > 0 ? null : batchAfter(escalation, escalation.createdAt, around.now, urgentAt);
  return { type: "batched", userIds, window, again };
}

/**
 * The next step that finds somebody; those before it that found nobody are told with it. At the end of the chain whoever is
 * needed is paged.
 */
function paged(escalation: Escalation, around: Around): PagingEvent {
  const { paging } = escalation;
  const found = findStep(escalation, around.directory, around.onCall);
  // What goes on ahead of its time, because of a vote or an escalation, counts its waits from now.
  const due = paging.next !== null && paging.next.at < around.now ? paging.next.at : around.now;
  const { step, label, userIds, ...told } = found;
  const page: Page = { step, label, userIds, due, at: around.now, token: paging.token + 1 };
  return { type: "paged", page, ...told, next: afterPage(escalation, page) };
}

/** What follows a page: a reminder, or the next step after its wait. */
function afterPage(escalation: Escalation, page: Page): Paging["next"] {
  const chain = escalation.ruling.paging?.chain ?? [];
  const step = chain[page.step];
  if (step === undefined) return null;
  const isLast = page.step === chain.length - 1;
  const remind = step.remindAfterS;
  if (remind !== null && (isLast || remind < step.waitS)) return { kind: "remind", at: later(page.due, remind) };
  return isLast ? null : { kind: "page", at: later(page.due, step.waitS) };
}

/** Reminders of a step come with growing gaps (1, 3, 7, … times the first), until the next step is due. */
function reminded(escalation: Escalation, around: Around): PagingEvent {
  const { paging, ruling } = escalation;
  const page = paging.pages.at(-1);
  const step = page === undefined ? undefined : ruling.paging?.chain[page.step];
  const able = stillNeeded(around.directory, escalation).map((one) => one.userId);
  const userIds = (page?.userIds ?? []).filter((userId) => able.includes(userId));
  const last = (page?.step ?? 0) >= (ruling.paging?.chain.length ?? 0) - 1;
  if (page === undefined || step === undefined || step.remindAfterS === null) return { type: "reminded", userIds, next: null };
  const again = later(page.due, step.remindAfterS * (2 ** (paging.reminders + 2) - 1));
  const nextStep = later(page.due, step.waitS);
  const next: Paging["next"] = last || again < nextStep ? { kind: "remind", at: again } : { kind: "page", at: nextStep };
  return { type: "reminded", userIds, next };
}

import { say } from "../../words/en.ts";
import { type OnCall, type Roster, whoIsOnCall } from "../on-call/roster.ts";
import { stillNeeded } from "../people/authority.ts";
import type { Directory } from "../people/directory.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { type ChainStep, type Page, pagesOfRound, type Skipped } from "../shapes/paging.ts";

/** Which step of the chain finds somebody: asked when a page is due, and beforehand by whatever promises one. */

/**
 * Whether somebody works on it, or the agent owes an answer: then nobody else is paged, until the claim lapses, the task is
 * handed back or the clock goes on.
 */
export const isHeld = (escalation: Pick<Escalation, "paging" | "takenOverBy" | "pause">): boolean =>
  escalation.paging.claim !== null || escalation.takenOverBy !== null || escalation.pause !== null;

export const later = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);

export const wasPaged = (pages: readonly Page[], userId: string): boolean => pages.some((page) => page.userIds.includes(userId));

/** `userIds`: whom it pages, none at the end of a chain that has paged somebody who is still needed. */
export type FoundStep = {
  step: number;
  label: string;
  userIds: string[];
  notPaged: string[];
  note: string | null;
  skipped: Skipped[];
};

export function findStep(escalation: Escalation, directory: Directory, onCall: (source: string) => OnCall): FoundStep {
  const { paging, ruling, raisedBy } = escalation;
  const chain = ruling.paging?.chain ?? [];
  // Whoever has escalated it is not paged for it.
  const needed = stillNeeded(directory, escalation).filter(({ userId }) => userId !== raisedBy?.userId);
  const able = needed.map((one) => one.userId);
  const skipped: Skipped[] = [];
  for (let step = paging.step; step < chain.length; step++) {
    const { source, label } = chain[step] as ChainStep;
    const found = onCall(source);
    const people = [...new Set(found.userIds)];
    const userIds = people.filter((userId) => able.includes(userId));
    const notPaged = people.filter((userId) => !able.includes(userId));
    if (userIds.length > 0) return { step, label, userIds, notPaged, note: found.note, skipped };
    skipped.push({ label, notPaged, note: found.note });
  }
  // Never page nobody: only a chain that has paged somebody who is still needed may end without, unless it was escalated above
  // them.
  const enough = paging.next?.kind !== "seniors" && able.some((userId) => wasPaged(pagesOfRound(escalation), userId));
  const end = { label: say.paging.everybody, notPaged: [], note: null };
  return { ...end, step: Math.max(paging.step, chain.length), userIds: enough ? [] : able, skipped };
}

export type NextPage = { userIds: string[]; at: Date };

/**
 * Who is paged next in this round, and when, unless somebody answers or works on it; null = nobody more. A promise: it names
 * those who could decide then, as far as rotations and memberships are known now.
 */
export function pagedNext(escalation: Escalation, directory: Directory, roster: Roster): NextPage | null {
  const { paging, ruling, deadline, state } = escalation;
  const last = pagesOfRound(escalation).at(-1);
  if (state !== "paused_pending_human" || last === undefined || isHeld(escalation)) return null;
  const chain = ruling.paging?.chain ?? [];
  const waited = chain[last.step];
  if (paging.next === null || waited === undefined || last.step >= chain.length - 1) return null;
  const at = paging.next.kind === "remind" ? later(last.due, waited.waitS) : paging.next.at;
  if (deadline !== null && at >= deadline) return null;
  const { userIds } = findStep(escalation, directory, (source) => whoIsOnCall(directory, roster, source, at));
  return userIds.length === 0 ? null : { userIds, at };
}

import { expect, test } from "vitest";
import { foreseenIn } from "../../../src/domain/acts/raise.ts";
import { decide } from "../../../src/domain/life/decide.ts";
import { EMPTY_ROSTER } from "../../../src/domain/on-call/roster.ts";
import { pagedNext } from "../../../src/domain/paging/step.ts";
import { isWaitedFor, stillNeeded } from "../../../src/domain/people/authority.ts";
import type { Command } from "../../../src/domain/shapes/commands.ts";
import { pagesOfRound } from "../../../src/domain/shapes/paging.ts";
import { isRefusal } from "../../../src/domain/shapes/refusal.ts";
import { renderCard } from "../../../src/slack/cards/card.ts";
import { viewOf } from "../../../src/slack/cards/view.ts";
import { escalateModal } from "../../../src/slack/modals/modals.ts";
import { reminderWords } from "../../../src/slack/telling/paging.ts";
import { approve, around, directory, later, opened, person, requestFor, run, seen } from "../../support/domain.ts";

/** Who is still waited for when one of several people has answered, and who is paged for it. */
const refund = () =>
  opened(
    requestFor("payments.refund", { order_id: "A", amount: 7200, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
const volume = () => opened(requestFor("cloud.delete_volume", { volume_id: "vol-1" }, { action: { target: "vol-prod-1" } }));
const idsOf = (list: readonly { userId: string }[]) => list.map((one) => one.userId);

test("whoever fits no seat that is still empty is not waited for, whatever they could have filled before", () => {
  const first = refund();
  expect(idsOf(stillNeeded(directory, first)).sort()).toEqual(["U0CHRIS", "U0MARIA", "U0PRIYA"].sort());
  const half = run(first, approve("U0PRIYA"), later(1));
  expect(idsOf(stillNeeded(directory, half))).toEqual(["U0CHRIS"]);
  expect(isWaitedFor(directory, half, "U0MARIA")).toBe(false);
  const card = JSON.stringify(renderCard(viewOf(half, directory), half.ruling.channel).blocks);
  expect(card).toContain("still needed: a compliance reviewer (<@U0CHRIS>)");
});

test("what somebody has taken over waits for them alone, also in a message that lists several", () => {
  const restart = { service: "checkout", reason: "leak" };
  const stopped = opened(requestFor("made.up", restart, { action: { target: "checkout-prod-1" } }));
  const [first = "", second = ""] = idsOf(stillNeeded(directory, stopped));
  expect([first, second].map((userId) => isWaitedFor(directory, stopped, userId))).toEqual([true, true]);
  const taken = run(stopped, { type: "take_over", by: person(first), seen: seen(stopped.version) }, later(1));
  expect([first, second].map((userId) => isWaitedFor(directory, taken, userId))).toEqual([true, false]);
});

test("somebody who could fill either seat is waited for after either vote", () => {
  const half = run(refund(), approve("U0CHRIS"), later(1));
  expect(idsOf(stillNeeded(directory, half)).sort()).toEqual(["U0MARIA", "U0PRIYA"]);
});

test("with the first vote in, the people of the other seat are paged in the same commit, and nobody for a seat that is filled", () => {
  const half = run(refund(), approve("U0PRIYA"), later(1));
  const pages = pagesOfRound(half);
  expect(pages.at(-1)?.at).toEqual(later(1));
  expect(pages.at(-1)?.userIds).toEqual(["U0CHRIS"]);
  expect(pages.flatMap((page) => page.userIds)).not.toContain("U0MARIA");
});

test("where the rest of the chain finds nobody for the open seat, everybody who could fill it is paged", () => {
  const first = volume();
  const [kim = ""] = pagesOfRound(first).at(-1)?.userIds ?? [];
  const half = run(first, approve(kim), later(1));
  expect(pagesOfRound(half).at(-1)?.userIds).toEqual(["U0SAM"]);
  // Once for the vote: the next look finds nothing more to page.
  expect(pagesOfRound(run(half, { type: "tick" }, later(5)))).toHaveLength(pagesOfRound(half).length);
});

test("a vote that leaves somebody paged and waited for pages nobody early", () => {
  const first = volume();
  const half = run(first, approve("U0SAM"), later(1));
  expect(pagesOfRound(half)).toHaveLength(pagesOfRound(first).length);
});

const without = (userId: string) => {
  const reviewers = new Map(directory.reviewers);
  const { name, ...one } = directory.reviewers.get(userId) ?? { name: userId };
  reviewers.set(userId, { ...one, name, roles: [] } as never);
  return { ...directory, reviewers };
};

test("a card and a reminder name who is paged next only if they could decide, and say it when nobody more is paged", () => {
  const e = opened(
    requestFor("payments.refund", { order_id: "A", amount: 1250, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
  const said = (known: typeof directory) => JSON.stringify(renderCard(viewOf(e, known), e.ruling.channel).blocks);
  expect(said(directory)).toContain("next: <@U0MARIA> at ");
  expect(reminderWords(e, pagedNext(e, directory, EMPTY_ROSTER))).toContain("If nobody answers, <@U0MARIA> will be paged at");
  // The manager's step and the last one find nobody who could fill the seat: no time is promised for either.
  const nobodyElse = {
    ...without("U0MARIA"),
    queues: new Map([["payments", { name: "payments", channel: "C", members: ["U0PRIYA"] }]]),
  };
  expect(said(nobodyElse)).toContain("nobody else will be paged");
  expect(reminderWords(e, pagedNext(e, nobodyElse, EMPTY_ROSTER))).toContain("Nobody else will be paged.");
});

const raise = (by: string): Command => ({ type: "raise", by: person(by), seen: seen(), reason: "not mine to decide" });

test("escalating pages the seniors that the form names when the chain is at its end, and only they can approve then", () => {
  const e = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  expect(pagesOfRound(e).at(-1)?.userIds).toEqual(["U0MARIA"]);
  const events = decide(e, raise("U0MARIA"), around(later(1), e));
  if (isRefusal(events)) throw new Error(events.detail);
  const foreseen = foreseenIn(e, events);
  expect(foreseen).toEqual({ userIds: ["U0CHRIS"], levelMin: 3 });
  const form = JSON.stringify(escalateModal(e, foreseen).blocks);
  expect(form).toContain(
    "<@U0CHRIS> will be paged at once. After that, only people at compliance level can approve. The deadline stays",
  );
  const raised = run(e, raise("U0MARIA"), later(1));
  expect(pagesOfRound(raised).at(-1)).toMatchObject({ userIds: ["U0CHRIS"], at: later(1) });
  expect(() => run(raised, approve("U0MARIA"), later(2))).toThrow("at compliance level");
  expect(run(raised, approve("U0CHRIS"), later(2)).state).toBe("human_responded");
});

test("a senior whom the chain has paged already is paged again when somebody escalates to them", () => {
  const e = opened(
    requestFor("payments.refund", { order_id: "A", amount: 1250, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
  const late = run(e, { type: "tick" }, later(11));
  expect(pagesOfRound(late).at(-1)?.userIds).toEqual(["U0MARIA"]);
  const raised = run(late, raise("U0PRIYA"), later(12));
  expect(pagesOfRound(raised).at(-1)).toMatchObject({ userIds: ["U0MARIA"], at: later(12) });
});

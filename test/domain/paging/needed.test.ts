import { expect, test } from "vitest";
import { couldStillComplete, stillNeeded } from "../../../src/domain/people/authority.ts";
import { pagesOfRound } from "../../../src/domain/shapes/paging.ts";
import { renderCard } from "../../../src/slack/cards/card.ts";
import { viewOf } from "../../../src/slack/cards/view.ts";
import { approve, directory, later, opened, requestFor, run } from "../../support/domain.ts";

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
  expect(couldStillComplete(directory, half, "U0MARIA")).toBe(false);
  const card = JSON.stringify(renderCard(viewOf(half, directory), half.ruling.channel).blocks);
  expect(card).toContain("still needed: a compliance reviewer (level 3) (<@U0CHRIS>)");
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

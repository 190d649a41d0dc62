import { expect, test } from "vitest";
import { effects } from "../../src/domain/consequences/effects.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { LOST_CHANGES_MAX, restore } from "../../src/domain/life/restore.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { apply, approve, around, later, NOW, opened, requestFor, run } from "../support/domain.ts";

/** What a restore of the database to an earlier point means for what was open at that point. */
const restart = () =>
  opened(
    requestFor(
      "cloud.restart_service",
      { service: "checkout" },
      { action: { target: "checkout-prod-2", environment: "production" } },
    ),
  );
const refund = () =>
  opened(
    requestFor("payments.refund", { order_id: "A-1", amount: 1250, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
const resume = (claimId = "c"): Command => ({ type: "resume", claimId, preconditions: [] });
const TO = later(2);
const AT = later(10);
function restored(e: Escalation): Escalation {
  const event = restore(e, TO, AT);
  if (event === null) throw new Error("nothing follows");
  return apply(e, [event], AT);
}
const approved = () => run(refund(), approve("U0PRIYA"), later(1));

test("what was allowed at that point is not allowed again: it ends, a person is asked, and whoever resumes is told why", () => {
  const resuming = run(approved(), resume("first"), later(1));
  for (const e of [approved(), resuming]) {
    const after = restored(e);
    expect(after).toMatchObject({ state: "failed", endedReason: "outcome_unknown", restored: { to: TO, keyRound: 1 } });
    for (const claim of ["first", "another"])
      expect(decide(after, resume(claim), around(AT, after))).toMatchObject({
        refused: "restored",
        detail: expect.stringContaining(TO.toISOString()),
      });
    const owed = effects(e, after, [restore(e, TO, AT) as never], {
      alarmsChannel: "C0ALARMS",
      threadLine: () => "a line",
      alarmLine: () => "an alarm",
      requesterLine: () => "",
      watchers: () => [],
      ownerOf: () => null,
      contact: () => ({ email: null, pager: null }),
    });
    expect(owed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["card_update", "thread", "message", "follow_up"]));
  }
});

test("an agent that has run it may still say so, though the token that it had is not known any more", () => {
  const after = restored(approved());
  const outcome = { status: "completed" as const, executedActionDigest: after.actionDigest, detail: null };
  const told = run(after, { type: "report", outcome, executionToken: "ext_of_what_was_lost" }, later(11));
  expect(told).toMatchObject({ endedReason: "outcome_unknown", outcome: { status: "completed" } });
});

test("what waits is asked again in a round whose buttons none of the lost ones fits, and is executed by the same key as before", () => {
  const e = refund();
  const after = restored(run(e, { ...approve("U0PRIYA"), type: "claim" } as Command, later(1)));
  expect(after).toMatchObject({ state: "paused_pending_human", round: 2, votes: [], decision: null, endedAt: null });
  expect(after.version).toBeGreaterThan(LOST_CHANGES_MAX);
  expect(after.deadline?.getTime()).toBeGreaterThan(AT.getTime());
  expect(after.paging.claim).toBeNull();
  expect(decide(after, approve("U0PRIYA", e.version + 1), around(AT, after))).toMatchObject({ refused: "stale_version" });
  const again = run(run(after, approve("U0PRIYA", after.version), later(11)), resume(), later(12));
  expect(again).toMatchObject({ state: "resuming", execution: { idempotencyKey: `${e.id}:1` } });
  const twice = restored(after);
  expect(twice).toMatchObject({ round: 3, restored: { keyRound: 1 } });
});

test("silence approves nothing that may have run already", () => {
  const e = refund();
  const soft = { ...e, ruling: { ...e.ruling, tier: "notify" as const, fallback: "approve" as const } };
  const after = restored(soft);
  expect(after.ruling).toMatchObject({
    fallback: "reject",
    presentation: { effects: { silence: expect.stringMatching(/^rejected/) } },
  });
  const silent = run(after, { type: "tick" }, after.deadline as Date);
  expect(silent).toMatchObject({ state: "timed_out", endedReason: "timed_out", decision: { type: "reject" } });
});

test("what may run without being asked ends untold, and what had ended stays as it was", () => {
  const e = restart();
  const running: Escalation = { ...e, state: "running", deadline: null, slaAt: null, ruling: { ...e.ruling, tier: "notify" } };
  expect(restored(running)).toMatchObject({ state: "failed", endedReason: "outcome_unreported" });
  const rejected = run(
    refund(),
    { ...approve("U0PRIYA"), type: "reject", reasonCode: "other", reason: "not now" } as Command,
    later(1),
  );
  expect(restore(rejected, TO, AT)).toBeNull();
  expect(restore(restored(approved()), TO, AT)).toBeNull();
  expect(NOW < TO).toBe(true);
});

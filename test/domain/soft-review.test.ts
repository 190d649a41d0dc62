import { describe, expect, test } from "vitest";
import { possibleActs } from "../../src/domain/acts/all.ts";
import { dispositionOf } from "../../src/domain/consequences/api-shape.ts";
import { effects, type Telling } from "../../src/domain/consequences/effects.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { authorsOf } from "../../src/domain/life/decision.ts";
import { restore } from "../../src/domain/life/restore.ts";
import { mayDecide } from "../../src/domain/people/authority.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import type { Event } from "../../src/domain/shapes/events.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { around, directory, judged, later, NOW, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** The agent acts at once; people confirm it or have it undone. Answer and report come in either order. */
const REVIEW = {
  unconfirmed: "rollback" as "rollback" | "keep",
  undo: "start it again",
  requesterMayConfirm: false,
  buttons: { confirm: "Confirm", rollback: "Roll back" },
};
/** Opened with the right to act, as a submission that names its claim. */
function soft(review: Partial<typeof REVIEW> = {}, more: object = {}): Escalation {
  const e = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" }, ...more }));
  const execution = {
    token: "ext_first",
    attempt: 1,
    idempotencyKey: `${e.id}:1`,
    expiresAt: new Date(NOW.getTime() + e.ruling.outcomeWithinS * 1000),
  };
  const ruling: Escalation["ruling"] = {
    ...e.ruling,
    tier: "soft_review",
    fallback: "reject",
    transferTo: [],
    review: { ...REVIEW, ...review },
  };
  return { ...e, ruling, execution, claimId: "first" };
}
const unclaimed = (review: Partial<typeof REVIEW> = {}): Escalation => ({ ...soft(review), execution: null, claimId: null });
const voter = (e: Escalation): string => mayDecide(directory, e)[0]?.userId ?? "nobody";
const confirm = (e: Escalation): Command => ({ type: "confirm", by: person(voter(e)), seen: seen(), reason: null });
const rollback = (e: Escalation, reason = "wrong one"): Command => ({
  type: "rollback",
  by: person(voter(e)),
  seen: seen(),
  reason,
});
type Status = NonNullable<Escalation["outcome"]>["status"];
const report = (e: Escalation, status: Status = "completed", token = "ext_first", digest = e.actionDigest): Command => ({
  type: "report",
  outcome: { status, executedActionDigest: status === "completed" ? digest : null, detail: null },
  executionToken: token,
});
const resume = (claimId: string): Command => ({ type: "resume", claimId, preconditions: [] });
const tick: Command = { type: "tick" };
const refusalOf = (e: Escalation, command: Command, at: Date) => {
  const said = decide(e, command, around(at, e));
  return isRefusal(said) ? said.refused : said.map((one) => one.type);
};

const alarmsOf = (before: Escalation, after: Escalation, events: readonly Event[]): string[] =>
  effects(before, after, events, TELLING).flatMap((one) => (one.kind === "message" ? [one.payload.text] : []));
const TELLING: Telling = {
  alarmsChannel: "C0ALARMS",
  threadLine: () => null,
  requesterLine: () => "",
  alarmLine: (alarm) => alarm,
  watchers: () => [],
  ownerOf: () => null,
  contact: () => ({ email: null, pager: null }),
};

describe("the policy", () => {
  const scale = (more: object = {}) =>
    requestFor(
      "cloud.scale_service",
      { replicas: 8 },
      { action: { target: "checkout-prod-2", environment: "production", ...more } },
    );

  test("says how it is undone and what silence does; nothing of it is answered in a batch, handed on or approved by silence", () => {
    const ruling = judged(scale());
    expect(ruling).toMatchObject({
      tier: "soft_review",
      review: { unconfirmed: "rollback", undo: "the number of instances is set back", requesterMayConfirm: false },
      batchable: false,
      fallback: "reject",
      transferTo: [],
    });
    expect(ruling.presentation.effects.silence).toBe("rolled back by policy");
    expect(ruling.requirement.seats).toHaveLength(1);
  });

  test("has whatever the agent calls final wait for an approval", () => {
    const ruling = judged(scale({ reversible: false }));
    expect(ruling).toMatchObject({ tier: "hard_approval", reasons: [{ rule: "soft review" }, { tier: "soft_review" }] });
    expect(ruling.review).toBeUndefined();
    expect(judged(scale({ reversible: true })).tier).toBe("soft_review");
  });

  test("asks for more in what a rule holds back, and says nothing of reviews then", () => {
    const restricted = judged({ ...scale(), classification: "restricted" });
    expect(restricted.tier).toBe("hard_approval");
    expect(restricted.review).toBeUndefined();
  });
});

describe("confirmed", () => {
  test("before it is reported: the report ends it", () => {
    const e = run(soft(), confirm(soft()), later(1));
    expect(e).toMatchObject({ state: "human_responded", decision: { type: "confirm", source: "human" }, outcome: null });
    expect(dispositionOf(e)).toBe("claimed");
    expect(run(e, report(e), later(2))).toMatchObject({ state: "completed", endedReason: "executed" });
  });

  test("after it is reported: the answer ends it, and the report alone does not", () => {
    const reported = run(soft(), report(soft()), later(1));
    expect(reported).toMatchObject({ state: "paused_pending_human", outcome: { status: "completed" }, endedAt: null });
    expect(dispositionOf(reported)).toBe("wait");
    expect(run(reported, confirm(reported), later(2))).toMatchObject({ state: "completed", endedReason: "executed" });
    // The same report again, and another one.
    expect(refusalOf(reported, report(soft()), later(2))).toEqual([]);
    expect(refusalOf(reported, report(soft(), "failed"), later(2))).toBe("outcome_conflict");
  });

  test("though the agent has not begun: it takes it up like an approval, and nothing runs twice", () => {
    const e = run(unclaimed(), confirm(unclaimed()), later(1));
    expect(dispositionOf(e)).toBe("resume");
    const resumed = run(e, resume("c"), later(2));
    expect(resumed).toMatchObject({ state: "resuming", acted: null });
    expect(run(resumed, report(resumed, "completed", "ext_1"), later(3))).toMatchObject({ endedReason: "executed" });
    expect(run(e, tick, later(60))).toMatchObject({ state: "failed", endedReason: "never_resumed" });
  });

  test("and the agent goes silent: a person is asked what became of it", () => {
    const e = run(soft(), confirm(soft()), later(1));
    expect(run(e, tick, later(10)).state).toBe("human_responded");
    expect(run(e, tick, later(15))).toMatchObject({ state: "failed", endedReason: "outcome_unknown" });
    // Where it was silent already when people confirmed it, at once.
    expect(run(run(soft(), confirm(soft()), later(20)), tick, later(20))).toMatchObject({ endedReason: "outcome_unknown" });
  });
});

describe("to be rolled back", () => {
  test("after it is reported: an execution of its own, with another claim, until it is reported undone", () => {
    const reported = run(soft(), report(soft()), later(1));
    const e = run(reported, rollback(reported), later(2));
    expect(e).toMatchObject({ state: "human_responded", decision: { type: "rollback", reason: "wrong one" } });
    expect(dispositionOf(e)).toBe("resume");
    // Who comes back after a crash asks for what it had: that is not the right to undo.
    expect(refusalOf(e, resume("first"), later(3))).toBe("already_resuming");
    const undoing = run(e, resume("undo"), later(3));
    expect(undoing).toMatchObject({
      state: "resuming",
      outcome: null,
      acted: { execution: { token: "ext_first" }, outcome: { status: "completed" } },
      execution: { token: "ext_1", idempotencyKey: `${e.id}:1:undo` },
    });
    expect(refusalOf(undoing, report(e, "completed", "ext_1"), later(4))).toBe("invalid_request");
    expect(refusalOf(undoing, report(e, "skipped", "ext_1"), later(4))).toBe("invalid_request");
    expect(refusalOf(undoing, { type: "cancel", reason: "no" }, later(4))).toBe("not_cancellable");
    expect(run(undoing, report(e, "rolled_back", "ext_1"), later(4))).toMatchObject({
      state: "completed",
      endedReason: "rolled_back",
    });
    expect(run(undoing, report(e, "failed", "ext_1"), later(4))).toMatchObject({
      state: "failed",
      endedReason: "execution_failed",
    });
  });

  test("before it is reported: handed out only once the first is reported", () => {
    const e = run(soft(), rollback(soft()), later(1));
    expect(dispositionOf(e)).toBe("claimed");
    expect(refusalOf(e, resume("undo"), later(2))).toBe("already_resuming");
    const reported = run(e, report(soft()), later(3));
    expect(reported).toMatchObject({ state: "human_responded", endedAt: null });
    expect(dispositionOf(reported)).toBe("resume");
    expect(run(reported, resume("undo"), later(4)).state).toBe("resuming");
    // It has the whole time to resume from then on, and people are told when it does not.
    expect(run(reported, tick, later(32)).state).toBe("human_responded");
    expect(run(reported, tick, later(33))).toMatchObject({ state: "failed", endedReason: "never_resumed" });
  });

  test("before it is reported: or once its lease has lapsed; what it says then is kept", () => {
    const e = run(soft(), rollback(soft()), later(1));
    const lapsed = run(e, tick, later(15));
    expect(lapsed).toMatchObject({ state: "human_responded", dueAt: later(45) });
    expect(dispositionOf(lapsed)).toBe("resume");
    // No sweep has to have been there.
    for (const one of [e, lapsed]) expect(run(one, resume("undo"), later(16)).state).toBe("resuming");
    const undoing = run(lapsed, resume("undo"), later(16));
    const late = run(undoing, report(soft()), later(17));
    expect(late).toMatchObject({ state: "resuming", outcome: null, acted: { outcome: { status: "completed" } } });
    expect(run(lapsed, tick, later(45))).toMatchObject({ endedReason: "never_resumed" });
    // Nobody is to repeat an undoing because the act itself may be repeated.
    const silent = { ...undoing, ruling: { ...undoing.ruling, idempotent: true } };
    expect(run(silent, tick, later(31))).toMatchObject({ state: "failed", endedReason: "outcome_unknown" });
  });

  test.each([
    ["skipped", "completed", "skipped"],
    ["failed", "failed", "execution_failed"],
    ["rolled_back", "completed", "rolled_back"],
  ] as const)("of what the agent reported as %s there is nothing to undo, in both orders", (status, state, endedReason) => {
    const reported = run(soft(), report(soft(), status), later(1));
    expect(reported.state).toBe("paused_pending_human");
    expect(run(reported, rollback(reported), later(2))).toMatchObject({ state, endedReason });
    const answered = run(soft(), rollback(soft()), later(1));
    expect(run(answered, report(soft(), status), later(2))).toMatchObject({ state, endedReason });
  });

  test("what the agent never began is over at once, and it can't begin any more", () => {
    const e = run(unclaimed(), rollback(unclaimed()), later(1));
    expect(e).toMatchObject({ state: "completed", endedReason: "skipped", decision: { type: "rollback" } });
    expect(refusalOf(e, resume("c"), later(2))).toEqual([]);
    expect(run(e, resume("c"), later(2)).execution).toBeNull();
  });

  test("who acted may say so only after it was undone: that is kept, and people are alarmed, because it may stand again", () => {
    const answered = run(soft(), rollback(soft()), later(1));
    const undoing = run(answered, resume("undo"), later(16));
    const undone = run(undoing, report(undoing, "rolled_back", "ext_1"), later(17));
    const none = { status: "completed" as const, executedActionDigest: null, detail: null };
    expect(refusalOf(undone, { type: "report", outcome: none, executionToken: "ext_first" }, later(18))).toBe("invalid_request");
    const late = report(soft());
    const events = decide(undone, late, around(later(18), undone));
    if (isRefusal(events)) throw new Error(events.detail);
    const after = run(undone, late, later(18));
    expect(after).toMatchObject({
      state: "completed",
      endedReason: "rolled_back",
      outcome: { status: "rolled_back" },
      acted: { outcome: { status: "completed" } },
    });
    expect(alarmsOf(undone, after, events)).toContain("done_while_undone");
    expect(refusalOf(after, late, later(19))).toEqual([]);
    expect(refusalOf(after, report(soft(), "failed"), later(19))).toBe("outcome_conflict");
  });

  test("the agent is called when it is decided, and once more as soon as it can be undone", () => {
    const called = (e: Escalation, command: Command, at: Date): string[] => {
      const events = decide(e, command, around(at, e));
      if (isRefusal(events)) throw new Error(events.detail);
      const owed = effects(e, run(e, command, at), events, TELLING);
      return owed.flatMap((one) => (one.kind === "callback" ? [one.payload.type] : []));
    };
    const asked = soft({}, { callback: { url: "https://agent.example/hook" } });
    expect(called(asked, report(asked), later(1))).toEqual([]);
    expect(called(asked, rollback(asked), later(1))).toEqual(["escalation.decided"]);
    const answered = run(asked, rollback(asked), later(1));
    expect(called(answered, report(asked), later(2))).toEqual(["escalation.decided"]);
    expect(called(answered, tick, later(15))).toEqual(["escalation.decided"]);
    const undoing = run(answered, resume("undo"), later(16));
    expect(called(undoing, report(asked), later(17))).toEqual([]);
  });

  test("needs a reason, and one person is enough", () => {
    expect(refusalOf(soft(), rollback(soft(), " "), later(1))).toBe("invalid_fields");
  });
});

describe("silence", () => {
  test("rolls back, or keeps, as the policy says, and is told as silence", () => {
    const kept = (e: Escalation) => run(e, tick, e.deadline as Date);
    const end = soft().deadline as Date;
    expect(kept(soft())).toMatchObject({ state: "timed_out", decision: { type: "rollback", source: "timeout" } });
    const reported = (review: Partial<typeof REVIEW>) => run(soft(review), report(soft()), later(1));
    expect(kept(reported({ unconfirmed: "keep" }))).toMatchObject({ state: "completed", endedReason: "executed" });
    const undone = kept(reported({}));
    expect(undone).toMatchObject({ state: "timed_out", endedAt: null });
    expect(dispositionOf(undone)).toBe("resume");
    expect(run(undone, resume("undo"), end).state).toBe("resuming");
    expect(run(undone, tick, new Date(end.getTime() + 1800_000))).toMatchObject({ endedReason: "never_resumed" });
    expect(kept(unclaimed())).toMatchObject({ state: "completed", endedReason: "skipped" });
    const mayBegin = kept(unclaimed({ unconfirmed: "keep" }));
    expect(run(mayBegin, resume("c"), end).state).toBe("resuming");
  });

  test("people who answer at the very deadline come too late, and nothing is decided twice", () => {
    const e = soft();
    expect(refusalOf(e, confirm(e), e.deadline as Date)).toBe("deadline_passed");
  });
});

test("what is done meanwhile is confirmed or undone, and neither approved, rejected nor changed", () => {
  const acts = possibleActs(soft());
  for (const act of ["confirm", "rollback", "ask", "extend"] as const) expect(acts).toContain(act);
  for (const act of ["approve", "reject", "modify", "take_over", "finish"] as const) expect(acts).not.toContain(act);
  const asked = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  for (const act of ["confirm", "rollback"] as const) expect(possibleActs(asked)).not.toContain(act);
});

test("where several have to confirm it each of them does, and one is enough to have it undone", () => {
  const e = soft();
  const [one = "", two = ""] = mayDecide(directory, { ...e, ruling: withSeats(e) }).map(({ userId }) => userId);
  const asked = { ...e, ruling: withSeats(e) };
  const by = (userId: string) => ({ by: person(userId), seen: seen() });
  const first = run(asked, { type: "confirm", reason: null, ...by(one) }, later(1));
  expect(first).toMatchObject({ state: "paused_pending_human", decision: null });
  expect(refusalOf(first, { type: "confirm", reason: null, ...by(one) }, later(2))).toBe("already_voted");
  expect(run(first, { type: "confirm", reason: null, ...by(two) }, later(2)).decision?.type).toBe("confirm");
  const undone = run(first, { type: "rollback", reason: "no", ...by(two) }, later(2)).decision;
  expect(undone).toMatchObject({ type: "rollback", reason: "no" });
  expect(authorsOf(undone as NonNullable<typeof undone>)).toEqual([two]);
});
const withSeats = ({ ruling }: Escalation): Escalation["ruling"] => {
  const seats = [{ label: "a reviewer", roles: [], users: [], levelMin: 1, count: 2 }];
  return { ...ruling, requirement: { seats, requestedByRequired: false } };
};

test("whoever asked for it confirms it only where the policy says so", () => {
  const asker = voter(soft());
  const by = { requested_by: asker };
  expect(mayDecide(directory, soft({}, by)).map((one) => one.userId)).not.toContain(asker);
  expect(mayDecide(directory, soft({ requesterMayConfirm: true }, by)).map((one) => one.userId)).toContain(asker);
});

test("what was begun can't be withdrawn out of a review, by its agent or with it", () => {
  const cancel: Command = { type: "cancel", reason: "never mind" };
  const retire: Command = { type: "retire", reason: "gone" };
  for (const command of [cancel, retire]) {
    expect(refusalOf(soft(), command, later(1))).toBe("not_cancellable");
    expect(refusalOf(unclaimed(), command, later(1))).toEqual(["cancelled"]);
    expect(refusalOf(run(soft(), rollback(soft()), later(1)), command, later(2))).toBe("not_cancellable");
  }
});

test("the right to act is held by one claim, whose lease can be extended while people are asked and no longer", () => {
  const started = run(unclaimed(), resume("c"), later(1));
  expect(started).toMatchObject({ state: "paused_pending_human", execution: { token: "ext_1" }, claimId: "c" });
  expect(refusalOf(started, resume("other"), later(2))).toBe("already_resuming");
  expect(run(started, { ...resume("c"), leaseS: 900 } as Command, later(5)).execution?.expiresAt).toEqual(later(20));
  const answered = run(started, rollback(started), later(2));
  expect(refusalOf(answered, { ...resume("c"), leaseS: 900 } as Command, later(5))).toBe("already_resuming");
  const done = run(started, report(started, "completed", "ext_1"), later(3));
  expect(refusalOf(done, resume("c"), later(4))).toBe("not_decided");
});

test("that something else ran is told at once, while people are still asked; and a confirmation does not make it right", () => {
  const e = soft();
  const command = report(e, "completed", "ext_first", `sha256:${"0".repeat(64)}`);
  const events = decide(e, command, around(later(1), e));
  if (isRefusal(events)) throw new Error(events.detail);
  const after = run(e, command, later(1));
  expect(alarmsOf(e, after, events)).toContain("executed_differs");
  expect(run(after, confirm(after), later(2))).toMatchObject({ state: "failed", endedReason: "executed_differs" });
  expect(run(after, rollback(after), later(2))).toMatchObject({ state: "human_responded" });
});

test("after a restore nobody knows whether it was done, or undone: it ends and is looked into", () => {
  for (const e of [soft(), unclaimed()])
    expect(restore(e, NOW, later(1))).toMatchObject({ again: null, endedReason: "outcome_unknown" });
  const event = restore(soft(), NOW, later(1));
  if (event === null) throw new Error("nothing follows");
  expect(run(soft(), rollback(soft()), later(1)).state).toBe("human_responded");
  expect(restore(run(soft(), rollback(soft()), later(1)), NOW, later(2))).toMatchObject({ endedReason: "outcome_unknown" });
});

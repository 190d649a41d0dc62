import { describe, expect, test } from "vitest";
import { effects } from "../../src/domain/consequences/effects.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { unionRuling } from "../../src/domain/policy/union.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { apply, approve, around, directory, later, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** What goes on for longer than one asking: rounds, hops, votes that wait for others, leases that end. */
describe("what a request is valid for", () => {
  const validFor = (minutes: number) => ({ valid_until: later(minutes).toISOString() });
  const stop = (more: object) =>
    opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" }, ...more }));

  test("a short one pulls the first answer and the first page before the deadline", () => {
    const e = stop(validFor(8));
    expect(e.deadline).toEqual(later(8));
    expect(e.slaAt).toEqual(later(8));
    expect(e.paging.pages).toHaveLength(1);
  });

  test("silence hands nothing over that the agent no longer wants, and no new round outlasts it", () => {
    const gone = run(stop(validFor(30)), { type: "tick" }, later(30));
    expect(gone).toMatchObject({ state: "timed_out", endedReason: "timed_out", decision: { type: "reject", source: "timeout" } });
    const e = stop(validFor(90));
    const moved = run(e, { type: "tick" }, e.deadline as Date);
    expect(moved).toMatchObject({ state: "paused_pending_human", round: 2, deadline: later(90) });
    expect(moved.ruling.fallback).toBe("reject");
    expect(moved.ruling.presentation.effects.silence).toMatch(/^rejected/);
  });
});

test("silence goes on through up to three queues, one after the other, and what the card says of it is true in each", () => {
  const stop = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  const [security] = stop.ruling.transferTo;
  if (security === undefined) throw new Error("the example transfers this one");
  const hops = [
    security,
    { ...security, queue: "payments", channel: "C0PAYMENTS" },
    { ...security, queue: "email", channel: "C0MAIL" },
  ];
  let e: Escalation = { ...stop, ruling: { ...stop.ruling, transferTo: hops } };
  for (const [index, hop] of hops.entries()) {
    expect(e.ruling.presentation.effects.silence).toMatch(/^handed to/);
    e = run(e, { type: "tick" }, e.deadline as Date);
    expect(e).toMatchObject({ state: "paused_pending_human", round: index + 2, transfers: index + 1 });
    expect(e.ruling).toMatchObject({ queue: hop.queue, channel: hop.channel });
  }
  expect(e.ruling).toMatchObject({ fallback: "reject", transferTo: [] });
  // A change by a person is judged again, and that judgement knows nothing of the hops that are over.
  expect(unionRuling(e.ruling, stop.ruling).presentation.effects.silence).toMatch(/^rejected/);
  expect(run(e, { type: "tick" }, e.deadline as Date)).toMatchObject({ state: "timed_out", endedReason: "timed_out" });
});

describe("a changed world", () => {
  const resume = (version: string): Command => ({
    type: "resume",
    claimId: "c",
    preconditions: [
      { name: "order.version", value: version },
      { name: "balance", value: "10" },
    ],
  });
  const stop = opened(
    requestFor(
      "cloud.stop_instance",
      { instance_id: "i-1" },
      {
        action: { target: "i-prod-1" },
        preconditions: [
          { name: "order.version", value: "7" },
          { name: "balance", value: "10" },
        ],
      },
    ),
  );

  test("what people approved again is what counts then: the same world runs, another one is asked about once more", () => {
    const reopened = run(run(stop, approve("U0MARIA"), later(1)), resume("8"), later(2));
    expect(reopened).toMatchObject({ state: "paused_pending_human", round: 2 });
    const again = run(reopened, approve("U0MARIA", 2), later(3));
    expect(run(again, resume("8"), later(4))).toMatchObject({ state: "resuming", execution: { attempt: 1 } });
    const back = run(again, resume("7"), later(4));
    expect(back).toMatchObject({ round: 3, changedPreconditions: [{ name: "order.version", was: "8", is: "7" }] });
    expect(run(run(back, approve("U0MARIA", 3), later(5)), resume("7"), later(6)).state).toBe("resuming");
  });

  test("the next queue is told of it as well", () => {
    const reopened = run(run(stop, approve("U0MARIA"), later(1)), resume("8"), later(2));
    const moved = run(reopened, { type: "tick" }, reopened.deadline as Date);
    expect(moved).toMatchObject({ round: 3, transfers: 1, changedPreconditions: [{ is: "8" }] });
  });
});

test("what was handed to another queue and changed since is asked about again only there", () => {
  const stop = opened(
    requestFor(
      "cloud.stop_instance",
      { instance_id: "i-1" },
      { action: { target: "i-prod-1" }, preconditions: [{ name: "order.version", value: "7" }] },
    ),
  );
  const moved = run(stop, { type: "tick" }, stop.deadline as Date);
  const { queue, channel } = moved.ruling;
  expect(queue).not.toBe(stop.ruling.queue);
  const [responder = ""] = directory.queues.get(queue)?.members ?? [];
  const answered = run(moved, approve(responder, moved.version), new Date((stop.deadline as Date).getTime() + 60_000));
  const resume: Command = { type: "resume", claimId: "c", preconditions: [{ name: "order.version", value: "8" }] };
  const at = new Date((stop.deadline as Date).getTime() + 120_000);
  const events = decide(answered, resume, around(at, answered));
  if (isRefusal(events)) throw new Error(events.detail);
  const reopened = apply(answered, events, at);
  expect(reopened).toMatchObject({ state: "paused_pending_human", round: 3, ruling: { queue, channel } });
  const owed = effects(answered, reopened, events, {
    alarmsChannel: null,
    threadLine: () => "asked again",
    alarmLine: () => "",
    requesterLine: () => "",
    watchers: () => [],
    ownerOf: () => null,
    contact: () => ({ email: null, pager: null }),
  });
  const lanes = owed.map(({ lane }) => lane);
  expect(lanes.some((lane) => lane.endsWith(`:${channel}`))).toBe(true);
  expect(lanes.filter((lane) => lane.endsWith(`:${stop.ruling.channel}`))).toEqual([]);
});

test("a received callback hands over the answer that was in it, not one that was given meanwhile", () => {
  const stop = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  const no: Command = { type: "reject", by: person("U0MARIA"), seen: seen(), reasonCode: "too_risky", reason: null };
  const rejected = run(stop, no, later(1));
  expect(run(rejected, { type: "callback_received", round: 1 }, later(2))).toMatchObject({
    state: "completed",
    endedReason: "rejected",
  });
  expect(decide(rejected, { type: "callback_received", round: 2 }, around(later(2), rejected))).toEqual([]);
});

test("a lease is over at its time, not when the sweep comes: the same claim is not told to run it any more", () => {
  const given = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  const once = { ...given, ruling: { ...given.ruling, idempotent: false } };
  const resume: Command = { type: "resume", claimId: "c", preconditions: [] };
  const resumed = run(run(once, approve("U0MARIA"), later(1)), resume, later(2));
  expect(decide(resumed, resume, around(later(3), resumed))).toEqual([]);
  const end = resumed.execution?.expiresAt as Date;
  expect(decide(resumed, resume, around(end, resumed))).toMatchObject({ refused: "decision_expired" });
  const other: Command = { ...resume, claimId: "d" };
  expect(decide(resumed, other, around(end, resumed))).toMatchObject({ refused: "already_resuming" });
});

describe("two people", () => {
  const volume = () => opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" } }));
  const claim = (user: string): Command => ({ type: "claim", by: person(user), seen: seen() });

  test("somebody who is on it stays on it when another one votes, and is done with their own vote", () => {
    const held = run(volume(), claim("U0KIM"), later(1));
    expect(run(held, approve("U0SAM"), later(2)).paging.claim).toMatchObject({ userId: "U0KIM" });
    expect(run(run(volume(), claim("U0SAM"), later(1)), approve("U0SAM"), later(2)).paging.claim).toBeNull();
  });

  test("who lost their place after voting has no part in the decision", () => {
    const voted = run(volume(), approve("U0LEE"), later(1));
    const without = new Map(directory.queues);
    without.set("security", { name: "security", channel: "C0SECURITY", members: ["U0SAM", "U0KIM", "U0CHRIS"] });
    const now = { directory: { ...directory, queues: without } };
    const half = run(voted, approve("U0SAM"), later(2), now);
    expect(half.state).toBe("paused_pending_human");
    expect(run(half, approve("U0KIM"), later(3), now).decision?.votes.map((vote) => vote.userId)).toEqual(["U0SAM", "U0KIM"]);
  });
});

test("a change that would need somebody whom the queue does not have is refused, and nothing is lost", () => {
  const money = { params_schema: { properties: { amount: { type: "number" } }, required: ["amount"] }, target: "customer/1" };
  const refund = opened(requestFor("payments.refund", { amount: 600, currency: "USD" }, { action: money }), "refund-agent");
  const change: Command = { type: "modify", by: person("U0PRIYA"), seen: seen(), params: { amount: 9000 }, reason: null };
  const members = ["U0PRIYA", "U0MARIA"];
  const small = new Map(directory.queues).set("payments", { name: "payments", channel: "C0PAYMENTS", members });
  expect(decide(refund, change, { ...around(later(1), refund), directory: { ...directory, queues: small } })).toMatchObject({
    refused: "modification_unanswerable",
    detail: expect.stringContaining("a compliance reviewer"),
  });
});

test("a second leave to execute asks for the same as the first: the world as it was approved, in time", () => {
  const given = opened(
    requestFor(
      "cloud.stop_instance",
      { instance_id: "i-1" },
      {
        action: { target: "i-prod-1" },
        preconditions: [{ name: "v", value: "7" }],
      },
    ),
  );
  expect(given.ruling.idempotent).toBe(true);
  const resume = (...preconditions: { name: string; value: string }[]): Command => ({
    type: "resume",
    claimId: "d",
    preconditions,
  });
  const resumed = run(run(given, approve("U0MARIA"), later(1)), resume({ name: "v", value: "7" }), later(2));
  const lapsed = run(resumed, { type: "tick" }, resumed.dueAt as Date);
  const now = around(lapsed.stateSince, lapsed);
  const at = { ...now, now: new Date((resumed.dueAt as Date).getTime() + 1000) };
  expect(decide(lapsed, resume(), at)).toMatchObject({ refused: "preconditions_missing" });
  expect(decide(lapsed, resume({ name: "v", value: "8" }), at)).toMatchObject({ refused: "world_changed" });
  const stale = { ...lapsed, request: { ...lapsed.request, valid_until: at.now.toISOString() } };
  expect(decide(stale, resume({ name: "v", value: "7" }), at)).toMatchObject({ refused: "decision_expired" });
  expect(decide(lapsed, resume({ name: "v", value: "7" }), at)).toMatchObject([{ type: "regranted", execution: { attempt: 2 } }]);
});

test("taking a task over ends anybody's \"I'm on it\": two can't be", () => {
  const mail = opened(
    requestFor("email.send", { to: "a@b.example", subject: "s", recipients: 5000 }, { action: { target: "all" } }),
    "email-agent",
  );
  const held = run(mail, { type: "claim", by: person("U0TOM"), seen: seen() }, later(1));
  const taken = run(held, { type: "take_over", by: person("U0TOM"), seen: seen() }, later(2));
  expect(taken.paging.claim).toBeNull();
  expect(taken.dueAt).toEqual(taken.deadline);
});

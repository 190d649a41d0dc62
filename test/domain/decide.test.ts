import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/domain/life/decide.ts";
import { TRANSITIONS } from "../../src/domain/life/transitions.ts";
import { authoriseVoter, mayDecide } from "../../src/domain/people/authority.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { STATES, type State } from "../../src/domain/shapes/vocabulary.ts";
import { apply, approve, around, directory, later, NOW, opened, person, requestFor, run, seen } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

const schema = { params_schema: { properties: { port: { type: "integer", minimum: 1, maximum: 65535 } }, required: ["port"] } };
const waiting = () =>
  opened(requestFor("cloud.modify_security_group", { group_id: "sg", port: 22 }, { action: { target: "sg-prod-1", ...schema } }));

/** One escalation in every state, reached by real commands. */
function inState(state: State): Escalation {
  const e = waiting();
  switch (state) {
    case "running":
      return opened(requestFor("cloud.list_instances", { region: "eu" }));
    case "paused_pending_human":
      return e;
    case "human_responded":
      return run(e, approve("U0NIK"), later(1));
    case "resuming":
      return run(inState("human_responded"), { type: "resume", claimId: "c", preconditions: [] }, later(2));
    case "completed":
      return run(
        inState("resuming"),
        {
          type: "report",
          executionToken: "ext_1",
          outcome: { status: "completed", executedActionDigest: e.actionDigest, detail: null },
        },
        later(3),
      );
    case "failed":
      return run(
        inState("resuming"),
        { type: "report", executionToken: "ext_1", outcome: { status: "failed", executedActionDigest: null, detail: null } },
        later(3),
      );
    case "timed_out":
      return run(e, { type: "tick" }, later(61));
  }
}

const COMMANDS: Record<string, (e: Escalation) => Command> = {
  approve: (e) => approve("U0NIK", e.version),
  reject: (e) => ({ type: "reject", by: person("U0NIK"), seen: seen(e.version), reasonCode: "too_risky", reason: null }),
  modify: (e) => ({ type: "modify", by: person("U0NIK"), seen: seen(e.version), params: { port: 443 }, reason: null }),
  ask: (e) => ({ type: "ask", by: person("U0NIK"), seen: seen(e.version), text: "why?" }),
  answer: (e) => ({ type: "answer", by: person("U0NIK"), seen: seen(e.version), option: null, text: "x" }),
  take_over: (e) => ({ type: "take_over", by: person("U0NIK"), seen: seen(e.version) }),
  tell: () => ({ type: "tell", text: "because" }),
  resume: () => ({ type: "resume", claimId: "c", preconditions: [] }),
  report: (e) => ({
    type: "report",
    executionToken: e.execution?.token ?? "none",
    outcome: { status: "completed", executedActionDigest: e.actionDigest, detail: null },
  }),
  cancel: () => ({ type: "cancel", reason: "x" }),
  callback_received: (e) => ({ type: "callback_received", round: e.round }),
};

/** What each command does in each state: the state after it, "same" for no effect, or the refusal. */
const TABLE: Record<string, Record<State, string>> = {
  approve: {
    running: "not_in_queue",
    paused_pending_human: "human_responded",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  reject: {
    running: "not_in_queue",
    paused_pending_human: "human_responded",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  modify: {
    running: "not_in_queue",
    paused_pending_human: "human_responded",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  ask: {
    running: "not_in_queue",
    paused_pending_human: "paused_pending_human",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  answer: {
    running: "not_in_queue",
    paused_pending_human: "not_for_this_kind",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  take_over: {
    running: "not_in_queue",
    paused_pending_human: "not_for_this_kind",
    human_responded: "already_decided",
    resuming: "already_decided",
    completed: "already_decided",
    failed: "already_decided",
    timed_out: "already_decided",
  },
  tell: {
    running: "not_waiting",
    paused_pending_human: "paused_pending_human",
    human_responded: "not_waiting",
    resuming: "not_waiting",
    completed: "not_waiting",
    failed: "not_waiting",
    timed_out: "not_waiting",
  },
  resume: {
    running: "already_resuming",
    paused_pending_human: "not_decided",
    human_responded: "resuming",
    resuming: "same",
    completed: "same",
    failed: "same",
    timed_out: "same",
  },
  report: {
    running: "completed",
    paused_pending_human: "outcome_conflict",
    human_responded: "outcome_conflict",
    resuming: "completed",
    completed: "same",
    failed: "outcome_conflict",
    timed_out: "outcome_conflict",
  },
  cancel: {
    running: "completed",
    paused_pending_human: "completed",
    human_responded: "completed",
    resuming: "not_cancellable",
    completed: "ended",
    failed: "ended",
    timed_out: "ended",
  },
  callback_received: {
    running: "same",
    paused_pending_human: "same",
    human_responded: "same",
    resuming: "same",
    completed: "same",
    failed: "same",
    timed_out: "same",
  },
};

describe("every state × every command", () => {
  for (const [name, make] of Object.entries(COMMANDS)) {
    for (const state of STATES) {
      test(`${name} in ${state}`, () => {
        const e = inState(state);
        const events = decide(e, make(e), around(later(4), e));
        const what = isRefusal(events) ? events.refused : events.length === 0 ? "same" : apply(e, events, later(4)).state;
        expect(what).toBe(TABLE[name]?.[state]);
      });
    }
  }
});

test("the table of transitions reaches every state, and what ends has a reason", () => {
  expect(new Set(TRANSITIONS.map((t) => t.to))).toEqual(new Set(STATES));
  for (const t of TRANSITIONS) if (t.to === "completed" || t.to === "failed") expect(t.endedReason).not.toBeNull();
});

test("nobody decides their own request, for their own agent, from outside, on stale facts, or after the deadline", () => {
  const mine = opened(
    requestFor("cloud.modify_security_group", { port: 1 }, { requested_by: "U0NIK", action: { target: "sg-prod-1" } }),
  );
  const refused = (e: Escalation, who: ReturnType<typeof person>) => {
    const answer = authoriseVoter(around(NOW, e).directory, e, who);
    return isRefusal(answer) ? answer.refused : "let through";
  };
  expect(refused(mine, person("U0NIK"))).toBe("nobody_may_decide");
  expect(refused({ ...waiting(), agentOwner: "U0NIK" }, person("U0NIK"))).toBe("nobody_may_decide");
  for (const account of [{ guest: true }, { deleted: true }, { bot: true }, { stranger: true }])
    expect(refused(waiting(), person("U0NIK", account))).toBe("not_a_member");
  expect(refused(waiting(), person("U0NIK", { teams: ["T0OTHER"] }))).toBe("wrong_team");
  expect(refused(waiting(), { ...person("U0NIK"), teamId: "T0OTHER" })).toBe("wrong_team");
  expect(refused(waiting(), { ...person("U0NIK"), account: null })).toBe("identity_unknown");
  expect(refused(waiting(), { ...person("U0NIK"), accountAgeS: 61 })).toBe("identity_unknown");
  // The instant of the deadline belongs to the fallback: whoever comes first then, there is one answer.
  for (const late of [waiting().deadline as Date, later(61)])
    expect(decide(waiting(), approve("U0NIK"), around(late, waiting()))).toMatchObject({ refused: "deadline_passed" });
});

test("an empty requirement denies", () => {
  const e = waiting();
  const empty = { ...e, ruling: { ...e.ruling, requirement: { seats: [], requestedByRequired: false } } };
  expect(decide(empty, approve("U0NIK"), around(NOW, empty))).toMatchObject({ refused: "nobody_may_decide" });
});

test("a modification is judged again: a higher tier asks for more people, and a forbidden one is refused", () => {
  const money = { params_schema: { properties: { amount: { type: "number" } }, required: ["amount"] }, target: "customer/1" };
  const refund = opened(requestFor("payments.refund", { amount: 600, currency: "USD" }, { action: money }), "refund-agent");
  const change = (amount: number): Command => ({
    type: "modify",
    by: person("U0PRIYA"),
    seen: seen(),
    params: { amount },
    reason: null,
  });
  const higher = run(refund, change(9000), later(1));
  expect(higher).toMatchObject({ state: "paused_pending_human", version: 2 });
  expect(higher.ruling.requirement.seats.map((s) => s.label)).toEqual(["a payments reviewer", "a compliance reviewer"]);
  expect(run(higher, approve("U0CHRIS", 2), later(2)).decision).toMatchObject({
    type: "modify",
    votes: [{ userId: "U0PRIYA" }, { userId: "U0CHRIS" }],
  });
  const mail = opened(
    requestFor(
      "email.send",
      { to: "a@b.example", subject: "s", recipients: 60 },
      { action: { params_schema: { properties: { recipients: { type: "integer" } } } } },
    ),
    "email-agent",
  );
  expect(
    decide(
      mail,
      { type: "modify", by: person("U0TOM"), seen: seen(), params: { recipients: 5000 }, reason: null },
      around(NOW, mail),
    ),
  ).toMatchObject({ refused: "modification_forbidden" });
});

const USERS = ["U0NIK", "U0ANNA", "U0MARIA", "U0CHRIS", "U0SAM", "U0LEE", "U0KIM", "U0OWEN", "U0GUS", "U0PRIYA", "U0NOBODY"];

/** Random lives of a two-person escalation: whatever happens, the invariants hold after each step. */
test("properties: any sequence of commands keeps the invariants", () => {
  const step = fc.record({
    act: fc.constantFrom(...Object.keys(COMMANDS), "tick"),
    user: fc.constantFrom(...USERS),
    version: fc.integer({ min: 1, max: 3 }),
    claim: fc.constantFrom("a", "b"),
    minutes: fc.integer({ min: 0, max: 90 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, twoPerson) => {
      let e = twoPerson
        ? opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" } }))
        : waiting();
      let now = NOW;
      const decisions: unknown[] = [];
      for (const { act, user, version, claim, minutes } of steps) {
        now = new Date(now.getTime() + minutes * 60_000);
        const made: Command = act === "tick" ? { type: "tick" } : (COMMANDS[act] as (e: Escalation) => Command)(e);
        const command = {
          ...made,
          ...("by" in made ? { by: person(user), seen: seen(version) } : {}),
          ...("claimId" in made ? { claimId: claim } : {}),
        } as Command;
        const before = e;
        const events = decide(e, command, around(now, e, `ext_${now.getTime()}`));
        if (isRefusal(events)) continue;
        e = apply(e, events, now);
        for (const event of events) if (event.type === "decided") decisions.push([before.round, event.decision]);
        if (e.endedAt === null) expect(e.dueAt).not.toBeNull();
        if (before.endedAt !== null) expect(events).toEqual([]);
        checkDecision(e, before, now);
      }
      expect(new Set(decisions.map((d) => (d as [number])[0])).size).toBe(decisions.length);
    }),
    runs(400),
  );
});

function checkDecision(e: Escalation, before: Escalation, now: Date): void {
  const { decision } = e;
  if (decision === null || decision === before.decision) return;
  if (decision.source === "timeout") {
    expect(decision.type).toBe("reject");
    return;
  }
  expect(now.getTime()).toBeLessThanOrEqual(before.deadline?.getTime() ?? 0);
  if (decision.type !== "approve" && decision.type !== "modify") return;
  const voters = decision.votes.map((v) => v.userId);
  expect(new Set(voters).size).toBe(voters.length);
  expect(voters).not.toContain("U0OWEN");
  const places = before.ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  expect(voters.length).toBeGreaterThanOrEqual(places);
  expect(decision.actionDigest).toBe(e.actionDigest);
}

test("an owner named in the configuration decides for their agent no more than one named by its registration", () => {
  const e = { ...waiting(), agentOwner: null };
  const owned = {
    ...directory,
    agents: new Map([["cloud-agent", { name: "cloud-agent", owner: "U0NIK", environment: null, callbackHosts: [] }]]),
  };
  expect(mayDecide(directory, e).map((one) => one.userId)).toContain("U0NIK");
  expect(mayDecide(owned, e).map((one) => one.userId)).not.toContain("U0NIK");
  expect(authoriseVoter(owned, e, person("U0NIK"))).toMatchObject({ refused: "nobody_may_decide" });
});

test("a grant that expired unused is handed to nobody", () => {
  const approved = inState("human_responded");
  const late = run(approved, { type: "tick" }, approved.dueAt as Date);
  expect(late.endedReason).toBe("never_resumed");
  const resume: Command = { type: "resume", claimId: "c", preconditions: [] };
  expect(decide(late, resume, around(later(120), late))).toMatchObject({ refused: "decision_expired" });
  const withdrawn = run(approved, { type: "cancel", reason: "no longer wanted" }, later(2));
  expect(decide(withdrawn, resume, around(later(3), withdrawn))).toMatchObject({ refused: "ended" });
});

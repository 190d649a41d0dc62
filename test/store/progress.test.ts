import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decision, Escalation, Progress, Vote } from "../../src/domain/shapes/escalation.ts";
import { NO_PAGING } from "../../src/domain/shapes/paging.ts";
import { DECISION_SOURCES, DECISION_TYPES, REASON_CODES } from "../../src/domain/shapes/vocabulary.ts";
import { readProgress, storedProgress } from "../../src/store/progress.ts";
import { words } from "../support/any-brief.ts";
import { NOW, opened, requestFor } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/** An escalation stores of its progress what is not as usual, and is read back whole. */
const first = opened(requestFor("cloud.restart_service", { service: "s" }));
const SUBMITTED = first.subject.kind === "action" ? first.subject.action : null;
const OWN = [first.actionDigest, `sha256:${"0".repeat(64)}`];

const leaseEnd = (after: Date) => new Date(after.getTime() + first.ruling.outcomeWithinS * 1000);
const at = fc.constantFrom(NOW, new Date(NOW.getTime() + 1), leaseEnd(first.createdAt));
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { freq: 2 });
const text = orNull(words(20));
const vote: fc.Arbitrary<Vote> = fc.record({
  userId: fc.constantFrom("U0NIK", "U0SAM"),
  teamId: fc.constant("T0"),
  verdict: fc.constantFrom("approve", "reject", "modify", "answer", "edit", "take_over", "abstain"),
  at,
  reasonCode: orNull(fc.constantFrom(...REASON_CODES)),
  reason: text,
  version: fc.integer({ min: 1, max: 2 }),
  seen: orNull(fc.constantFrom(...OWN)),
});
const action = fc.constantFrom(SUBMITTED, { type: "another", params: { service: "s" } }, null);
const steps = fc.array(
  fc.record({ op: fc.constant("replace" as const), path: fc.constant("/a"), from: fc.constant(null), value: fc.nat() }),
  {
    maxLength: 1,
  },
);
const decision: fc.Arbitrary<Decision> = fc.record({
  type: fc.constantFrom(...DECISION_TYPES),
  source: fc.constantFrom(...DECISION_SOURCES),
  decidedAt: at,
  reasonCode: orNull(fc.constantFrom(...REASON_CODES)),
  reason: text,
  votes: fc.array(vote, { maxLength: 2 }),
  action,
  content: text,
  plan: fc.constant(null),
  rejectedSteps: fc.array(fc.record({ id: words(5), reason: text }), { maxLength: 1 }),
  actionDigest: fc.constantFrom(...OWN),
  modification: steps,
  answer: orNull(fc.record({ option: text, text })),
  result: text,
  round: fc.integer({ min: 1, max: 2 }),
});
const execution = fc.record({
  token: words(8),
  attempt: fc.integer({ min: 1, max: 2 }),
  idempotencyKey: fc.constantFrom(`${first.id}:1`, "x"),
  expiresAt: at,
});
const outcome = fc.record({
  status: fc.constantFrom("completed", "failed", "skipped", "rolled_back"),
  executedActionDigest: orNull(fc.constantFrom(...OWN)),
  detail: text,
  result: fc.constantFrom(null, { a: [1, null] }, "text", 0, false),
  at,
});
const progress: fc.Arbitrary<Progress> = fc.record({
  subject: action.map((one) => (one === null ? first.subject : { kind: "action" as const, action: one })),
  modification: steps,
  modifiedBy: text,
  votes: fc.array(vote, { maxLength: 2 }),
  abstained: fc.array(vote, { maxLength: 1 }),
  pause: orNull(fc.record({ from: at, until: at })),
  pausedMs: fc.nat(),
  acted: orNull(fc.record({ execution, outcome: orNull(outcome) })),
  messages: fc.array(fc.record({ from: fc.constantFrom("reviewer", "agent"), userId: text, text: words(20), at }), {
    maxLength: 1,
  }),
  decision: orNull(decision),
  pastDecisions: fc.array(decision, { maxLength: 1 }),
  execution: orNull(execution),
  outcome: orNull(outcome),
  takenOverBy: text,
  claimId: text,
  changedPreconditions: fc.constantFrom([], [{ name: "n", was: "1", is: "2" }]),
  preconditions: fc.constantFrom(null, [], [{ name: "n", value: "2" }]),
  transfers: fc.integer({ min: 0, max: 1 }),
  transferredFrom: text,
  requester: orNull(fc.constantFrom("person", "nobody")),
  withdrawal: orNull(fc.record({ by: fc.constantFrom("agent", "house"), reason: words(20) })),
  flag: orNull(fc.record({ userId: text, machine: text, text: words(20), at })),
  isSample: fc.boolean(),
  raisedBy: orNull(fc.record({ userId: words(8), reason: words(20) })),
  paging: fc.record({
    step: fc.integer({ min: 0, max: 1 }),
    next: orNull(fc.record({ kind: fc.constantFrom("page", "remind", "seniors"), at })),
    reminders: fc.integer({ min: 0, max: 1 }),
    token: fc.integer({ min: 0, max: 1 }),
    pages: fc.constant([]),
    batchAt: orNull(at),
    batches: fc.array(fc.record({ userIds: fc.constant(["U0NIK"]), window: at }), { maxLength: 1 }),
    claim: orNull(fc.record({ userId: words(8), at, until: at })),
    extension: orNull(fc.record({ userId: words(8), reason: words(8), seconds: fc.nat() })),
  }),
  firstResponseAt: orNull(at),
  restored: orNull(fc.record({ to: at, keyRound: fc.nat() })),
  traceparent: text,
});

const keptAndRead = (e: Escalation): Progress => readProgress(JSON.parse(JSON.stringify(storedProgress(e))), e);

test("any progress is read back as it was stored", () => {
  fc.assert(
    fc.property(progress, fc.boolean(), orNull(at), (one, theirVotes, endedAt) => {
      // As it mostly is: what was decided rests on the votes that stand there.
      const decided = one.decision && theirVotes ? { ...one.decision, votes: one.votes } : one.decision;
      const whole = { ...one, decision: decided };
      expect(keptAndRead({ ...first, ...whole, endedAt })).toEqual(whole);
    }),
    runs(1000),
  );
});

test("a vote, the decision that rests on it and the right to run keep only what nothing else says", () => {
  const seen = `sha256:${"1".repeat(64)}`;
  const given = { userId: "U0NIK", teamId: "T0", at: NOW, seen };
  const one: Vote = { ...given, verdict: "approve", reasonCode: null, reason: null, version: 1 };
  const made: Decision = {
    type: "approve",
    source: "human",
    decidedAt: NOW,
    reasonCode: null,
    reason: null,
    votes: [one],
    action: SUBMITTED,
    content: null,
    plan: null,
    rejectedSteps: [],
    actionDigest: first.actionDigest,
    modification: [],
    answer: null,
    result: null,
    round: 1,
  };
  const paging = NO_PAGING;
  const execution = { token: "ext_1", attempt: 1, idempotencyKey: `${first.id}:1`, expiresAt: leaseEnd(first.createdAt) };
  const outcome = { status: "completed" as const, executedActionDigest: first.actionDigest, detail: null, result: null, at: NOW };
  const e = { ...first, votes: [one], decision: made, execution, outcome, paging, firstResponseAt: NOW, endedAt: NOW };
  expect(storedProgress(e)).toEqual({
    votes: [given],
    decision: {},
    execution: { token: "ext_1" },
    outcome: {},
  });
});

test("what a row does not say means for ever what it means today", () => {
  const about = { ...first, firstResponseAt: null };
  const usual = readProgress({ votes: [{ userId: "U0NIK", teamId: "T0", at: NOW }], decision: {} }, about);
  expect(usual).toMatchInlineSnapshot(`
    {
      "abstained": [],
      "acted": null,
      "changedPreconditions": [],
      "claimId": null,
      "decision": {
        "action": {
          "params": {
            "service": "s",
          },
          "type": "cloud.restart_service",
        },
        "actionDigest": "sha256:e644b39b877fb3b782b5785d3049dc2321210057b5629a3871dfdbe5f0e6f6ee",
        "answer": null,
        "content": null,
        "decidedAt": 2026-11-18T11:00:00.000Z,
        "modification": [],
        "plan": null,
        "reason": null,
        "reasonCode": null,
        "rejectedSteps": [],
        "result": null,
        "round": 1,
        "source": "human",
        "type": "approve",
        "votes": [
          {
            "at": 2026-11-18T11:00:00.000Z,
            "reason": null,
            "reasonCode": null,
            "seen": null,
            "teamId": "T0",
            "userId": "U0NIK",
            "verdict": "approve",
            "version": 1,
          },
        ],
      },
      "execution": null,
      "firstResponseAt": null,
      "flag": null,
      "isSample": false,
      "messages": [],
      "modification": [],
      "modifiedBy": null,
      "outcome": null,
      "paging": {
        "batchAt": null,
        "batches": [],
        "claim": null,
        "extension": null,
        "next": null,
        "pages": [],
        "reminders": 0,
        "step": 0,
        "token": 0,
      },
      "pastDecisions": [],
      "pause": null,
      "pausedMs": 0,
      "preconditions": null,
      "raisedBy": null,
      "requester": null,
      "restored": null,
      "subject": {
        "action": {
          "params": {
            "service": "s",
          },
          "type": "cloud.restart_service",
        },
        "kind": "action",
      },
      "takenOverBy": null,
      "traceparent": null,
      "transferredFrom": null,
      "transfers": 0,
      "votes": [
        {
          "at": 2026-11-18T11:00:00.000Z,
          "reason": null,
          "reasonCode": null,
          "seen": null,
          "teamId": "T0",
          "userId": "U0NIK",
          "verdict": "approve",
          "version": 1,
        },
      ],
      "withdrawal": null,
    }
  `);
  const more = readProgress({ execution: { token: "ext_1" }, outcome: {} }, { ...about, endedAt: NOW });
  expect({ execution: more.execution, outcome: more.outcome }).toMatchInlineSnapshot(`
    {
      "execution": {
        "attempt": 1,
        "expiresAt": 2026-11-18T11:15:00.000Z,
        "idempotencyKey": "esc_00000000000000000001:1",
        "token": "ext_1",
      },
      "outcome": {
        "at": 2026-11-18T11:00:00.000Z,
        "detail": null,
        "executedActionDigest": "sha256:e644b39b877fb3b782b5785d3049dc2321210057b5629a3871dfdbe5f0e6f6ee",
        "result": null,
        "status": "completed",
      },
    }
  `);
});

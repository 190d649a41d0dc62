import { describe, expect, test } from "vitest";
import type { ActType } from "../../src/domain/acts/act.ts";
import { ACTS, possibleActs, refuseAct } from "../../src/domain/acts/all.ts";
import { KIND_ROWS } from "../../src/domain/kinds/all.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { authorsOf } from "../../src/domain/life/decision.ts";
import { mayDecide, stillNeeded } from "../../src/domain/people/authority.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { NO_PAGING } from "../../src/domain/shapes/paging.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { readArtifact } from "../support/artifact.ts";
import { approve, around, directory, later, NOW, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** The acts of people as rows: what can be done, who may, and that what is drawn is what is decided. */
const form = { params_schema: { properties: { port: { type: "integer" } }, required: ["port"] } };
const action = () =>
  opened(requestFor("cloud.modify_security_group", { port: 22 }, { action: { target: "sg-prod-1", ...form } }));
const question = () =>
  opened(
    EscalationRequest.parse({
      schema_version: "1",
      kind: "question",
      question: { text: "Which one?", options: [{ id: "a", label: "A" }] },
      brief: { decision_required: "?", trigger: { kind: "requested" } },
    }),
  );
const stopped = (): Escalation => {
  const e = action();
  return { ...e, ruling: { ...e.ruling, tier: "hard_stop" } };
};
/** Two different people of the network have to agree. */
const twoSeats = (count = 2): Escalation => {
  const e = action();
  const seats = [{ label: "a reviewer", roles: [], users: [], levelMin: 1, count }];
  return { ...e, ruling: { ...e.ruling, requirement: { seats, requestedByRequired: false } } };
};
const text = () => opened(readArtifact(), "email-agent");
const twoReaders = (): Escalation => {
  const e = text();
  const seats = [{ label: "a reviewer", roles: [], users: [], levelMin: 1, count: 2 }];
  return { ...e, ruling: { ...e.ruling, requirement: { seats, requestedByRequired: false } } };
};
const editOf = (userId: string): Command => ({ type: "edit", ...by(userId), content: "Another text", reason: null });
const by = (userId: string, version = 1) => ({ by: person(userId), seen: seen(version) });
/** Somebody who may decide it. */
const voterOf = (e: Escalation, n = 0): string => mayDecide(directory, e)[n]?.userId ?? "nobody";

test("while somebody has taken a task over, nobody rejects, claims or escalates it over their head, and they still can once it is handed back", () => {
  const voter = voterOf(stopped());
  const taken = run(stopped(), { type: "take_over", ...by(voter) }, later(1));
  const reject: Command = { type: "reject", ...by(voter), reasonCode: "too_risky", reason: null };
  expect(decide(taken, reject, around(later(2), taken))).toMatchObject({
    refused: "taken_over",
    detail: expect.stringMatching(new RegExp(`<@${voter}> has taken this over and finishes it or hands it back`)),
  });
  for (const act of ["reject", "claim", "raise", "take_over"] as const) expect(possibleActs(taken)).not.toContain(act);
  const back = run(taken, { type: "hand_back", ...by(voter) }, later(3));
  expect(run(back, reject, later(4)).decision?.type).toBe("reject");
});

test("a first vote can be taken back by its author and by nobody else, and given again", () => {
  const [first = "", second = ""] = mayDecide(directory, twoSeats()).map((one) => one.userId);
  const voted = run(twoSeats(), approve(first), later(1));
  expect(voted.votes).toHaveLength(1);
  const withdraw = (user: string) => decide(voted, { type: "withdraw", ...by(user) }, around(later(2), voted));
  expect(withdraw(second)).toMatchObject({ refused: "not_voted" });
  expect(withdraw(first)).toEqual([{ type: "vote_withdrawn", userId: first, why: "own" }]);
  const back = run(voted, { type: "withdraw", ...by(first) }, later(2));
  expect(back).toMatchObject({ state: "paused_pending_human", votes: [] });
  const again = run(run(back, approve(second), later(3)), approve(first), later(4));
  expect(again.decision?.votes.map((vote) => vote.userId)).toEqual([second, first]);
});

test("who leaves it to the others is asked no more and stands in the decision, and may think better of it", () => {
  const [first = "", second = ""] = mayDecide(directory, twoSeats(1)).map((one) => one.userId);
  const abstain: Command = { type: "abstain", ...by(first), reason: "I know the customer" };
  const left = run(twoSeats(1), abstain, later(1));
  expect(left).toMatchObject({ state: "paused_pending_human", votes: [], version: 1 });
  expect(stillNeeded(directory, left).map((one) => one.userId)).not.toContain(first);
  expect(decide(left, abstain, around(later(2), left))).toMatchObject({ refused: "already_voted" });
  expect(left.firstResponseAt).toBeNull();

  const approved = run(left, approve(second), later(2)).decision;
  expect(approved?.votes.map(({ userId, verdict }) => [userId, verdict])).toEqual([
    [second, "approve"],
    [first, "abstain"],
  ]);
  expect(authorsOf(approved ?? { type: "approve", votes: [] })).toEqual([second]);
  const reject: Command = { type: "reject", ...by(first), reasonCode: "too_risky", reason: null };
  for (const after of [run(left, approve(first), later(2)), run(left, reject, later(2))])
    expect(after.decision?.votes.map(({ userId }) => userId)).toEqual([first]);
  const back = run(left, { type: "withdraw", ...by(first) }, later(2));
  expect(stillNeeded(directory, back).map((one) => one.userId)).toContain(first);
});

test("when everybody who was paged leaves it to the others, the next one is paged at once", () => {
  const e = twoSeats(1);
  const [first = "", second = ""] = mayDecide(directory, e).map((one) => one.userId);
  const chain = [first, second].map((userId) => ({
    label: userId,
    source: userId,
    remindAfterS: null,
    waitS: 600,
    via: ["dm" as const],
  }));
  const paging = { chain, urgentWithinS: 100_000, batchEveryS: null };
  const onCall = (source: string) => ({ userIds: [source], note: null });
  const waiting: Escalation = {
    ...e,
    ruling: { ...e.ruling, paging },
    paging: { ...NO_PAGING, next: { kind: "page", at: NOW } },
  };
  const paged = run(waiting, { type: "tick" }, later(1), { onCall });
  expect(paged.paging.pages.map((page) => page.userIds)).toEqual([[first]]);
  const left = run(paged, { type: "abstain", ...by(first), reason: null }, later(2), { onCall });
  expect(left.paging.pages.map((page) => page.userIds)).toEqual([[first], [second]]);
});

test("a vote counts no more once its author has lost their account, and nobody's is the last one while that is not known", () => {
  const [first = "", second = "", third = ""] = mayDecide(directory, twoSeats()).map((one) => one.userId);
  const voted = run(twoSeats(), approve(first), later(1));
  const now = (account: Parameters<typeof person>[1] | null) => {
    const voter = account === null ? { ...person(first), account: null } : person(first, account);
    return { ...around(later(2), voted), voters: new Map([[first, voter]]) };
  };
  expect(decide(voted, approve(second), now(null))).toMatchObject({
    refused: "identity_unknown",
    detail: expect.stringContaining(`<@${first}>, who approved before you`),
  });
  expect(decide(voted, approve(second), { ...now({}), voters: new Map() })).toMatchObject({ refused: "identity_unknown" });
  for (const account of [{ deleted: true }, { guest: true }, { stranger: true }]) {
    const after = run(voted, approve(second), later(2), now(account));
    expect(after).toMatchObject({ state: "paused_pending_human", votes: [{ userId: second }] });
    const done = run(after, approve(third), later(3));
    expect(done.decision?.votes.map((vote) => vote.userId)).toEqual([second, third]);
  }
  expect(run(voted, approve(second), later(2), now({})).decision?.votes).toHaveLength(2);
});

test("the same form sent twice asks once and escalates once", () => {
  const voter = voterOf(action());
  const ask: Command = { type: "ask", ...by(voter), text: "why?", submission: "V1" };
  const asked = run(action(), ask, later(1));
  expect(decide(asked, ask, around(later(2), asked))).toEqual([]);
  expect(run(asked, { ...ask, submission: "V2" }, later(2)).messages).toHaveLength(2);
  const senior = mayDecide(directory, twoSeats(1)).find((one) => one.level === 2)?.userId ?? "";
  const raise: Command = { type: "raise", ...by(senior), reason: "too big for me", submission: "V3" };
  const raised = run(twoSeats(1), raise, later(1));
  const again = decide(raised, raise, around(later(2), raised));
  expect(Array.isArray(again) ? again.filter((event) => event.type === "raised") : again).toEqual([]);
});

test("whoever is on it can give it up, which lets the paging go on, and nobody else can give it up for them", () => {
  const [first = "", second = ""] = mayDecide(directory, twoSeats()).map((one) => one.userId);
  const claimed = run(twoSeats(), { type: "claim", ...by(first) }, later(1));
  expect(decide(claimed, { type: "release", ...by(second) }, around(later(2), claimed))).toMatchObject({
    refused: "not_claimed",
  });
  const released = run(claimed, { type: "release", ...by(first) }, later(2));
  expect(released.paging.claim).toBeNull();
  expect(decide(released, { type: "release", ...by(first) }, around(later(3), released))).toMatchObject({
    refused: "not_claimed",
  });
});

test("a stranger who clicks an old card is told nothing of who decided, and a member is", () => {
  const decided = run(action(), approve(voterOf(action())), later(1));
  const click = (user: string) => decide(decided, approve(user), around(later(2), decided));
  expect(click("U0STRANGER")).toMatchObject({ refused: "not_a_reviewer", detail: expect.not.stringContaining("approved") });
  expect(click(voterOf(action()))).toMatchObject({ refused: "already_decided" });
});

test("a hundred messages of the agent leave people their questions, and the other way round", () => {
  const voter = voterOf(action());
  let chatty = action();
  for (let i = 0; i < 100; i++) chatty = run(chatty, { type: "tell", text: `${i}` }, later(1));
  expect(decide(chatty, { type: "tell", text: "more" }, around(later(2), chatty))).toMatchObject({ refused: "invalid_request" });
  expect(run(chatty, { type: "ask", ...by(voter), text: "why?" }, later(2)).messages).toHaveLength(101);
});

describe("what is drawn is what is decided", () => {
  const voter = voterOf(action());
  const cases: Record<string, Escalation> = {
    "an action": action(),
    "an action without a form": opened(
      requestFor("cloud.modify_security_group", { port: 22 }, { action: { target: "sg-prod-1" } }),
    ),
    "a question": question(),
    "a text": text(),
    "an edited text with the first of two votes": run(twoReaders(), editOf(voterOf(text())), later(1)),
    "a stopped task": stopped(),
    "a stopped task that somebody has taken over": run(stopped(), { type: "take_over", ...by(voter) }, later(1)),
    "a claimed action": run(action(), { type: "claim", ...by(voter) }, later(1)),
    "an action that somebody else claimed": run(twoSeats(), { type: "claim", ...by(voterOf(twoSeats(), 1)) }, later(1)),
    "an action with the first of two votes": run(twoSeats(), approve(voterOf(twoSeats())), later(1)),
    "a decided action": run(action(), approve(voter), later(1)),
  };
  for (const [name, e] of Object.entries(cases)) {
    test(`${name}: an act is possible for its reader exactly if it is not refused them`, () => {
      const reader = voterOf(e);
      const possible = possibleActs(e, { userId: reader, directory });
      for (const type of Object.keys(ACTS) as ActType[]) {
        const refused = refuseAct(e, { type, by: person(reader), version: e.version }, around(NOW, e));
        expect(`${type} ${possible.includes(type)}`).toBe(`${type} ${refused === null}`);
      }
      expect(possibleActs(e)).toEqual(expect.arrayContaining(possible));
      const consent = KIND_ROWS[e.kind].consent;
      const other = consent === "approve" ? "answer" : "approve";
      expect(possible).not.toContain(other);
    });
  }
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../src/domain/life/decide.ts";
import { evolve } from "../../../src/domain/life/evolve.ts";
import { EMPTY_ROSTER } from "../../../src/domain/on-call/roster.ts";
import { nextDue, waitingDueAt } from "../../../src/domain/paging/due.ts";
import { pagingDue } from "../../../src/domain/paging/run.ts";
import { isHeld, pagedNext } from "../../../src/domain/paging/step.ts";
import { beginPaging } from "../../../src/domain/paging/urgency.ts";
import { mayDecide } from "../../../src/domain/people/authority.ts";
import type { Command, Surroundings } from "../../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../../src/domain/shapes/escalation.ts";
import type { Event } from "../../../src/domain/shapes/events.ts";
import type { PagingPlan } from "../../../src/domain/shapes/paging.ts";
import { isRefusal } from "../../../src/domain/shapes/refusal.ts";
import { around, directory, NOW, opened, person, requestFor } from "../../support/domain.ts";
import { runs } from "../../support/properties.ts";

/** The chain under any waits, any answers to "who is on call?", and whatever people do meanwhile. */
const ENGINEERS = ["U0ANNA", "U0BEN", "U0MARIA", "U0CHRIS"];
const NOT_ABLE = ["U0NIK", "U0SAM", "U0NOBODY"];

const plans: fc.Arbitrary<PagingPlan> = fc.record({
  chain: fc.array(
    fc.record({
      label: fc.constantFrom("primary", "secondary", "manager"),
      source: fc.constantFrom("a", "b", "c", "nobody"),
      remindAfterS: fc.option(fc.integer({ min: 30, max: 900 }), { nil: null }),
      waitS: fc.integer({ min: 60, max: 1500 }),
      via: fc.constant(["dm" as const]),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  urgentWithinS: fc.integer({ min: 60, max: 3600 }),
  batchEveryS: fc.option(fc.constantFrom(600, 1800), { nil: null }),
});
const rosters = fc.record({
  a: fc.uniqueArray(fc.constantFrom(...ENGINEERS, ...NOT_ABLE), { maxLength: 3 }),
  b: fc.uniqueArray(fc.constantFrom(...ENGINEERS, ...NOT_ABLE), { maxLength: 3 }),
  c: fc.uniqueArray(fc.constantFrom(...ENGINEERS), { maxLength: 2 }),
  nobody: fc.constant([] as string[]),
});
const acts = fc.array(
  fc.record({
    afterS: fc.integer({ min: 1, max: 1200 }),
    act: fc.constantFrom("tick", "tick", "tick", "claim", "raise", "ask", "extend", "reject"),
    by: fc.constantFrom(...ENGINEERS),
  }),
  { minLength: 1, maxLength: 25 },
);

type Roster = Record<string, string[]>;
type Run = { escalation: Escalation; events: { event: Event; at: Date; before: Escalation }[] };

function atTime(now: Date, escalation: Escalation, roster: Roster): Surroundings {
  return { ...around(now, escalation), onCall: (source) => ({ userIds: roster[source] ?? [], note: null }) };
}

function begin(plan: PagingPlan, roster: Roster, toleranceS: number | undefined): Run {
  const request = requestFor("cloud.restart_service", { service: "s" }, { action: { environment: "production" } });
  const base = opened({ ...request, ...(toleranceS === undefined ? {} : { latency_tolerance_s: toleranceS }) });
  const ruling = { ...base.ruling, paging: plan, deadlineS: 3600, slaS: 1800, batchable: true, extendMaxS: 1200 };
  const slaAt = new Date(NOW.getTime() + 1_800_000);
  const fresh: Escalation = { ...base, ruling, slaAt, paging: beginPaging({ ruling, slaAt, request: base.request }, NOW) };
  const due = { ...fresh, dueAt: waitingDueAt(fresh) };
  return follow({ escalation: due, events: [] }, pagingDue(due, atTime(NOW, due, roster)), NOW);
}

function follow(run: Run, events: readonly Event[], at: Date): Run {
  let { escalation } = run;
  const told = [...run.events];
  for (const event of events) {
    told.push({ event, at, before: escalation });
    escalation = evolve(escalation, event, at);
  }
  return { escalation, events: told };
}

function commandOf(act: string, by: string, escalation: Escalation): Command {
  const who = { by: person(by), seen: { version: escalation.version, digest: null, complete: true } };
  switch (act) {
    case "claim":
      return { type: "claim", ...who };
    case "raise":
      return { type: "raise", reason: "r", ...who };
    case "ask":
      return { type: "ask", text: "why?", ...who };
    case "extend":
      return { type: "extend", seconds: 600, reason: "r", ...who };
    case "reject":
      return { type: "reject", reasonCode: "not_needed", reason: null, ...who };
    default:
      return { type: "tick" };
  }
}

const story = fc.record({
  plan: plans,
  roster: rosters,
  acts,
  toleranceS: fc.option(fc.integer({ min: 0, max: 7200 }), { nil: undefined }),
});

function tell(
  {
    plan,
    roster,
    acts: list,
    toleranceS,
  }: { plan: PagingPlan; roster: Roster; acts: { afterS: number; act: string; by: string }[]; toleranceS: number | undefined },
  check: (run: Run, now: Date) => void,
): Run {
  let run = begin(plan, roster, toleranceS);
  let now = NOW;
  check(run, now);
  for (const { afterS, act, by } of list) {
    now = new Date(now.getTime() + afterS * 1000);
    if (run.escalation.endedAt !== null || run.escalation.state !== "paused_pending_human") return run;
    const events = decide(run.escalation, commandOf(act, by, run.escalation), atTime(now, run.escalation, roster));
    // A refused act changes nothing; the sweep still comes.
    const settled = isRefusal(events) ? decide(run.escalation, { type: "tick" }, atTime(now, run.escalation, roster)) : events;
    if (!isRefusal(settled)) run = follow(run, settled, now);
    check(run, now);
  }
  return run;
}

describe("the chain, whatever happens", () => {
  test("after any command nothing is left due, and the sweep's next look is the earliest of what comes", () => {
    fc.assert(
      fc.property(story, (given) => {
        tell(given, ({ escalation }, now) => {
          if (escalation.state !== "paused_pending_human") return;
          expect(nextDue(escalation, atTime(now, escalation, given.roster))).toBeNull();
          expect(escalation.dueAt).toEqual(waitingDueAt(escalation));
          expect((escalation.dueAt?.getTime() ?? 0) <= (escalation.deadline?.getTime() ?? 0)).toBe(true);
          expect((escalation.dueAt?.getTime() ?? 0) > now.getTime()).toBe(true);
        });
      }),
      runs(400),
    );
  });

  test("steps are paged in order, each once, with a growing token, only people who may decide, and none after an end", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { events, escalation } = tell(given, () => {});
        const paged = events.flatMap(({ event, before }) => (event.type === "paged" ? [{ ...event.page, before }] : []));
        const steps = paged.map((page) => page.step);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(paged.map((page) => page.token)).toEqual(paged.map((_, i) => i + 1));
        for (const page of paged) {
          const able = mayDecide(directory, page.before).map((one) => one.userId);
          expect(page.userIds.every((userId) => able.includes(userId))).toBe(true);
          // Every step passed over found nobody who could answer then.
          for (const step of given.plan.chain.slice(page.before.paging.step, page.step))
            expect(
              (given.roster as Roster)[step.source]?.some(
                (userId) =>
                  able.includes(userId) &&
                  userId !== page.before.raisedBy?.userId &&
                  !page.before.votes.some((v) => v.userId === userId),
              ),
            ).toBe(false);
          expect(page.before.state).toBe("paused_pending_human");
          expect(page.before.deadline === null || page.at < page.before.deadline).toBe(true);
        }
        const end = events.findIndex(({ event }) => event.type === "decided" || event.type === "timed_out");
        if (end >= 0) expect(events.slice(end + 1).some(({ event }) => event.type === "paged")).toBe(false);
        expect(escalation.endedAt === null || escalation.dueAt === null).toBe(true);
      }),
      runs(400),
    );
  });

  test("if a step finds nobody the next is paged at once, and a chain that finds nobody at all ends with everybody who may decide", () => {
    fc.assert(
      fc.property(plans, fc.constant({ a: [], b: ["U0NOBODY"], c: [], nobody: [] } as Roster), (plan, roster) => {
        const run = begin({ ...plan, urgentWithinS: 3600 }, roster, undefined);
        const paged = run.events.flatMap(({ event }) => (event.type === "paged" ? [event] : []));
        expect(paged).toHaveLength(1);
        expect(paged[0]?.skipped.map((one) => one.label)).toEqual(plan.chain.map((one) => one.label));
        expect(paged[0]?.page.userIds.length).toBeGreaterThan(0);
      }),
    );
  });

  test("a claim holds reminders and pages back until it lapses, never the deadline", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { events } = tell(given, () => {});
        let claimed = false;
        for (const { event } of events) {
          if (event.type === "claimed") claimed = true;
          else if (event.type === "claim_lapsed" || event.type === "raised" || event.type === "voted") claimed = false;
          else if (event.type === "paged" || event.type === "reminded") expect(claimed).toBe(false);
        }
      }),
      runs(300),
    );
  });

  test("what is promised of the next page comes true: these people at that time, or nobody more", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { roster } = given;
        const onCall = new Map(Object.entries(roster).map(([name, people]) => [name, { kind: "people" as const, people }]));
        let run = tell(given, () => {});
        const { state, deadline } = run.escalation;
        if (state !== "paused_pending_human" || isHeld(run.escalation) || run.escalation.paging.pages.length === 0) return;
        const promised = pagedNext(run.escalation, { ...directory, onCall }, EMPTY_ROSTER);
        for (let at = run.escalation.dueAt; at !== null && deadline !== null && at < deadline; at = run.escalation.dueAt) {
          const events = decide(run.escalation, { type: "tick" }, atTime(at, run.escalation, roster));
          if (isRefusal(events)) throw new Error(events.detail);
          run = follow(run, events, at);
          const page = events
            .flatMap((event) => (event.type === "paged" ? [event.page] : []))
            .find((one) => one.userIds.length > 0);
          if (page === undefined) continue;
          expect(promised).toEqual({ userIds: page.userIds, at: page.at });
          return;
        }
        expect(promised).toBeNull();
      }),
      runs(400),
    );
  });

  test("the deadline is extended at most once, and never beyond the policy's cap", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { events, escalation } = tell(given, () => {});
        expect(events.filter(({ event }) => event.type === "extended").length).toBeLessThanOrEqual(1);
        const most = NOW.getTime() + (escalation.ruling.deadlineS + escalation.ruling.extendMaxS) * 1000;
        expect(escalation.deadline?.getTime() ?? 0).toBeLessThanOrEqual(most);
      }),
      runs(300),
    );
  });

  test("what waits for a batch is in it before it becomes urgent, and leaves it then", () => {
    fc.assert(
      fc.property(story, (given) => {
        tell(given, ({ escalation }) => {
          const { batchAt, next, pages } = escalation.paging;
          if (batchAt === null) return;
          expect(pages.filter((page) => page.at >= escalation.stateSince)).toEqual([]);
          expect(next !== null && batchAt < next.at).toBe(true);
        });
      }),
      runs(300),
    );
  });
});

test("a claim can be taken over by somebody else, not made twice, and the deadline is extended once", () => {
  const run = begin(
    { chain: [{ label: "p", source: "a", remindAfterS: null, waitS: 600, via: ["dm"] }], urgentWithinS: 3600, batchEveryS: null },
    { a: ["U0ANNA"] },
    undefined,
  );
  const roster = { a: ["U0ANNA"] };
  const act = (from: Run, kind: string, by: string) =>
    decide(from.escalation, commandOf(kind, by, from.escalation), atTime(NOW, from.escalation, roster));
  const claimed = act(run, "claim", "U0ANNA");
  if (isRefusal(claimed)) throw new Error(claimed.detail);
  const after = follow(run, claimed, NOW);
  expect(act(after, "claim", "U0ANNA")).toMatchObject({ refused: "already_claimed" });
  const taken = act(after, "claim", "U0MARIA");
  if (isRefusal(taken)) throw new Error(taken.detail);
  expect(follow(after, taken, NOW).escalation.paging.claim?.userId).toBe("U0MARIA");
  const extended = act(after, "extend", "U0MARIA");
  if (isRefusal(extended)) throw new Error(extended.detail);
  expect(act(follow(after, extended, NOW), "extend", "U0ANNA")).toMatchObject({
    refused: "not_extendable",
    detail: expect.stringContaining("once"),
  });
});

import { describe, expect, test } from "vitest";
import { possibleActs } from "../../src/domain/acts/all.ts";
import { apiEscalation, apiStepExecutions } from "../../src/domain/consequences/api-shape.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { executionOfStep, refuseAsStep } from "../../src/domain/life/steps.ts";
import { countedAnew, velocitiesOfSteps } from "../../src/domain/policy/velocity.ts";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import type { Command, StepAnswer } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { approve, around, later, NOW, opened, person, policy, run, seen } from "../support/domain.ts";
import { deleteVolume, planRequest, readPlan, restart, type StepSent, stop } from "../support/plan.ts";

/** Several actions in a row: people say which of them, each is reported by itself. */
const planned = (steps: readonly StepSent[], more: object = {}) => opened(readPlan(steps, more), "cloud-agent");
const three = () => planned([stop("a", "i-1"), restart("b", "web"), stop("c", "i-3")]);
/** The same, of which two have to say yes. */
function ofTwo(): Escalation {
  const e = three();
  const seats = e.ruling.requirement.seats.map((seat) => ({ ...seat, count: 2 }));
  return { ...e, ruling: { ...e.ruling, requirement: { ...e.ruling.requirement, seats } } };
}
const yes = (params: Record<string, string | number> | null = null): StepAnswer => ({ approved: true, params });
const no = (reason: string): StepAnswer => ({ approved: false, reason });
const amend = (user: string, steps: Record<string, StepAnswer>, version = 1): Command => ({
  type: "amend",
  by: person(user),
  seen: seen(version),
  steps,
  reason: null,
});
const resume = { type: "resume", claimId: "c", preconditions: [] } as const;
const report = (e: Escalation, step: string, more: object = {}): Command => ({
  type: "report_step",
  step,
  executionToken: e.execution === null ? null : executionOfStep(e.execution, step).token,
  outcome: {
    status: "completed",
    executedActionDigest: e.steps.find(({ id }) => id === step)?.digest ?? null,
    detail: null,
    ...more,
  },
});
const states = (e: Escalation) => (apiEscalation(e)["plan"] as { steps: { state: string }[] }).steps.map(({ state }) => state);
const refusal = (e: Escalation, command: Command, now = later(1)) => decide(e, command, around(now, e));
const approved = (e: Escalation) => run(e, approve("U0MARIA"), later(2));

describe("what the policy says of a plan", () => {
  test("it judges every step, and the plan is as strict as the strictest of them", () => {
    const e = three();
    expect(e.ruling.tier).toBe("hard_approval");
    expect(e.ruling.steps?.map(({ title, own }) => [title, own])).toEqual([
      ["Stop instance i-1", null],
      ["Restart web on web-prod-1", null],
      ["Stop instance i-3", null],
    ]);
    expect(e.ruling.reasons.find(({ tier }) => tier === "hard_approval")).toMatchObject({ rule: "step a" });
    // Whoever may approve a stop may approve a restart: one of them covers both.
    expect(e.ruling.requirement.seats.map(({ label }) => label)).toEqual(["an engineering manager"]);
  });

  test("a step that the policy wants asked for by itself, or that people do, is not covered", () => {
    const unknown = { id: "x", title: "Anything", action: { type: "nobody.knows" } };
    const e = planned([stop("a", "i-1"), deleteVolume("d"), unknown]);
    expect(e.steps.map(({ state }) => state)).toEqual(["planned", "own", "own"]);
    expect(e.ruling.tier).toBe("hard_approval");
    expect(e.ruling.steps?.[2]?.own).toContain("for people to do");
  });

  test("where the risk of its steps adds up, those after the limit ask for themselves", () => {
    const e = planned(Array.from({ length: 7 }, (_none, i) => stop(`s${i}`, `i-${i}`)));
    // Medium impact weighs 0.2, and one approval covers 1.
    expect(e.steps.map(({ state }) => state)).toEqual([...Array(5).fill("planned"), "own", "own"]);
    expect(e.ruling.steps?.[5]?.own).toContain("1.2");
  });

  test("each step counts in the sums before the next one is judged, and in the plan's share until it ends", () => {
    const counting = { ...policy, rules: [{ ...policy.rules[0], appliesTo: () => true, readsVelocity: true }] } as typeof policy;
    const { plan } = readPlan([stop("a", "i-1"), stop("b", "i-1"), stop("c", "i-2")]);
    const none = { count1h: 0, count24h: 0, sum1h: 0, sum24h: 0 };
    const velocities = velocitiesOfSteps(counting, "agt_1", plan, () => ({ agent: none, target: none }));
    expect(velocities.map(({ agent, target }) => [agent.count1h, target.count1h])).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
    ]);
    const e = three();
    const steps = e.ruling.steps?.map((one) => ({ ...one, countedAs: "type x" })) ?? [];
    const counted = { ...e, ruling: { ...e.ruling, steps } };
    expect(countedAnew(null, counted)).toHaveLength(6);
    expect(countedAnew(counted, { ...counted, endedReason: "rejected" }).every(({ count }) => count === -1)).toBe(true);
  });

  test("no plan is asked of which nothing would be covered, and a step has one name", () => {
    expect(() => planned([deleteVolume("d")])).toThrow("covered");
    const twice = planRequest([stop("a", "i-1"), stop("a", "i-2")]);
    expect(EscalationRequest.safeParse(twice).success).toBe(false);
    const many = planRequest(Array.from({ length: 21 }, (_none, i) => stop(`s${i}`, "i")));
    expect(EscalationRequest.safeParse(many).success).toBe(false);
  });
});

describe("deciding", () => {
  test("all of it is approved like an action", () => {
    const e = approved(three());
    expect(apiEscalation(e)).toMatchObject({
      disposition: "resume",
      decision: { type: "approve", approved_steps: ["a", "b", "c"], rejected_steps: [], action_digest: e.actionDigest },
    });
    expect(states(e)).toEqual(["allowed", "allowed", "allowed"]);
  });

  test("some of it is another version with a digest of its own, which the others decide on as well", () => {
    const e = run(ofTwo(), amend("U0MARIA", { a: no("busy today"), b: yes({ drain_s: 60 }) }), later(1));
    expect(e).toMatchObject({ version: 2, state: "paused_pending_human" });
    expect(states(e)).toEqual(["rejected", "waiting", "waiting"]);
    const done = run(e, approve("U0CHRIS", 2), later(2));
    const { decision } = apiEscalation(done) as { decision: Record<string, any> };
    expect(decision).toMatchObject({
      type: "modify",
      approved_steps: ["b", "c"],
      rejected_steps: [{ id: "a", reason: "busy today" }],
      modification: [
        { op: "replace", path: "/steps/1/action/params/drain_s", from: 30, value: 60 },
        { op: "remove", path: "/steps/0" },
      ],
    });
    expect(decision["action_digest"]).toBe(digestOf(decision["plan"]));
    expect(decision["plan"].steps[0].action.params.drain_s).toBe(60);
    // The step is what was decided, not what was asked.
    expect(done.steps[1]?.digest).not.toBe(three().steps[1]?.digest);
  });

  test("two who change it at once: the second is told that it is another version now", () => {
    const e = run(ofTwo(), amend("U0MARIA", { a: no("busy") }), later(1));
    expect(refusal(e, amend("U0CHRIS", { c: no("no") }))).toMatchObject({ refused: "stale_version" });
  });

  test("whoever leaves all steps as they are approves the plan", () => {
    expect(run(three(), amend("U0MARIA", { a: yes(), b: yes(), c: yes() }), later(1))).toMatchObject({
      version: 1,
      decision: { type: "approve" },
    });
  });

  test("what is wrong with a value stands at its field, and nothing is left for an approval that covers nothing", () => {
    expect(refusal(three(), amend("U0MARIA", { b: yes({ drain_s: 9999 }) }))).toMatchObject({
      refused: "invalid_fields",
      fields: [{ field: "param:b:drain_s" }],
    });
    const all = { a: no("no"), b: no("no"), c: no("no") };
    expect(refusal(three(), amend("U0MARIA", all))).toMatchObject({ refused: "modification_forbidden" });
    const rest = planned([stop("a", "i-1"), deleteVolume("d")]);
    expect(refusal(rest, amend("U0MARIA", { a: no("no") }))).toMatchObject({ refused: "modification_forbidden" });
  });

  test("only a plan has steps to choose, and its whole is not changed like an action", () => {
    expect(possibleActs(three())).toEqual(expect.arrayContaining(["approve", "reject", "amend"]));
    expect(possibleActs(three())).not.toContain("modify");
  });
});

describe("carrying it out", () => {
  const resumed = (e = three()) => run(approved(e), resume, later(3));

  test("each covered step has a token and a key of its own, and the plan ends with the last report", () => {
    const e = resumed();
    const { steps = [] } = apiStepExecutions(e) as { steps?: { id: string; execution: Record<string, string> }[] };
    expect(steps.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(new Set(steps.map(({ execution }) => execution["token"])).size).toBe(3);
    expect(steps[0]?.execution["idempotency_key"]).toBe(`${e.id}:1:a`);
    expect(states(e)).toEqual(["running", "allowed", "allowed"]);
    const first = run(e, report(e, "a"), later(4));
    expect(states(first)).toEqual(["completed", "running", "allowed"]);
    const second = run(first, report(e, "b", { status: "skipped", executedActionDigest: null }), later(5));
    expect(second.state).toBe("resuming");
    const last = run(second, report(e, "c"), later(6));
    expect(last).toMatchObject({ state: "completed", endedReason: "executed" });
    expect(states(last)).toEqual(["completed", "skipped", "completed"]);
  });

  test("the same report again is the same answer, another one and another step's token are refused", () => {
    const e = resumed();
    const first = run(e, report(e, "a"), later(4));
    expect(decide(first, report(e, "a"), around(later(5), first))).toEqual([]);
    expect(refusal(first, report(e, "a", { status: "failed" }))).toMatchObject({ refused: "outcome_conflict" });
    const token = e.execution === null ? "" : executionOfStep(e.execution, "a").token;
    expect(refusal(e, { ...report(e, "b"), executionToken: token } as Command)).toMatchObject({ refused: "wrong_token" });
    expect(refusal(e, { ...report(e, "b"), executionToken: e.execution?.token } as Command)).toMatchObject({
      refused: "wrong_token",
    });
    expect(refusal(e, report(e, "zzz"))).toMatchObject({ refused: "not_found" });
    const whole = { type: "report", executionToken: e.execution?.token ?? null, outcome: { status: "skipped" } } as Command;
    expect(refusal(e, whole)).toMatchObject({ refused: "outcome_conflict" });
  });

  test("a failed step leaves the others to be reported and fails the plan; another action than approved ends it at once", () => {
    const e = planned([stop("a", "i-1"), stop("b", "i-2")]);
    const begun = run(run(e, approve("U0MARIA"), later(1)), resume, later(2));
    const failed = run(begun, report(begun, "a", { status: "failed", executedActionDigest: null }), later(3));
    expect(failed.state).toBe("resuming");
    expect(run(failed, report(begun, "b"), later(4))).toMatchObject({ state: "failed", endedReason: "execution_failed" });
    const other = run(begun, report(begun, "a", { executedActionDigest: `sha256:${"0".repeat(64)}` }), later(3));
    expect(other).toMatchObject({ state: "failed", endedReason: "executed_differs" });
    expect(states(other)).toEqual(["differs", "not_run"]);
    expect(refusal(other, report(begun, "b"))).toMatchObject({ refused: "ended" });
  });

  test("when its time is over it ends, and what nobody reported was not allowed any longer", () => {
    const e = resumed();
    expect(e.execution?.expiresAt).toEqual(new Date(later(3).getTime() + policy.source.plan.longest * 1000));
    const over = run(run(e, report(e, "a"), later(4)), { type: "tick" }, later(34));
    expect(over).toMatchObject({ state: "failed", endedReason: "outcome_unknown" });
    expect(states(over)).toEqual(["completed", "not_run", "not_run"]);
  });

  test("where its preconditions have changed, people are asked again about the steps that they left", () => {
    const e = planned([stop("a", "i-1"), stop("b", "i-2")], { preconditions: [{ name: "fleet", value: "7" }] });
    const decided = run(e, amend("U0MARIA", { a: no("busy") }), later(1));
    const again = run(decided, { ...resume, preconditions: [{ name: "fleet", value: "8" }] }, later(2));
    expect(again).toMatchObject({ state: "paused_pending_human", round: 2 });
    expect(states(again)).toEqual(["rejected", "waiting"]);
  });

  test("a step that asks for itself does so as an action that names its plan, once that is approved, and always waits", () => {
    const e = planned([stop("a", "i-1"), deleteVolume("d")]);
    const { action } = deleteVolume("d");
    const { plan: _plan, ...request } = planRequest([]);
    const asked = (step: string, more: object = {}) =>
      EscalationRequest.parse({
        ...request,
        kind: "action",
        action: { ...action, title: "Delete it", ...more },
        plan_step: { escalation_id: e.id, id: step },
      }) as Extract<EscalationRequest, { kind: "action" }>;
    const begun = run(run(e, approve("U0MARIA"), later(1)), resume, later(2));
    expect(apiStepExecutions(begun).steps).toHaveLength(1);
    expect(refusal(begun, report(begun, "d"))).toMatchObject({ refused: "outcome_conflict" });
    expect(refuseAsStep(e, asked("d"))?.detail).toContain("not approved");
    expect(refuseAsStep(begun, asked("d"))).toBeNull();
    expect(refuseAsStep(begun, asked("a"))?.detail).toContain("covers this step");
    expect(refuseAsStep(begun, asked("d", { params: { volume_id: "another" } }))?.detail).toContain("not the action");
    expect(refuseAsStep(null, asked("d"))?.detail).toContain("no such plan");
    const listing = { ...asked("d"), action: { type: "cloud.list_instances", title: "t", params: { region: "eu" } } };
    expect(opened(listing, "cloud-agent").ruling).toMatchObject({ tier: "hard_approval" });
  });
});

test("nobody pays for plans who asks for an action: it has no steps, and nothing about them is shown", () => {
  expect(apiEscalation({ ...three(), steps: [] })).not.toHaveProperty("plan");
  expect(NOW).toEqual(three().createdAt);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { pauseForAnswer, pauseLeftMs } from "../../src/domain/life/clock-pause.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { later, NOW, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** The clock while the agent owes an answer to a reviewer. */
const waiting = (askPauseS: number | undefined = 1800): Escalation => {
  const e = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "web-prod-1" } }));
  const { askPauseS: _none, ...ruling } = e.ruling;
  return { ...e, ruling: askPauseS === undefined ? ruling : { ...ruling, askPauseS } };
};
const ask = (n = 1): Command => ({ type: "ask", by: person("U0NIK"), seen: seen(), text: "why?", submission: `V${n}` });
const tell: Command = { type: "tell", text: "because" };
const tick: Command = { type: "tick" };
const ms = (at: Date | null) => at?.getTime() ?? Number.NaN;

test("where the policy says nothing, a question stops no clock", () => {
  const asked = run(waiting(0), ask(), later(5));
  expect(asked).toMatchObject({ pause: null, deadline: waiting(0).deadline });
});

test("what the form says beforehand is what the question does, also of what is done already", () => {
  const asked = run(waiting(), ask(), later(5));
  const done = { ...waiting(), ruling: { ...waiting().ruling, tier: "soft_review" as const } };
  for (const e of [waiting(), waiting(0), asked, run(asked, tell, later(12)), done]) {
    const [paused] = pauseForAnswer(e, later(20));
    const ms = paused?.type === "clock_paused" ? paused.until.getTime() - later(20).getTime() : 0;
    expect(pauseLeftMs(e)).toBe(ms);
  }
  expect(pauseLeftMs(done)).toBe(0);
});

test("the deadline moves on by as long as the agent took, and nobody is paged meanwhile", () => {
  const before = waiting();
  const asked = run(before, ask(), later(5));
  expect(asked.pause).toEqual({ from: later(5), until: later(35) });
  expect(asked.dueAt).toEqual(later(35));
  const told = run(asked, tell, later(12));
  expect(told.pause).toBeNull();
  expect(ms(told.deadline) - ms(before.deadline)).toBe(7 * 60_000);
  expect(ms(told.slaAt) - ms(before.slaAt)).toBe(7 * 60_000);
});

test("an agent that stays silent puts nothing off for longer than the policy allows, and then the clock goes on by itself", () => {
  const before = waiting();
  const asked = run(before, ask(), later(5));
  const on = run(asked, tick, later(35));
  expect(on.pause).toBeNull();
  expect(ms(on.deadline) - ms(before.deadline)).toBe(30 * 60_000);
  // All that there was of it is used.
  expect(run(on, ask(2), later(36)).pause).toBeNull();
});

test("however often people ask and the agent answers, the deadline moves no further than the policy allows", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("ask", "tell", "tick"), fc.nat({ max: 20 })), { maxLength: 12 }), (steps) => {
      let e = waiting();
      let minutes = 0;
      for (const [n, [what, pause]] of steps.entries()) {
        minutes += pause;
        const at = later(minutes);
        if (e.state !== "paused_pending_human" || at >= (e.deadline ?? NOW)) break;
        if (what === "tick" && (e.dueAt === null || at < e.dueAt)) continue;
        e = run(e, what === "ask" ? ask(n) : what === "tell" ? tell : tick, at);
        const movedMs = ms(e.deadline) - ms(waiting().deadline);
        expect(movedMs).toBeGreaterThanOrEqual(0);
        expect(movedMs).toBeLessThanOrEqual(1800_000);
        if (e.pause === null) expect(movedMs).toBe(e.pausedMs);
      }
    }),
  );
});

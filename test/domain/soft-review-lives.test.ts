import fc from "fast-check";
import { expect, test } from "vitest";
import { dispositionOf } from "../../src/domain/consequences/api-shape.ts";
import { decide } from "../../src/domain/life/decide.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { apply, around, later, opened, person, requestFor, seen } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/** Whole lives of soft reviews: any command at any time. */
const scale = (): Escalation => {
  const action = { target: "checkout-prod-2", environment: "production" };
  return opened(requestFor("cloud.scale_service", { replicas: 8 }, { action }));
};
const CLAIMS = ["claim", "b", "c"];
type Step = { minutes: number; pick: (e: Escalation) => Command };
const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.nat({ max: 25 }),
  pick: fc.oneof(
    fc.constantFrom("U0ANNA", "U0BEN", "U0MARIA").chain((userId) => {
      const by = { by: person(userId), seen: seen() };
      return fc.constantFrom<Step["pick"]>(
        () => ({ type: "confirm", reason: null, ...by }),
        () => ({ type: "rollback", reason: "no", ...by }),
        () => ({ type: "reject", reasonCode: "other", reason: "no", ...by }),
        () => ({ type: "extend", seconds: 600, reason: "lunch", ...by }),
      );
    }),
    fc.constantFrom(...CLAIMS).map((claimId) => (): Command => ({ type: "resume", claimId, preconditions: [] })),
    fc
      .record({
        status: fc.constantFrom("completed", "failed", "skipped", "rolled_back"),
        isFirst: fc.boolean(),
        isTrue: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      })
      .map(({ status, isFirst, isTrue }) => (e: Escalation): Command => {
        const digest = isTrue ? e.actionDigest : `sha256:${"0".repeat(64)}`;
        const executedActionDigest = status === "completed" ? digest : null;
        const executionToken = (isFirst ? e.acted?.execution.token : undefined) ?? e.execution?.token ?? "none";
        return { type: "report", outcome: { status, executedActionDigest, detail: null }, executionToken };
      }),
    fc.constantFrom<Step["pick"]>(
      () => ({ type: "tick" }),
      () => ({ type: "cancel", reason: "never mind" }),
      () => ({ type: "callback_received", round: 1 }),
    ),
  ),
});

test("in any life of a soft review it is done once and undone once at the most, never at the same time, and it ends", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 14 }), fc.boolean(), (isClaimed, steps, keeps) => {
      const first = scale();
      const ruling = { ...first.ruling, review: { ...first.ruling.review, unconfirmed: keeps ? "keep" : "rollback" } };
      let e = { ...first, ruling, ...(isClaimed ? {} : { execution: null, claimId: null }) } as Escalation;
      let minutes = 0;
      const granted = isClaimed ? ["started"] : [];
      const send = (command: Command) => {
        const now = later(minutes);
        const events = decide(e, command, around(now, e, `ext_${granted.length + 1}`));
        if (isRefusal(events)) return;
        for (const event of events) {
          if (event.type === "started") expect(e.execution).toBeNull();
          if (event.type === "resumed" && e.decision?.type === "rollback") {
            // Never while the first may still be at work, and never of what has nothing to be undone.
            expect(e.outcome?.status ?? "completed").toBe("completed");
            if (e.outcome === null) expect(now.getTime()).toBeGreaterThanOrEqual(e.execution?.expiresAt.getTime() ?? 0);
          }
          if (event.type === "started" || event.type === "resumed") granted.push(event.type);
          const before = e;
          e = apply(e, [event], now);
          if (before.endedAt !== null) expect([e.state, e.endedReason]).toEqual([before.state, before.endedReason]);
          if (before.decision !== null) expect(e.decision).toEqual(before.decision);
        }
        if (e.endedAt === null) expect(e.dueAt).not.toBeNull();
        expect(dispositionOf(e) === "done").toBe(e.endedAt !== null);
      };
      for (const { minutes: more, pick } of steps) {
        minutes += more;
        send(pick(e));
      }
      for (let i = 0; i < 8 && e.endedAt === null; i++) {
        minutes += 24 * 60;
        send({ type: "tick" });
      }
      expect(e.endedAt).not.toBeNull();
      expect(granted.filter((one) => one === "started").length).toBeLessThanOrEqual(1);
      expect(granted.filter((one) => one === "resumed").length).toBeLessThanOrEqual(1);
      // What is undone was to be undone; what people confirmed or kept was not.
      if (e.acted !== null) expect(e.decision?.type).toBe("rollback");
      if (e.decision?.type === "rollback" && e.endedReason === "executed") throw new Error("it stands, and was to be undone");
    }),
    runs(1500),
  );
});

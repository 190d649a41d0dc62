import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inPriorityOrder, priorityOf } from "../../../src/domain/paging/priority.ts";
import { nextWindow } from "../../../src/domain/paging/urgency.ts";
import { IMPACTS } from "../../../src/domain/shapes/vocabulary.ts";
import { NOW, opened, requestFor } from "../../support/domain.ts";
import { runs } from "../../support/properties.ts";

/** What to answer first: never less for more risk, more doubt, less time or more impact. */
const base = opened(requestFor("cloud.restart_service", { service: "s" }, { action: { environment: "production" } }));
const signal = fc.double({ min: 0, max: 1, noNaN: true });

type Facts = { confidence: number; risk: number; ood: number; impact: (typeof IMPACTS)[number]; leftS: number };
const facts: fc.Arbitrary<Facts> = fc.record({
  confidence: signal,
  risk: signal,
  ood: signal,
  impact: fc.constantFrom(...IMPACTS),
  leftS: fc.integer({ min: -3600, max: 36_000 }),
});
const make = ({ confidence, risk, ood, impact, leftS }: Facts) => ({
  ...base,
  ruling: { ...base.ruling, impact },
  slaAt: new Date(NOW.getTime() + leftS * 1000),
  request: { ...base.request, signals: { ...base.request.signals, confidence, risk, ood } },
});
const points = (given: Facts) => priorityOf(make(given), NOW).points;

describe("priority", () => {
  test("is total, explains itself, and its parts add up", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const priority = priorityOf(make(given), NOW);
        expect(priority.parts.map((part) => part.name)).toEqual(["time", "risk", "uncertainty", "impact"]);
        const sum = priority.parts.reduce((all, part) => all + part.points, 0);
        expect(priority.points - sum).toBe(priority.class === "urgent" ? 1000 : 0);
        expect(priority.parts.every((part) => part.why.length > 0)).toBe(true);
      }),
    );
  });

  test("more risk, more doubt, less time, more impact: never later", () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const worse: Facts = {
          risk: Math.max(a.risk, b.risk),
          confidence: Math.min(a.confidence, b.confidence),
          ood: Math.max(a.ood, b.ood),
          impact: IMPACTS.indexOf(a.impact) > IMPACTS.indexOf(b.impact) ? a.impact : b.impact,
          leftS: Math.min(a.leftS, b.leftS),
        };
        expect(points(worse)).toBeGreaterThanOrEqual(Math.max(points(a), points(b)));
      }),
      runs(500),
    );
  });

  test("a missing signal counts as the worst", () => {
    const { confidence: _c, risk: _r, ...rest } = base.request.signals;
    const silent = {
      ...make({ confidence: 1, risk: 0, ood: 0, impact: "low", leftS: 9000 }),
      request: { ...base.request, signals: rest },
    };
    const worst = make({ confidence: 0, risk: 1, ood: 0, impact: "low", leftS: 9000 });
    expect(priorityOf(silent, NOW).points).toBe(priorityOf(worst, NOW).points);
  });

  test("what is urgent comes before everything that is not, and the order is stable", () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 2, maxLength: 12 }), (list) => {
        const waiting = list.map((given, i) => ({ ...make(given), id: `esc_${i}`, deadline: new Date(NOW.getTime() + i) }));
        const ordered = inPriorityOrder(waiting, NOW);
        const classes = ordered.map((one) => priorityOf(one, NOW).class);
        expect(classes.lastIndexOf("urgent")).toBeLessThan(
          classes.findIndex((c) => c !== "urgent") === -1 ? classes.length : classes.findIndex((c) => c !== "urgent"),
        );
        expect(inPriorityOrder([...waiting].reverse(), NOW).map((one) => one.id)).toEqual(ordered.map((one) => one.id));
      }),
    );
  });
});

test("batch windows are the same for all: whole multiples, always later", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.constantFrom(60, 600, 1800, 3600), (ms, everyS) => {
      const next = nextWindow(new Date(ms), everyS);
      expect(next.getTime() % (everyS * 1000)).toBe(0);
      expect(next.getTime() - ms).toBeGreaterThan(0);
      expect(next.getTime() - ms).toBeLessThanOrEqual(everyS * 1000);
    }),
  );
});

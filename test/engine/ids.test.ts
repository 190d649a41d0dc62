import fc from "fast-check";
import { expect, test } from "vitest";
import { firstIdAt, isEscalationId, newAgentKey, newEscalationId, timeOfId } from "../../src/engine/ids.ts";

const moment = fc.date({ min: new Date(0), max: new Date("4254-01-01"), noInvalidDate: true });
const cell = fc.stringMatching(/^[a-z0-9]{0,8}$/);
const before = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;

test("what is opened later has an id that sorts behind, and an id tells when it was made", () => {
  fc.assert(
    fc.property(moment, moment, cell, (a, b, of) => {
      const [earlier, later] = a < b ? [a, b] : [b, a];
      const [one, other] = [newEscalationId(earlier, of), newEscalationId(later, of)];
      expect(isEscalationId(one)).toBe(true);
      expect(timeOfId(one)).toEqual(earlier);
      if (earlier < later) expect(before(one, other)).toBe(true);
      expect(before(one, firstIdAt(earlier, of))).toBe(false);
    }),
  );
});

test("a router finds the cell by counting from the end, in an id and in a key", () => {
  fc.assert(
    fc.property(moment, cell, (at, of) => {
      expect(newEscalationId(at, of).slice(4, -24)).toBe(of);
      expect(newAgentKey(of).slice(4, -43)).toBe(of);
    }),
  );
});

test("no two of the same moment are alike, and what is none of ours tells no time", () => {
  const now = new Date("2026-11-25T00:00:00.000Z");
  expect(new Set(Array.from({ length: 5000 }, () => newEscalationId(now, ""))).size).toBe(5000);
  for (const other of ["", "esc_", "esc_none", "agt_1JPVYQSeSqxCXvngGAJhg7pR", "esc_iiiiiiiiiiiiiiiiiiiiiiii"])
    expect(timeOfId(other)).toBeNull();
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgeAfter, type Layer, nextOnCall, type Override, onCallAt, turnAt } from "../../../src/domain/on-call/rotation.ts";
import { WEEK_DAYS } from "../../../src/domain/on-call/window.ts";
import { runs } from "../../support/properties.ts";

const ZONES = Intl.supportedValuesOf("timeZone");
const layer = (more: Partial<Layer> = {}): Layer => ({
  people: ["U0ANNA", "U0BEN", "U0CHRIS"],
  timeZone: "Europe/Berlin",
  everyDays: 1,
  handOver: 9 * 60,
  start: "2026-01-05",
  hours: null,
  ...more,
});
const at = (text: string) => new Date(text);

const DAY_MS = 86_400_000;

/** How a zone's clock stands, as `Intl` says it, which knows nothing of our arithmetic. */
function offsetsOf(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  return (ms) => format.formatToParts(ms).find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** The days on which clocks jump: looked for week by week, then day by day. */
function jumpDaysOf(offset: (ms: number) => string, from: number, days: number): number[] {
  const jumps: number[] = [];
  for (let week = 0; week < days; week += 7) {
    if (offset(from + week * DAY_MS) === offset(from + (week + 7) * DAY_MS)) continue;
    for (let day = week + 1; day <= week + 7; day++)
      if (offset(from + day * DAY_MS) !== offset(from + (day - 1) * DAY_MS)) jumps.push(from + day * DAY_MS);
  }
  return jumps;
}

/** Instants around the jumps. */
const aroundJumps = (jumpDays: readonly number[]): number[] =>
  jumpDays.flatMap((ms) => Array.from({ length: 29 }, (_, hour) => ms + (hour - 26) * 3_600_000));

/** One zone for each way in which clocks go: of those that stand alike on every day that is looked at, one is as good as another. */
function zonesThatDiffer(from: number, days: number, more: readonly number[]): Map<string, number[]> {
  const ways = new Map<string, { zone: string; jumpDays: number[] }>();
  for (const zone of ZONES) {
    const offset = offsetsOf(zone);
    const jumpDays = jumpDaysOf(offset, from, days);
    const stands = [from, ...jumpDays, ...more].map((ms) => `${ms} ${offset(ms)}`);
    ways.set(stands.join(), { zone, jumpDays });
  }
  return new Map([...ways.values()].map(({ zone, jumpDays }) => [zone, jumpDays]));
}

describe("a rotation", () => {
  it("changes daily at its local hour, through both clock changes", () => {
    const daily = layer();
    expect(turnAt(daily, at("2026-03-28T07:59:59Z"))).toMatchObject({ until: at("2026-03-28T08:00:00Z") });
    // The night of the change has 23 hours, so the turn has as well.
    expect(turnAt(daily, at("2026-03-28T08:00:00Z"))).toMatchObject({
      from: at("2026-03-28T08:00:00Z"),
      until: at("2026-03-29T07:00:00Z"),
    });
    expect(turnAt(daily, at("2026-10-24T12:00:00Z"))).toMatchObject({
      from: at("2026-10-24T07:00:00Z"),
      until: at("2026-10-25T08:00:00Z"),
    });
  });

  it("hands over in a gap when the clocks jump, and once in an overlap", () => {
    const night = layer({ handOver: 2 * 60 + 30 });
    expect(turnAt(night, at("2026-03-29T01:00:00Z")).until).toEqual(at("2026-03-29T01:30:00Z"));
    const inOverlap = turnAt(night, at("2026-10-25T00:30:00Z"));
    expect(inOverlap).toMatchObject({ from: at("2026-10-25T00:30:00Z"), until: at("2026-10-26T01:30:00Z") });
  });

  it("is weekly from its weekday on, over year ends and leap days", () => {
    const weekly = layer({ everyDays: 7, people: ["U0ANNA", "U0BEN"], start: "2026-01-05" });
    expect(onCallAt({ layers: [weekly] }, at("2026-01-05T07:59:00Z"))).toBe("U0BEN");
    expect(onCallAt({ layers: [weekly] }, at("2026-01-05T08:00:00Z"))).toBe("U0ANNA");
    expect(onCallAt({ layers: [weekly] }, at("2026-01-12T08:00:00Z"))).toBe("U0BEN");
    expect(onCallAt({ layers: [weekly] }, at("2027-01-04T08:00:00Z"))).toBe("U0ANNA");
    const leap = layer({ start: "2028-02-28", people: ["U0ANNA", "U0BEN"] });
    expect(["28T09", "29T09"].map((d) => onCallAt({ layers: [leap] }, at(`2028-02-${d}:00:00Z`)))).toEqual(["U0ANNA", "U0BEN"]);
    expect(onCallAt({ layers: [leap] }, at("2028-03-01T09:00:00Z"))).toBe("U0ANNA");
  });

  it("follows the sun, and whoever leaves last stays until somebody takes over", () => {
    const hours = { days: WEEK_DAYS, from: 9 * 60, to: 17 * 60 };
    const sun = {
      layers: [
        layer({ people: ["U0LEE"], timeZone: "Asia/Tokyo", hours }),
        layer({ people: ["U0MARIA"], timeZone: "Europe/Berlin", hours }),
        layer({ people: ["U0SAM"], timeZone: "America/New_York", hours }),
      ],
    };
    expect(onCallAt(sun, at("2026-01-14T02:00:00Z"))).toBe("U0LEE");
    expect(onCallAt(sun, at("2026-01-14T10:00:00Z"))).toBe("U0MARIA");
    expect(onCallAt(sun, at("2026-01-14T20:00:00Z"))).toBe("U0SAM");
    // 22:00 to 00:00 UTC belongs to nobody's hours.
    expect(onCallAt(sun, at("2026-01-14T23:00:00Z"))).toBe("U0SAM");
    expect(nextOnCall(sun, at("2026-01-14T23:00:00Z"))).toEqual({ userId: "U0LEE", from: at("2026-01-15T00:00:00Z") });
  });

  it("lets an override go first, the newest before older ones", () => {
    const overrides: Override[] = [
      { userId: "U0KIM", from: at("2026-02-01T10:00:00Z"), until: at("2026-02-01T14:00:00Z") },
      { userId: "U0LEE", from: at("2026-02-01T12:00:00Z"), until: at("2026-02-01T13:00:00Z") },
    ];
    const rotation = { layers: [layer({ everyDays: 7 })] };
    const before = onCallAt(rotation, at("2026-02-01T09:59:59Z"), overrides);
    expect(onCallAt(rotation, at("2026-02-01T10:00:00Z"), overrides)).toBe("U0KIM");
    expect(onCallAt(rotation, at("2026-02-01T12:30:00Z"), overrides)).toBe("U0LEE");
    expect(onCallAt(rotation, at("2026-02-01T14:00:00Z"), overrides)).toBe(before);
    expect(nextOnCall(rotation, at("2026-02-01T09:00:00Z"), overrides)).toEqual({
      userId: "U0KIM",
      from: at("2026-02-01T10:00:00Z"),
    });
  });

  it("survives a day that a zone skipped altogether", () => {
    const apia = layer({ timeZone: "Pacific/Apia", start: "2011-12-28" });
    const last = turnAt(apia, at("2011-12-30T08:00:00Z"));
    expect(last.until > last.from).toBe(true);
    expect(turnAt(apia, last.until).from).toEqual(last.until);
  });
});

/** Turns tile time: each begins where the one before it ended, and every instant within one gives that turn. */
function tiles(one: Layer, ms: number): void {
  const turn = turnAt(one, new Date(ms));
  expect(turn.from.getTime()).toBeLessThanOrEqual(ms);
  expect(ms).toBeLessThan(turn.until.getTime());
  expect(turnAt(one, new Date(turn.until.getTime() - 1))).toEqual(turn);
  expect(turnAt(one, turn.until).from).toEqual(turn.until);
}

describe("exactly one person is on call at every instant", () => {
  it(`in all of ${ZONES.length} zones, around the clock changes of two years, year ends and a leap day`, {
    timeout: 120_000,
  }, () => {
    const from = Date.UTC(2026, 0, 1);
    const more = ["2026-12-31", "2028-02-28", "2028-02-29", "2028-12-31"].flatMap((day) =>
      [0, 2, 14, 23].map((hour) => Date.parse(`${day}T${String(hour).padStart(2, "0")}:30:00Z`)),
    );
    const zones = zonesThatDiffer(from, 730, more);
    expect(zones.size).toBeGreaterThan(50);
    for (const [timeZone, jumpDays] of zones) {
      const daily = layer({ timeZone, handOver: 2 * 60 + 30 });
      for (const ms of aroundJumps(jumpDays).filter((_, i) => i % 3 === 0)) tiles(daily, ms);
      for (const ms of more) tiles(daily, ms);
    }
  });

  it("for any layer, zone, hour and instant", { timeout: 60_000 }, () => {
    const anyLayer = fc.record({
      people: fc.uniqueArray(fc.constantFrom("U0A", "U0B", "U0C", "U0D"), { minLength: 1, maxLength: 4 }),
      timeZone: fc.constantFrom(...ZONES),
      everyDays: fc.integer({ min: 1, max: 28 }),
      handOver: fc.integer({ min: 0, max: 1439 }),
      start: fc.constantFrom("2024-02-29", "2026-01-05", "2026-10-25", "2027-12-31"),
      hours: fc.constant(null),
    });
    const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2034, 0, 1) });
    fc.assert(fc.property(anyLayer, instant, tiles), runs(400));
  });

  it("for layers with hours of their own: the person only changes at an edge", { timeout: 60_000 }, () => {
    const hours = fc.record({
      days: fc.uniqueArray(fc.constantFrom(...WEEK_DAYS), { minLength: 1, maxLength: 7 }),
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1439 }),
    });
    const sunLayer = fc.record({
      people: fc.uniqueArray(fc.constantFrom("U0A", "U0B", "U0C"), { minLength: 1, maxLength: 3 }),
      timeZone: fc.constantFrom(...ZONES),
      everyDays: fc.constantFrom(1, 7, 3),
      handOver: fc.integer({ min: 0, max: 1439 }),
      start: fc.constant("2026-01-05"),
      hours,
    });
    const rotations = fc.array(sunLayer, { minLength: 1, maxLength: 3 }).map((layers) => ({ layers }));
    const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2029, 0, 1) });
    fc.assert(
      fc.property(rotations, instant, fc.double({ min: 0, max: 0.999, noNaN: true }), (rotation, ms, share) => {
        const now = new Date(ms);
        const edge = edgeAfter(rotation, now);
        expect(edge > now).toBe(true);
        const between = new Date(ms + Math.floor((edge.getTime() - ms) * share));
        expect(onCallAt(rotation, between)).toBe(onCallAt(rotation, now));
      }),
      runs(400),
    );
  });
});

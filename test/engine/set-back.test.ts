import { expect, test } from "vitest";
import { createSetBack } from "../../src/engine/commands/set-back.ts";

test("what a sweep cannot move on is tried later and later, and named once it has failed three times", () => {
  let nowMs = 0;
  const setBack = createSetBack(() => nowMs);
  const pauses: number[] = [];
  for (let tries = 1; tries <= 12; tries++) {
    setBack.failed("esc_1");
    expect(setBack.stuck()).toEqual(tries < 3 ? [] : ["esc_1"]);
    const since = nowMs;
    while (setBack.except().length > 0) nowMs += 1000;
    pauses.push((nowMs - since) / 1000);
  }
  expect(pauses.slice(0, 4)).toEqual([2, 4, 8, 16]);
  expect(pauses.at(-1)).toBe(300);
  setBack.moved("esc_1");
  expect([setBack.except(), setBack.stuck()]).toEqual([[], []]);
});

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

test("what was moved on by somebody else is not named any more", () => {
  let nowMs = 0;
  const setBack = createSetBack(() => nowMs);
  for (let tries = 0; tries < 3; tries++) for (const id of ["esc_1", "esc_2"]) setBack.failed(id);
  expect(setBack.stuck()).toEqual(["esc_1", "esc_2"]);
  nowMs += 600_000;
  // It is due again, and this process meets only the other one.
  setBack.failed("esc_2");
  expect(setBack.stuck()).toEqual(["esc_2"]);
});

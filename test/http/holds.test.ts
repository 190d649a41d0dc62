import { expect, test } from "vitest";
import { createWaiting } from "../../src/engine/reading/long-polls.ts";
import { createHolds } from "../../src/http/holds.ts";

test("so many long polls can be held for one agent and in all, and each gives its place back once", () => {
  const holds = createHolds(3, 2);
  const [first] = [holds.take("a"), holds.take("a")];
  expect(() => holds.take("a")).toThrow(/At most 2 long polls of one agent/);
  holds.take("b");
  expect(() => holds.take("c")).toThrow(/No more long polls/);
  first?.();
  holds.take("c");
  expect(() => holds.take("a")).toThrow(/can be held at once/);
});

test("a wait ends when whoever waited has hung up, before or meanwhile, and is not looked for any more", async () => {
  const asked: string[][] = [];
  const waiting = createWaiting(async (ids) => {
    asked.push(ids);
    return new Map();
  });
  const over = new AbortController();
  const news = waiting.until("esc_1", 1, 60_000, over.signal);
  await waiting.poll();
  over.abort();
  expect(await news).toBe(false);
  expect(await waiting.until("esc_1", 1, 60_000, over.signal)).toBe(false);
  await waiting.poll();
  expect(asked).toEqual([["esc_1"]]);
});

test("one too many of another kind reads what its own limit says", () => {
  const holds = createHolds(2, 1, "This agent reads as much at once as it may.");
  const giveBack = holds.take("a");
  expect(() => holds.take("a")).toThrow("This agent reads as much at once as it may.");
  giveBack();
  holds.take("a");
});

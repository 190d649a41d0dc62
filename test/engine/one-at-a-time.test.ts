import { expect, test } from "vitest";
import { createQueues } from "../../src/engine/loops/one-at-a-time.ts";

test("work with one key goes one after the other, in order, also past a failure; other keys wait for nothing", async () => {
  const inTurn = createQueues(10);
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inTurn("refunds", async () => {
    told.push("first begins");
    await gate.promise;
    told.push("first fails");
    throw new Error("no connection");
  });
  const second = inTurn("refunds", async () => told.push("second"));
  const third = inTurn("refunds", async () => told.push("third"));
  await inTurn("mails", async () => told.push("a mail"));
  expect(told).toEqual(["first begins", "a mail"]);
  gate.resolve();
  await expect(first).rejects.toThrow("no connection");
  await Promise.all([second, third]);
  expect(told.slice(2)).toEqual(["first fails", "second", "third"]);
});

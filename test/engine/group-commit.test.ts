import { expect, test } from "vitest";
import { mayHaveRun } from "../../src/engine/loops/database-away.ts";
import { coalesce } from "../../src/engine/loops/group-commit.ts";
import { createPlaces, createQueues } from "../../src/engine/loops/one-at-a-time.ts";
import { answerInTime, isUnsure } from "../../src/engine/loops/patience.ts";

const LIMITS = { batchMax: 256, inFlightMax: 2, queueMax: 1000, queueBytesMax: 1000, waitMsMax: 5000 };
const failure = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });
/** A group commit of numbers whose batches are noted; `fails` says which fail, and how. */
function committing(fails: (inputs: number[]) => Error | null, limits = LIMITS) {
  const batches: number[][] = [];
  const run = async (inputs: number[]) => {
    batches.push(inputs);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const error = fails(inputs);
    if (error !== null) throw error;
    return inputs.map((n) => n * 2);
  };
  return { batches, commit: coalesce<number, number>({ run, keyOf: () => null, kindOf: () => "", bytesOf: () => 1 }, limits) };
}

test("one bad input in a batch of 256 fails alone, and is found by halving", async () => {
  const { batches, commit } = committing((inputs) => (inputs.includes(77) ? failure("23514") : null));
  const answers = await Promise.allSettled(Array.from({ length: 256 }, (_, n) => commit(n)));
  expect(answers.filter((answer) => answer.status === "rejected")).toHaveLength(1);
  expect(answers[77]).toMatchObject({ status: "rejected", reason: { code: "23514" } });
  expect(answers[78]).toEqual({ status: "fulfilled", value: 156 });
  expect(batches.length).toBeLessThan(20);
});

test("a database that is away fails a batch, and what waits behind it, at once: nothing is tried one by one", async () => {
  const { batches, commit } = committing(() => failure("ECONNREFUSED"), { ...LIMITS, batchMax: 10, inFlightMax: 1 });
  const answers = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => commit(n)));
  expect(answers.every((answer) => answer.status === "rejected")).toBe(true);
  expect(batches).toHaveLength(1);
});

test("a statement that ran into its time-out is not tried again for each of its calls", async () => {
  const { batches, commit } = committing(() => failure("57014"));
  await Promise.allSettled([1, 2, 3].map((n) => commit(n)));
  expect(batches).toEqual([[1, 2, 3]]);
});

test("beyond its calls or its bytes a group commit refuses at once, and takes more when there is room", async () => {
  const { commit } = committing(() => null, { ...LIMITS, queueMax: 3 });
  const answers = await Promise.allSettled([1, 2, 3, 4].map((n) => commit(n)));
  expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect(await commit(5)).toBe(10);
  const { commit: small } = committing(() => null, { ...LIMITS, queueBytesMax: 2 });
  const byBytes = await Promise.allSettled([1, 2, 3].map((n) => small(n)));
  expect(byBytes.map((answer) => answer.status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});

test("only a lost answer leaves it open whether a statement ran", () => {
  for (const code of ["ECONNRESET", "EPIPE", "08006", "57P01"]) expect(mayHaveRun(failure(code)), code).toBe(true);
  for (const code of ["57014", "55P03", "25006", "40P01", "23505", "ECONNREFUSED"])
    expect(mayHaveRun(failure(code)), code).toBe(false);
  expect(mayHaveRun(new Error("Query read timeout"))).toBe(true);
  expect(mayHaveRun(new Error("timeout exceeded when trying to connect"))).toBe(false);
});

test("whoever waits too long hears that nothing was done, and then nothing is done any more", async () => {
  const gate = Promise.withResolvers<void>();
  const told: string[] = [];
  const work = answerInTime(async (patience) => {
    await gate.promise;
    told.push("about to send");
    patience.demand();
    told.push("sent");
  }, 5);
  await expect(work).rejects.toMatchObject({ code: "COUNTERSIGN_BUSY" });
  gate.resolve();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(told).toEqual(["about to send"]);
});

test("whoever waits too long for what was sent hears that nobody knows yet, and can wait for what became of it", async () => {
  const stored = Promise.withResolvers<boolean>();
  const error = await answerInTime((patience) => {
    patience.sent(stored.promise);
    return stored.promise;
  }, 5).catch((thrown: unknown) => thrown);
  expect(isUnsure(error)).toBe(true);
  stored.resolve(true);
  expect(isUnsure(error) && (await error.outcome)).toBe(true);
});

test("places are handed on in order, and beyond the line the next is refused", async () => {
  const places = createPlaces(1, 1);
  const gate = Promise.withResolvers<string>();
  const first = places(() => gate.promise);
  const second = places(async () => "second");
  await expect(places(async () => "third")).rejects.toMatchObject({ code: "COUNTERSIGN_BUSY" });
  gate.resolve("first");
  expect(await Promise.all([first, second])).toEqual(["first", "second"]);
  expect(await places(async () => "fourth")).toBe("fourth");
});

test("beyond so many that wait for one key the next is refused at once; other keys are not", async () => {
  const inTurn = createQueues(2);
  const gate = Promise.withResolvers<void>();
  const both = [inTurn("one", () => gate.promise), inTurn("one", async () => {})];
  await expect(inTurn("one", async () => {})).rejects.toMatchObject({ code: "COUNTERSIGN_BUSY" });
  await inTurn("two", async () => {});
  gate.resolve();
  await Promise.all(both);
  await inTurn("one", async () => {});
});

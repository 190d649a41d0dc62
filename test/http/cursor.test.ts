import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cursorOf, readCursor } from "../../src/http/cursor.ts";
import { ProblemError } from "../../src/http/problem.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { runs } from "../support/properties.ts";

/** A cursor comes from outside: ours goes on where the page ended, and any other one is the agent's mistake, never ours. */
let app: App;
let agent: Agent;
beforeAll(async () => {
  app = await startApp();
  agent = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const ID = "esc_abcdefghij1234567890";
const anyDate = fc.date({ noInvalidDate: true });
const ourDate = fc.date({
  min: new Date("2000-01-01T00:00:00.000Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});
const looksLikeATime = fc.stringMatching(/^[+-]?\d{4,6}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?$/);
const anyCursor = fc.oneof(
  fc.string({ minLength: 1, unit: "binary" }),
  fc.string({ unit: "binary" }).map(encoded),
  anyDate.map((at) => cursorOf({ createdAt: at, id: ID })),
  looksLikeATime.map((at) => encoded(`${at} ${ID}`)),
  ourDate.map((at) => cursorOf({ createdAt: at, id: ID })),
);

function read(cursor: string): "read" | "refused" {
  try {
    const { createdAt } = readCursor(cursor);
    expect(createdAt.getUTCFullYear()).toBeGreaterThanOrEqual(2000);
    expect(createdAt.getUTCFullYear()).toBeLessThanOrEqual(9999);
    return "read";
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.problem).toMatchObject({ code: "invalid-request", errors: [{ pointer: "/cursor" }] });
    return "refused";
  }
}

test("one of ours is read as it was written", () => {
  fc.assert(
    fc.property(ourDate, (createdAt) => {
      expect(readCursor(cursorOf({ createdAt, id: ID }))).toEqual({ createdAt, id: ID });
    }),
  );
});

test.each([
  "-200000-01-01T00:00:00.000Z",
  "+010000-01-01T00:00:00.000Z",
  "1999-12-31T23:59:59.999Z",
  "2026",
  "2026-13-01T00:00:00.000Z",
])("a time that is none of ours, %s, is the agent's mistake", async (at) => {
  expect(read(encoded(`${at} ${ID}`))).toBe("refused");
  const { status, body } = await agent.call("GET", `/v1/escalations?cursor=${encoded(`${at} ${ID}`)}`);
  expect({ status, pointer: body.errors?.[0]?.pointer }).toEqual({ status: 422, pointer: "/cursor" });
});

test("no cursor is answered with a 5xx", async () => {
  fc.assert(
    fc.property(anyCursor, (cursor) => void read(cursor)),
    runs(1000),
  );
  await fc.assert(
    fc.asyncProperty(anyCursor, async (cursor) => {
      const { status } = await agent.call("GET", `/v1/escalations?cursor=${encodeURIComponent(cursor.toWellFormed())}`);
      expect([200, 422]).toContain(status);
    }),
    runs(60),
  );
});

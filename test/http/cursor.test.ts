import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isEscalationId, newEscalationId } from "../../src/engine/ids.ts";
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
const anyCursor = fc.oneof(
  fc.string({ minLength: 1, unit: "binary" }),
  fc.string({ unit: "binary" }).map(encoded),
  fc.string({ unit: "binary" }).map((text) => encoded(`esc_${text}`)),
  fc.stringMatching(/^esc_[0-9A-Za-z]{1,70}$/).map(cursorOf),
);

function read(cursor: string): "read" | "refused" {
  try {
    expect(isEscalationId(readCursor(cursor))).toBe(true);
    return "read";
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.problem).toMatchObject({ code: "invalid-request", errors: [{ pointer: "/cursor" }] });
    return "refused";
  }
}

test("one of ours is read as it was written", () => {
  for (const id of [ID, newEscalationId(new Date("2026-11-25T00:00:00Z"), "eu1")]) expect(readCursor(cursorOf(id))).toBe(id);
});

test.each(["2026", "esc_", `${ID}\0`, `2026-11-21T00:00:00.000Z ${ID}`])(
  "what is no id of ours, %j, is the agent's mistake",
  async (text) => {
    expect(read(encoded(text))).toBe("refused");
    const { status, body } = await agent.call("GET", `/v1/escalations?cursor=${encoded(text)}`);
    expect({ status, pointer: body.errors?.[0]?.pointer }).toEqual({ status: 422, pointer: "/cursor" });
  },
);

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

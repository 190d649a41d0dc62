import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** A reviewer asks the agent, and the policy lets the clock wait for the answer. */
let app: App;
let refunds: Agent;
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-asking-"));
beforeAll(async () => {
  const config = path.join(dir, "countersign.yaml");
  const example = readFileSync("countersign.example.yaml", "utf8");
  const defaults = /^ {2}defaults:\n/m;
  expect(example).toMatch(defaults);
  writeFileSync(config, example.replace(defaults, "  defaults:\n    asking: { pauses_up_to: 30m }\n"));
  app = await startApp({ config });
  refunds = await app.agent("refund-agent");
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
});

const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;
const minutesBetween = (a: string, b: string) => Math.round((Date.parse(b) - Date.parse(a)) / 60_000);

test("the form, the card and the deadline say that the clock waits for the agent, and that it goes on", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1250));
  const card = await cardOf(app, body.id);
  const form = await card.open("U0PRIYA", "Ask the agent…");
  expect(form.text()).toContain("The clock stands still until then, for 30 min at the most.");
  await form.submit({ "Your question": "Is it the same customer?" });
  await card.says("The clock stands still until refund-agent answers");
  await app.db.shiftClock(12 * 60_000);
  await refunds.call("POST", `/v1/escalations/${body.id}/messages`, { text: "Yes, it is." });
  await card.says("Yes, it is.");
  expect(card.text()).not.toContain("The clock stands still");
  expect(minutesBetween(body.deadline, (await look(body.id)).deadline)).toBe(12);

  // A second question has what is left, and silence lets the clock go on by itself.
  await (await card.open("U0PRIYA", "Ask the agent…")).submit({ "Your question": "Since when?" });
  await card.says("The clock stands still");
  await app.db.shiftClock(19 * 60_000);
  await app.running.round();
  await app.until(
    "the clock to go on",
    async () => (await app.running.engine.load(body.id))?.escalation.pause,
    (pause) => pause === null,
  );
  expect(minutesBetween(body.deadline, (await look(body.id)).deadline)).toBe(30);
  expect((await look(body.id)).state).toBe("paused_pending_human");
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { artifactRequest, REPLY } from "../support/artifact.ts";
import { cardOf } from "../support/card.ts";

/** A text that an agent wrote, from its submission to the report that it was used. */
let app: App;
let writer: Agent;
beforeAll(async () => {
  app = await startApp();
  writer = await app.agent("email-agent");
});
afterAll(() => app?.close());

async function submit(content = REPLY, more: object = {}): Promise<string> {
  const { status, body } = await writer.call("POST", "/v1/escalations", artifactRequest(content, more));
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ kind: "artifact", tier: "hard_approval", disposition: "wait", queue: "email" });
  return body.id;
}
const look = async (id: string) => (await writer.call("GET", `/v1/escalations/${id}`)).body;
const decided = (id: string) =>
  app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );

test("a reviewer reads a short text on its card, approves it, and the agent gets exactly that text back", async () => {
  const id = await submit();
  const card = await cardOf(app, id);
  await card.says("your parcel is on its way and arrives on Friday.");
  await card.click("U0TOM", "Approve text");
  const { decision } = await decided(id);
  const digest = digestOf({ media_type: "text/markdown", content: REPLY });
  expect(decision).toMatchObject({ type: "approve", content: REPLY, action: null, action_digest: digest });
  const { body } = await writer.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  expect(body.decision.content).toBe(REPLY);
  const report = { status: "completed", execution_token: body.execution.token, executed_action_digest: digest };
  expect(await writer.call("POST", `/v1/escalations/${id}/outcome`, report)).toMatchObject({
    body: { ended_reason: "executed" },
  });
  await card.says("did exactly this");
});

test("of a long text the card shows the beginning, and it is approved in the form that shows it to the end", async () => {
  const id = await submit(`Dear Ms. Chen,\n\n${"We are so very sorry. ".repeat(500)}\n\nThe very end`);
  const card = await cardOf(app, id);
  await card.says("This is its beginning");
  expect(card.text()).not.toContain("The very end");
  expect(card.offers()).not.toContain("Approve text");
  const form = await card.open("U0TOM", "Review in full…");
  expect(form.text()).toContain("The very end");
  await form.submit();
  expect((await decided(id)).decision.content).toContain("The very end");
});

test("a rejected text comes back with the reason and may not be used", async () => {
  const id = await submit();
  const form = await (await cardOf(app, id)).open("U0TOM", "Reject…");
  await form.submit({ "Why?": "against_policy", "In your own words": "We promise no dates" });
  const { body } = await writer.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  expect(body).toMatchObject({
    state: "completed",
    execution: null,
    decision: { type: "reject", reason: "We promise no dates" },
  });
});

test("a confidential text is named nowhere in the channel", async () => {
  const id = await submit("The secret offer", { classification: "confidential" });
  const card = await cardOf(app, id);
  await card.says("A text from an agent (confidential)");
  expect(card.text()).not.toContain("secret offer");
});

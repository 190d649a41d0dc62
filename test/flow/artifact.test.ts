import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import type { View } from "../../src/local/slack/state.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { artifactRequest, REPLY } from "../support/artifact.ts";
import { cardOf, formOf, seenOf } from "../support/card.ts";

/** A text that an agent wrote, from its submission to the report that it was used. */
let app: App;
let writer: Agent;
beforeAll(async () => {
  app = await startApp();
  writer = await app.agent("email-agent");
});
afterAll(() => app?.close());

/** Everybody reads texts, and two of them have to agree. */
function twoReaders(): string {
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("members: [U0TOM, U0CHRIS] }", "members: [U0TOM, U0CHRIS, U0LEE] }")
    .replace(
      "queues: { email-agent: email }\n    requires: [anybody]",
      "queues: { email-agent: email }\n    requires: [two_readers]",
    )
    .replace(/ {2}seats: .*\n/, "  seats:\n    two_readers: { label: a reader, count: 2 }\n");
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-texts-")), "countersign.yaml");
  writeFileSync(file, text);
  return file;
}

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

test("a reviewer edits the text, the agent gets theirs, and card, thread and brief show what was changed", async () => {
  const id = await submit();
  const card = await cardOf(app, id);
  const form = await card.open("U0TOM", "Edit text…");
  expect((await form.submit()).errors["content"]).toContain("Nothing is different");
  expect((await form.submit({ Text: null })).errors["content"]).toBeDefined();
  const content = REPLY.replace("arrives on Friday", "arrives soon");
  expect(await form.submit({ Text: content, "Why are you changing it?": "We promise no dates" })).toEqual({ errors: {} });
  const { decision } = await decided(id);
  const digest = digestOf({ media_type: "text/markdown", content });
  expect(decision).toMatchObject({ type: "edit", content, action_digest: digest, reason: "We promise no dates" });
  await card.says("Approved with a change by <@U0TOM>");
  await card.says("arrives on Friday");
  await card.says("arrives soon");
  const { body } = await writer.call("POST", `/v1/escalations/${id}/resume`, { claim_id: "c" });
  const report = { status: "completed", execution_token: body.execution.token, executed_action_digest: digest };
  expect(await writer.call("POST", `/v1/escalations/${id}/outcome`, report)).toMatchObject({
    body: { ended_reason: "executed" },
  });
  await app.until("the thread", () =>
    app.slack.channel("C0MAIL").find((one) => one.thread_ts !== undefined && /arrives on Friday.*→.*arrives soon/.test(one.text)),
  );
  const brief = await card.open("U0TOM", "Full brief");
  expect(brief.text()).toMatch(/- your parcel .* on Friday\.\n\+ your parcel .* soon\./);
  expect(brief.text()).toContain("edited the text");
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

test("a text of 12,000 characters is edited in several inputs and comes back whole", async () => {
  const long = `${"One more sentence, and then the next. ".repeat(315)}The end.`;
  const id = await submit(long);
  const form = await (await cardOf(app, id)).open("U0TOM", "Edit text…");
  const first = "Text, part 1 of 6";
  const { blocks } = app.as("U0TOM").top() as View;
  const piece = (blocks as { block_id?: string; element?: { initial_value: string } }[]).find(
    (one) => one.block_id === "content",
  );
  const written = piece?.element?.initial_value ?? "";
  expect((await form.submit({ [first]: `${written}${"x".repeat(600)}` })).errors["content"]).toContain("Too long");
  await form.submit({ [first]: written.replace("One", "Any") });
  const { decision } = await decided(id);
  expect(decision.content === long.replace("One", "Any")).toBe(true);
});

test("of two people who edit at once the second is told, goes on with their own text, and loses nothing of it", async () => {
  const config = twoReaders();
  const two = await startApp({ config });
  try {
    const agent = await two.agent("email-agent");
    const { body } = await agent.call("POST", "/v1/escalations", artifactRequest());
    const card = await cardOf(two, body.id);
    const toms = await card.open("U0TOM", "Edit text…");
    const chris = await card.open("U0CHRIS", "Edit text…");
    const theirs = REPLY.replace("Friday", "Monday");
    const mine = `${REPLY}\n\nP.S. We are sorry.`;
    expect(await toms.submit({ Text: theirs })).toEqual({ errors: {} });
    await card.says("Changed by <@U0TOM>");
    await chris.submit({ Text: mine });
    const again = formOf(two, "U0CHRIS", two.as("U0CHRIS").top() as View);
    expect(again.text()).toContain("<@U0TOM> edited this text while you wrote. Yours is below");
    expect(again.text()).toContain("arrives on Monday");
    expect(JSON.stringify(two.as("U0CHRIS").top())).toContain("P.S. We are sorry.");
    await again.submit();
    const waiting = (await agent.call("GET", `/v1/escalations/${body.id}`)).body;
    expect(waiting).toMatchObject({ state: "paused_pending_human", version: 3 });
    await card.says("Changed by <@U0CHRIS>");
    // Whoever writes while it is decided gets their text as well, to copy.
    const late = await card.open("U0TOM", "Edit text…");
    const lost = await card.open("U0LEE", "Edit text…");
    await late.submit({ Text: mine.replace("sorry", "very sorry") });
    await card.says("very sorry");
    await (await card.open("U0CHRIS", "Review in full…")).submit();
    const done = await two.until(
      "the decision",
      async () => (await agent.call("GET", `/v1/escalations/${body.id}`)).body,
      (e) => e.state === "human_responded",
    );
    expect(done.decision).toMatchObject({ type: "edit", content: mine.replace("sorry", "very sorry") });
    await lost.submit({ Text: "All of my own work" });
    const told = seenOf((two.as("U0LEE").top() as View).blocks);
    expect(told).toMatch(/already been approved with a change|approved with a change/i);
    expect(told).toContain("All of my own work");
  } finally {
    await two.close();
  }
});

test("of two edits that are sent in the same moment one counts, and the other is given back to go on with", async () => {
  const app2 = await startApp({ config: twoReaders() });
  try {
    const agent = await app2.agent("email-agent");
    for (let round = 0; round < 5; round++) {
      const { body } = await agent.call("POST", "/v1/escalations", artifactRequest());
      const card = await cardOf(app2, body.id);
      const people = ["U0TOM", "U0CHRIS"] as const;
      const texts = { U0TOM: `Tom's text ${round}`, U0CHRIS: `Chris's text ${round}` };
      const forms = [await card.open("U0TOM", "Edit text…"), await card.open("U0CHRIS", "Edit text…")];
      await Promise.all(forms.map((form, i) => form.submit({ Text: texts[people[i] ?? "U0TOM"] })));
      const won = people.filter((userId) => app2.as(userId).top() === null);
      expect(won).toHaveLength(1);
      const loser = people.find((userId) => !won.includes(userId)) ?? "U0TOM";
      expect(JSON.stringify(app2.as(loser).top())).toContain(texts[loser]);
      const { version } = (await agent.call("GET", `/v1/escalations/${body.id}`)).body;
      expect(version).toBe(2);
      await formOf(app2, loser, app2.as(loser).top() as View).submit();
      await card.says(`Changed by <@${loser}>`);
    }
    expect((await verifyAll(app2.db.pool)).faults).toEqual([]);
  } finally {
    await app2.close();
  }
});

test("what the policy would say of a text can be asked beforehand", async () => {
  const { status, body } = await writer.call("POST", "/v1/policy/evaluate", artifactRequest());
  expect(status).toBe(200);
  expect(body).toMatchObject({ tier: "hard_approval", disposition: "wait", queue: "email" });
});

test("whoever still writes when the deadline passes is told so and has their text to copy", async () => {
  const id = await submit();
  const form = await (await cardOf(app, id)).open("U0TOM", "Edit text…");
  await app.db.shiftClock(3 * 3_600_000);
  await form.submit({ Text: "Half an hour of work" });
  const told = seenOf((app.as("U0TOM").top() as View).blocks);
  expect(told).toMatch(/deadline/);
  expect(told).toContain("Half an hour of work");
  await app.until(
    "the end",
    () => look(id),
    (e) => e.ended_reason === "timed_out",
  );
  expect((await look(id)).decision).toMatchObject({ type: "reject", source: "timeout", content: REPLY });
});

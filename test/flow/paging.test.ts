import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import { type Agent, type App, restartRequest, startApp } from "../support/app.ts";

/** The chain as people live it: nobody answers, the next one is paged, somebody is on it, the deadline moves, and in the end silence is told as silence. */
let app: App;
let cloud: Agent;
let primary: string;
let secondary: string;

beforeAll(async () => {
  app = await startApp();
  cloud = await app.agent("cloud-agent");
  const { directory, roster } = app.running.parts;
  const now = await app.running.engine.now();
  const [first = "", second = ""] = ["cloud-primary", "cloud-secondary"].map(
    (name) => whoIsOnCall(directory(), roster.current(), name, now).userIds[0] ?? "",
  );
  primary = first;
  secondary = second;
});
afterAll(() => app.close());

const MINUTE = 60_000;

async function submit(more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await cloud.call("POST", "/v1/escalations", restartRequest(more));
  expect(status).toBe(201);
  return body.id;
}
const look = async (id: string) => (await cloud.call("GET", `/v1/escalations/${id}`)).body;
const loaded = async (id: string) => (await app.running.engine.load(id))?.escalation;
const dmOf = (userId: string) => `D0${userId.slice(1)}`;
const inDm = (userId: string, id: string) => app.slack.dm(userId).filter((m) => JSON.stringify(m.blocks).includes(id));
async function dmCard(userId: string, id: string) {
  const card = await app.until(`the DM of ${userId}`, () => inDm(userId, id).at(-1));
  if (card === undefined) throw new Error("no DM");
  return card;
}
async function pass(minutes: number): Promise<void> {
  await app.db.shiftClock(minutes * MINUTE);
  await app.running.round();
}
const threadOf = async (id: string) => {
  const card = await app.card(id);
  return app.slack.channel(card.channel).filter((m) => m.thread_ts === card.ts);
};

test("the case: silent for 10 minutes → secondary; 20 more → the engineering manager; one hour in all → rejected, told as a timeout", async () => {
  const id = await submit();
  expect(JSON.stringify((await dmCard(primary, id)).blocks)).toContain("You are paged");
  await app.card(id);
  expect([inDm(secondary, id), inDm("U0MARIA", id)]).toEqual([[], []]);

  await pass(5);
  const reminder = () => app.slack.dm(primary).find((m) => m.thread_ts !== undefined && m.ts === reminderTs);
  const reminderTs = await app.until(
    "the reminder",
    () => app.slack.dm(primary).find((m) => m.text.includes("Still waiting for you"))?.ts,
  );
  expect(JSON.stringify(reminder()?.blocks)).toMatch(/<@U0\w+> will be paged at .*"Review….*"I'm on it"/s);
  expect(inDm(secondary, id)).toEqual([]);

  await pass(5);
  await dmCard(secondary, id);
  expect(inDm("U0MARIA", id)).toEqual([]);

  await pass(19);
  expect(inDm("U0MARIA", id)).toEqual([]);
  await pass(1);
  await dmCard("U0MARIA", id);
  expect(await look(id)).toMatchObject({ state: "paused_pending_human", decision: null });

  await pass(29);
  expect(await look(id)).toMatchObject({ state: "paused_pending_human" });
  await pass(1);
  const ended = await look(id);
  expect(ended).toMatchObject({
    state: "timed_out",
    ended_reason: "timed_out",
    decision: { type: "reject", source: "timeout", votes: [] },
  });
  await app.until(
    "the thread says that it was a timeout",
    () => threadOf(id),
    (list) => list.some((m) => m.text.includes("Nobody answered")),
  );
  // Every copy comes to the same state, without buttons.
  for (const userId of [primary, secondary, "U0MARIA"])
    await app.until(`the copy of ${userId}`, () => {
      const json = JSON.stringify(
        inDm(userId, id).length > 0 ? inDm(userId, id).at(-1)?.blocks : app.slack.dm(userId).at(-1)?.blocks,
      );
      const card = app.slack.dm(userId).find((m) => JSON.stringify(m.blocks).includes("Nobody answered"));
      return card !== undefined && !JSON.stringify(card.blocks).includes('"approve"') && json !== "";
    });
  // The reminder as well: nobody is told any more to hurry.
  await app.until("the end of the reminder", () => JSON.stringify(reminder()?.blocks ?? []).includes("No longer needed:"));
  expect(JSON.stringify(reminder()?.blocks)).toContain("Nobody answered");
  expect(JSON.stringify(reminder()?.blocks)).not.toContain("actions");
  const { body } = await cloud.call("GET", `/v1/escalations/${id}/audit`);
  const events = body.items.map((entry: { body: { event: string } }) => entry.body.event);
  expect(events.filter((event: string) => event === "paged")).toHaveLength(3);
  expect(events.at(-1)).toBe("timed_out");
});

test("a page has working buttons: approving in the DM ends all copies, and nobody else is paged", async () => {
  const id = await submit();
  const card = await dmCard(primary, id);
  await app.as(primary).click(dmOf(primary), "approve", card.ts);
  await app.until(
    "the decision",
    () => look(id),
    (e) => e.state === "human_responded",
  );
  expect((await loaded(id))?.votes[0]?.seen).toMatch(/^sha256:/);
  await app.cardSays(id, "Approved by");
  await app.until("the DM", () => JSON.stringify(app.slack.dm(primary)).includes("Approved by"));
  await pass(20);
  expect(inDm(secondary, id)).toEqual([]);
});

test("every copy leads to the card in the channel: page, reminder, Home, commands, and the agent gets its address", async () => {
  const id = await submit();
  const { ts } = await app.card(id);
  const address = `https://northwind.slack.com/archives/C0CLOUD/p${ts.replace(".", "")}`;
  await app.until(
    "the page with its link",
    () => JSON.stringify(inDm(primary, id).at(-1)?.blocks ?? []),
    (json) => json.includes(`in <#C0CLOUD> · <${address}|Open the card there>`),
  );
  expect((await look(id)).permalink).toBe(address);
  const card = JSON.stringify(app.slack.channel("C0CLOUD").find((m) => m.ts === ts)?.blocks);
  expect(card).not.toContain(address);
  for (const command of ["queue cloud", "mine", `show ${id}`])
    expect(await app.as(primary).command("C0CLOUD", `/countersign ${command}`), command).toContain(`<${address}|Restart`);
  await app.as(primary).openHome();
  await app.until(
    "the Home",
    () => JSON.stringify(app.slack.home(primary) ?? ""),
    (json) => json.includes(`<${address}|Restart`),
  );
  await pass(5);
  await app.until("the reminder", () =>
    app.slack.dm(primary).some((m) => m.thread_ts !== undefined && JSON.stringify(m.blocks).includes(`<${address}|`)),
  );
  await cloud.call("POST", `/v1/escalations/${id}/cancel`, { reason: "not needed" });
  await app.until(
    "the ended page",
    () => JSON.stringify(inDm(primary, id).find((m) => m.thread_ts === undefined)?.blocks ?? []),
    (json) => json.includes("Withdrawn") && json.includes(address),
  );
});

test("“I'm on it” stops reminders and pages, not the deadline; it lapses when nothing follows", async () => {
  const id = await submit();
  const card = await dmCard(primary, id);
  await app.as(primary).choose(dmOf(primary), "claim", card.ts);
  await app.until(
    "the claim",
    () => loaded(id),
    (e) => e?.paging.claim?.userId === primary,
  );
  await app.cardSays(id, "is on it");
  await pass(12);
  expect(inDm(secondary, id)).toEqual([]);
  await pass(4);
  await dmCard(secondary, id);
  expect((await loaded(id))?.paging.claim).toBeNull();
  expect((await look(id)).deadline).toBe((await loaded(id))?.deadline?.toISOString());
  await pass(45);
  expect(await look(id)).toMatchObject({ state: "timed_out" });
});

test("the deadline can be extended once, with a reason, up to the policy's cap", async () => {
  const id = await submit();
  const before = new Date((await look(id)).deadline).getTime();
  const { ts } = await app.card(id);
  const anna = app.as(primary);
  await anna.choose("C0CLOUD", "extend", ts);
  await app.until("the form", () => anna.top());
  expect(JSON.stringify(anna.top()?.blocks)).toContain("1 h");
  await anna.submit({ extend_by: "1800", reason: "" });
  await anna.submit({ extend_by: "1800", reason: "waiting for the vendor" });
  await app.until(
    "the later deadline",
    () => look(id),
    (e) => new Date(e.deadline).getTime() === before + 30 * MINUTE,
  );
  await app.cardSays(id, "waiting for the vendor");
  await app.as("U0MARIA").choose("C0CLOUD", "extend", ts);
  await pass(61);
  expect(await look(id)).toMatchObject({ state: "paused_pending_human" });
  await pass(30);
  expect(await look(id)).toMatchObject({ state: "timed_out" });
});

test("escalating calls the next step at once", async () => {
  const id = await submit();
  const card = await dmCard(primary, id);
  const person = app.as(primary);
  await person.choose(dmOf(primary), "escalate", card.ts);
  await app.until("the form", () => person.top());
  await person.submit({ reason: "I don't know this service" });
  await app.until(
    "the next step",
    () => loaded(id),
    (e) => (e?.paging.pages.length ?? 0) >= 2,
  );
});

describe("who is paged", () => {
  test("never who may not decide, and the thread says so", async () => {
    const { body } = await cloud.call("POST", "/v1/escalations", {
      ...restartRequest(),
      action: {
        type: "cloud.stop_instance",
        title: "Stop",
        params: { instance_id: "i-prod-1" },
        environment: "production",
        target: "web-prod-1",
      },
    });
    // Neither on-call engineer is an engineering manager: the manager is paged at once.
    await dmCard("U0MARIA", body.id);
    expect([...inDm(primary, body.id), ...inDm(secondary, body.id)]).toEqual([]);
    await app.until(
      "the thread",
      () => threadOf(body.id),
      (list) => list.some((m) => m.text.includes("on call but can't decide this")),
    );
  });

  test("an override counts at once, and gives nobody authority", async () => {
    const chris = app.as("U0CHRIS");
    expect(await app.as("U0ANNA").command("C0CLOUD", "/countersign oncall override @Nik 4h cloud-primary")).toContain(
      "Only admins",
    );
    expect(await chris.command("C0CLOUD", "/countersign oncall override @Nik 4h cloud-primary")).toContain("is on call for");
    const id = await submit();
    // Nik is on call now, but neither on-call engineer by role nor manager.
    await dmCard(secondary, id);
    expect(inDm("U0NIK", id)).toEqual([]);
    const said = await chris.command("C0CLOUD", "/countersign oncall cloud");
    expect(said).toMatch(/primary on-call: <@U0NIK> \(override until .*then after 10 min/s);
    expect(await chris.command("C0CLOUD", "/countersign oncall clear cloud-primary")).toContain("ended");
    const { rows } = await app.db.pool.query(
      "SELECT convert_from(body, 'UTF8') AS body FROM audit_entry WHERE stream = 'oncall' ORDER BY seq",
    );
    expect(rows.map((row) => JSON.parse(row.body).event)).toEqual(["override_set", "overrides_ended"]);
  });
});

test("queue, show and stats tell who was called, why it is pressing, and whether answers came in time", async () => {
  const id = await submit();
  await dmCard(primary, id);
  const maria = app.as("U0MARIA");
  expect(await maria.command("C0CLOUD", "/countersign queue cloud")).toMatch(/urgent, \d+ s old.*paged <@U0/s);
  expect(await maria.command("C0CLOUD", `/countersign show ${id}`)).toMatch(
    /Priority: \*urgent\*.*time \d+ .*risk \d+ .*uncertainty \d+ .*impact \d+/s,
  );
  const stats = await maria.command("C0CLOUD", "/countersign stats 7d cloud");
  expect(stats).toMatch(/cloud, urgent: .* · .* · \d+ % of \d+/);
});

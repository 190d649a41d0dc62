import { afterAll, beforeAll, expect, test } from "vitest";
import type { OwnWork } from "../../src/local/agents/desk.ts";
import { createDesk } from "../../src/local/agents/sample-agents.ts";
import { type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** The sample agents crash and are started again: what is open for them is found through the API alone, and carried to its end. */
let app: App;
const keys: Record<string, string> = {};
const desks: ReturnType<typeof createDesk>[] = [];
const start = () => {
  const desk = createDesk({ apiUrl: app.running.httpUrl, keys, clock: { now: () => new Date("2026-11-21T12:00:00Z") } });
  desks.push(desk);
  return desk;
};
type Desk = ReturnType<typeof start>;
const runOf = (desk: Desk, example: string) => desk.runs().find((run) => run.example === example);
const became = (desk: Desk, example: string, what: string) =>
  app.until(
    `${example}: ${what}`,
    () => runOf(desk, example),
    (run) => run?.became === what,
  );
const words = (desk: Desk, example: string) => (runOf(desk, example)?.steps ?? []).map((step) => step.text);

beforeAll(async () => {
  app = await startApp();
  for (const name of ["refund-agent", "cloud-agent", "email-agent"]) keys[name] = (await app.agent(name)).key;
});
afterAll(async () => {
  for (const desk of desks) await desk.stop();
  await app?.close();
});

test("killed while waiting, decided meanwhile, started again: every one of them is finished", async () => {
  const examples = ["refund", "question", "stop-production", "mass-mail", "restart-service"];
  const first = start();
  for (const example of examples) first.run(example);
  await app.until(
    "all wait",
    () => first.runs(),
    (runs) => runs.every((run) => run.status === "waiting"),
  );
  const ids = Object.fromEntries(first.runs().map((run) => [run.example, run.escalationId ?? ""]));
  await first.stop();

  const card = async (example: string) => (await app.card(ids[example] ?? "")).ts;
  const fill = async (userId: string, fields: Record<string, string>) => {
    await app.until("the form", () => app.as(userId).top());
    expect(await app.as(userId).submit(fields)).toMatchObject({ ok: true, view: null });
  };
  await app.as("U0TOM").click("C0MAIL", "answer", await card("question"));
  await fill("U0TOM", { answer_option: "en" });
  await app.as("U0MARIA").click("C0CLOUD", "reject", await card("stop-production"));
  await fill("U0MARIA", { reason_code: "not_needed", reason: "Keep it" });
  await app.as("U0TOM").choose("C0MAIL", "ask", await card("mass-mail"));
  await fill("U0TOM", { reason: "Which draft?" });
  expect(await app.as("U0PRIYA").click("C0PAYMENTS", "approve", await card("refund"))).toEqual({ ok: true });

  const second = start();
  await became(second, "refund", "done");
  expect(words(second, "refund")[0]).toBe("Was started again and found this open, by asking the API");
  expect(runOf(second, "refund")?.steps.find((step) => step.kind === "got")?.detail).toMatchObject({
    checkpoint: { step: "refund", order: "A-4721", example: "refund" },
  });
  await became(second, "question", "answered");
  expect(words(second, "question").at(-1)).toBe("Goes on with: English, with an apology");
  await became(second, "stop-production", "not done: rejected");
  // The others are still open, are shown as such, and answer what they are asked.
  await app.until("the answer", () => words(second, "mass-mail").includes("Answered: The draft is in the shared folder."));
  expect(runOf(second, "mass-mail")?.status).toBe("waiting");
  expect(runOf(second, "restart-service")?.status).toBe("waiting");
  await second.stop();

  // What has ended is not found again, and nobody follows one escalation twice.
  const third = start();
  third.run("small-refund");
  await became(third, "small-refund", "done");
  expect(
    third
      .runs()
      .map((run) => run.example)
      .sort(),
  ).toEqual(["mass-mail", "restart-service", "small-refund"]);
});

test("what is done at once is kept, or undone, as people say; also by an agent that was started again in between", async () => {
  const first = start();
  first.run("scale-service");
  await app.until("it is done", () =>
    words(first, "scale-service").includes("Has done it. People confirm it, or have it undone"),
  );
  await first.stop();
  const second = start();
  const { id } = (await app.db.pool.query("SELECT id FROM escalation WHERE action_type = 'cloud.scale_service'")).rows[0];
  const card = await cardOf(app, id);
  await (await card.open("U0ANNA", "Set it back…")).submit({ "Why does it have to be undone?": "Not today" });
  await became(second, "scale-service", "done, and undone");
  expect(words(second, "scale-service")).toContain("Undoes it: the number of instances is set back");
  await card.says("cloud-agent undid it");
  await second.stop();
});

test("what somebody's own agent asks for stands on the page too, each time with the command that comes next, until it has ended", async () => {
  const mine = await app.agent("agent-of-somebody");
  const { body } = await mine.call("POST", "/v1/escalations", refundRequest(750));
  const shown = (what: string) =>
    app.until(
      what,
      async () => {
        const { desk } = (await (await fetch(`${app.slack.url}/page/state`)).json()) as { desk: { own: OwnWork[] } };
        return desk.own.find((one) => one.id === body.id);
      },
      (one) => one !== undefined && (one.next?.command ?? "nothing").includes(what),
    );
  expect(await shown("?wait=60")).toMatchObject({
    agent: "agent-of-somebody",
    next: { command: expect.stringContaining(app.running.httpUrl) },
  });
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(body.id)).ts);
  await shown("/resume");
  const { execution } = (await mine.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" })).body;
  expect((await shown("/outcome"))?.next?.command).toContain(body.action_digest);
  const outcome = { status: "completed", execution_token: execution.token, executed_action_digest: body.action_digest };
  await mine.call("POST", `/v1/escalations/${body.id}/outcome`, outcome);
  expect(await shown("nothing")).toMatchObject({ state: "executed", next: null });
});

test("the README on the page names the port of this start", async () => {
  const text = await (await fetch(`${app.slack.url}/README.md`)).text();
  expect(text).toContain(`curl -s ${app.running.httpUrl}/v1/escalations`);
  expect(text).not.toContain("127.0.0.1:3000");
});

test("the agent that writes sends the text as its reader left it", async () => {
  const desk = start();
  desk.run("reply");
  const run = await app.until(
    "it waits",
    () => runOf(desk, "reply"),
    (one) => one?.status === "waiting",
  );
  const card = await cardOf(app, run?.escalationId ?? "");
  const form = await card.open("U0TOM", "Edit text…");
  await form.submit({ Text: "Dear Ms. Chen,\nit comes soon." });
  await became(desk, "reply", "done");
  expect(words(desk, "reply")).toContain("Uses this text: Dear Ms. Chen,\nit comes soon.");
});

test("the agent with a plan does the steps that people left, one after the other", async () => {
  const desk = start();
  desk.run("plan");
  const run = await app.until(
    "it waits",
    () => runOf(desk, "plan"),
    (one) => one?.status === "waiting",
  );
  const card = await cardOf(app, run?.escalationId ?? "");
  await card.says("Step 4 still needs its own approval");
  const form = await card.open("U0MARIA", "Choose steps…");
  await form.submit({ "Step 2": false, "Why not step 2? (if you take it out)": "the audit needs it" });
  await became(desk, "plan", "done");
  const did = words(desk, "plan").filter((text) => text.startsWith("Does step"));
  expect(did.map((text) => text.split(" ")[2])).toEqual(["batch", "web"]);
});

test("one that asks for the same again and again is stopped by the policy after the third no", async () => {
  const desk = start();
  desk.run("loop");
  for (let no = 1; no <= 3; no++) {
    const asked = () => words(desk, "loop").filter((text) => text.startsWith("Asks")).length;
    await app.until(`ask ${no}`, () => asked() === no && runOf(desk, "loop")?.status === "waiting");
    const card = await cardOf(app, runOf(desk, "loop")?.escalationId ?? "");
    await (await card.open("U0PRIYA", "Reject…")).submit({ "Why?": "not_needed" });
  }
  await app.until(
    "its end",
    () => runOf(desk, "loop"),
    (run) => run?.status === "failed",
  );
  expect(words(desk, "loop").at(-1)).toContain("terminate");
});

test("a sub-agent's card says for whom it works and what it has read", async () => {
  const desk = start();
  desk.run("sub-agent");
  await app.until("it waits", () => runOf(desk, "sub-agent")?.status === "waiting");
  const card = await cardOf(app, runOf(desk, "sub-agent")?.escalationId ?? "");
  await card.says("for email-agent, on behalf of <@U0NIK>");
  await card.says("mail from outside");
});

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";

/** What goes wrong between a page and its person: at most one message too many, the next route where Slack refuses, the last known answer where nobody answers. */
let app: App;
let cloud: Agent;
let mailbox: Mailbox;
let primary: string;

beforeAll(async () => {
  mailbox = await openMailbox();
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("U0ANNA:  { name: Anna,", "U0ANNA:  { name: Anna, email: anna@northwind.example,")
    .replace("U0BEN:   { name: Ben,", "U0BEN:   { name: Ben, email: ben@northwind.example,");
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-pages-")), "config.yaml");
  writeFileSync(config, text);
  app = await startApp({ config, log: "silent", env: { SMTP_URL: mailbox.url, MAIL_FROM: "countersign@northwind.example" } });
  cloud = await app.agent("cloud-agent");
  const { directory, roster } = app.running.parts;
  primary = whoIsOnCall(directory(), roster.current(), "cloud-primary", await app.running.engine.now()).userIds[0] ?? "";
});
afterEach(() => app.slack.faults.clear());
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

let count = 0;
async function submit(): Promise<string> {
  const { body } = await cloud.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "action",
    action: {
      type: "cloud.restart_service",
      title: "t",
      params: { service: `s-${count++}` },
      environment: "production",
      target: "checkout-prod-2",
    },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
    signals: { confidence: 0.7, risk: 0.4 },
  });
  return body.id;
}
const dmCards = (id: string) => app.slack.dm(primary).filter((m) => JSON.stringify(m.blocks).includes(id));
const mailsAbout = (id: string) => mailbox.mails.filter((mail) => mail.includes(id));
async function pass(minutes: number): Promise<void> {
  await app.db.shiftClock(minutes * 60_000);
  await app.running.round();
}

describe("a page whose sending ends badly stands in the DM once", () => {
  test.each(["drop_after_store", "http_500", "cut_body", "drop_before_store", "rate_limited"] as const)("%s", async (kind) => {
    app.slack.faults.arm({
      method: "chat.postMessage",
      channel: primary,
      kind,
      times: 1,
      ...(kind === "rate_limited" ? { retryAfterS: 1 } : {}),
    });
    const id = await submit();
    await app.until("the page", () => dmCards(id).length);
    await app.until(
      "nothing more owed to them",
      async () =>
        (await app.db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind = 'page' AND status IN ('owed', 'later')"))
          .rows[0].n,
      (n) => n === 0,
    );
    // One ambiguous fault may cost one message too many, never one too few.
    expect(dmCards(id).length).toBeLessThanOrEqual(2);
    expect(mailsAbout(id)).toEqual([]);
  });
});

test("a page that Slack refuses goes by e-mail at once, and the chain goes on", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: primary, kind: "error", error: "cannot_dm_bot", times: 1 });
  const id = await submit();
  await app.until("the mail", async () => {
    await app.running.round();
    return mailsAbout(id).length === 1;
  });
  expect(mailsAbout(id)[0]).toContain("Decide in Slack: /countersign show");
  // In the reader's own zone.
  expect(mailsAbout(id)[0]).toMatch(/by \d+ \w+ \d{4}, \d\d:\d\d (GMT|BST|UTC)/);
  expect(dmCards(id)).toEqual([]);
  await pass(11);
  await app.until("the secondary", async () => {
    const loaded = await app.running.engine.load(id);
    return loaded?.escalation.paging.pages.length === 2;
  });
});

test("who decides before the page is sent is the reason why nobody is paged", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: primary, kind: "rate_limited", retryAfterS: 30, times: 1 });
  const id = await submit();
  const card = await app.card(id);
  await app.as("U0MARIA").click("C0CLOUD", "approve", card.ts);
  await app.until(
    "the decision",
    async () => (await cloud.call("GET", `/v1/escalations/${id}`)).body.state,
    (state) => state === "human_responded",
  );
  await pass(1);
  await app.until(
    "nothing more owed to them",
    async () =>
      (await app.db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind = 'page' AND status IN ('owed', 'later')"))
        .rows[0].n,
    (n) => n === 0,
  );
  expect(dmCards(id)).toEqual([]);
});

test("a Home that is open comes to the same state as the cards", async () => {
  const id = await submit();
  const card = await app.card(id);
  await app.as("U0CHRIS").openHome();
  const home = () => JSON.stringify(app.slack.home("U0CHRIS")?.["blocks"] ?? []);
  await app.until("it on the Home", () => home().includes(id));
  await app.as("U0MARIA").click("C0CLOUD", "approve", card.ts);
  await app.until("it gone from the Home", () => !home().includes(`${id}:`));
});

test("a user group that Slack does not tell keeps its last known answer, says so, and rings once", async () => {
  const { directory, roster } = app.running.parts;
  const ask = async () => whoIsOnCall(directory(), roster.current(), "security-on-call", await app.running.engine.now());
  await app.until("the group's answer", ask, (answer) => answer.userIds[0] === "U0SAM" && answer.note === null);
  app.slack.faults.arm({ method: "usergroups.users.list", kind: "error", error: "missing_scope", times: 1000 });
  await app.db.shiftClock(10 * 60_000);
  await app.until("the fault", ask, (answer) => answer.note?.includes("missing_scope") === true);
  expect((await ask()).userIds).toEqual(["U0SAM"]);
  expect(await app.as("U0SAM").command("C0SECURITY", "/countersign oncall security")).toContain("last known answer");
  await app.until(
    "the alarm",
    () => app.slack.channel("C0ALARMS").filter((m) => m.text.includes("security-on-call does not answer")).length === 1,
  );
});

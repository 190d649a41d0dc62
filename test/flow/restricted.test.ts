import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, startApp } from "../support/app.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";

/** One restricted act goes the whole road, over every surface there is: its values stand only where those read who may decide it. */
let app: App;
let mailbox: Mailbox;
let refunds: Agent;
let log = "";
let isOpen = true;
const [pages, spans, callbacks]: [string[], string[], string[]] = [[], [], []];
const outside = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const kept = request.url === "/v1/traces" ? spans : request.url?.startsWith("/hook") ? callbacks : pages;
    kept.push(body);
    response.writeHead(202, { "content-type": "application/json" }).end("{}");
  });
});
const url = () => `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  mailbox = await openMailbox();
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-restricted-")), "countersign.yaml");
  const managers = "{ who: payments-managers, label: payments manager, remind: 5m";
  const example = readFileSync("countersign.example.yaml", "utf8");
  expect(example).toContain(managers);
  writeFileSync(config, example.replace(managers, `${managers}, via: [dm, email, pager]`).replace("# alarms: {", "alarms: {"));
  app = await startApp({
    config,
    log: "trace",
    logTo: (line) => {
      log += line;
    },
    env: {
      SMTP_URL: mailbox.url,
      MAIL_FROM: "bot@northwind.example",
      PAGER_URL: url(),
      PAGER_KEY_MARIA: "k1",
      PAGER_KEY_OPS: "k2",
      OTEL_EXPORTER_OTLP_ENDPOINT: url(),
    },
  });
  refunds = await app.agent("refund-agent");
});
afterAll(async () => {
  if (isOpen) await app?.close();
  outside.close();
  await mailbox?.close();
});

const canary = (where: string) => `CANARY-${where}-`;
/** Every place of a request that an agent can fill. */
const restricted = () => ({
  schema_version: "1",
  kind: "action",
  classification: "restricted",
  action: {
    type: "payments.refund",
    title: canary("title"),
    params: { order_id: canary("param"), amount: 4711.53, currency: "USD", [canary("name")]: 1 },
    params_schema: { properties: { amount: { type: "number" }, order_id: { type: "string", title: canary("label") } } },
    target: `customer/${canary("target")}`,
  },
  brief: {
    request: canary("request"),
    accomplished: [canary("did")],
    decision_required: canary("question"),
    trigger: { kind: "policy", detail: canary("trigger") },
    evidence: [{ title: canary("evidence"), url: `https://a.example/${canary("url")}`, excerpt: canary("excerpt") }],
    recommendation: { decision: canary("recommended"), rationale: canary("rationale") },
    on_approve: canary("on-approve"),
    on_reject: canary("on-reject"),
    undo: canary("undo"),
  },
  signals: { confidence: 0.9, flags: [canary("flag")] },
  session_id: canary("session"),
  step_id: canary("step"),
  checkpoint: { saved: canary("checkpoint") },
  provenance: { source: canary("source") },
  labels: { region: canary("region") },
  callback: { url: `${url()}/hook/${canary("hook")}` },
});
const found = (what: unknown): string[] => [
  ...new Set([...(JSON.stringify(what) ?? "").matchAll(/CANARY-[a-z-]+|4,?711\.53|4,?001\.53/g)].map(String)),
];

/** What people see who may not decide: by clicks, by commands and at Home. */
async function seenByOthers(id: string, ts: string): Promise<void> {
  for (const userId of ["U0OWEN", "U0TOM"]) {
    const person = app.as(userId);
    for (const act of ["approve", "details"]) await person.click("C0PAYMENTS", act, ts);
    for (const text of [`show ${id}`, "queue payments", "mine", "stats", "oncall"])
      expect([userId, text, found(await person.command("C0PAYMENTS", `/countersign ${text}`))]).toEqual([userId, text, []]);
    await person.openHome();
    const home = await app.until(`the Home of ${userId}`, () => app.slack.home(userId));
    expect([userId, found([home, person.top(), person.ephemerals()])]).toEqual([userId, []]);
  }
}

test("the values of a restricted act stand in direct messages, forms and Homes of its reviewers, and nowhere else", async () => {
  const { status, body } = await refunds.call("POST", "/v1/escalations", restricted());
  expect(status, JSON.stringify(body)).toBe(201);
  const { ts } = await app.card(body.id);
  const [priya, maria] = [app.as("U0PRIYA"), app.as("U0MARIA")];
  await seenByOthers(body.id, ts);

  // A thread of questions and answers, and faults of every edge for the log.
  await priya.choose("C0PAYMENTS", "ask", ts);
  await app.until("the form to ask", () => priya.top());
  await priya.submit({ question: canary("asked"), reason: canary("asked") });
  const dies = { kind: "error", error: "msg_too_long", times: 1 } as const;
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", ...dies });
  await refunds.call("POST", `/v1/escalations/${body.id}/messages`, { text: canary("answered") });
  await app.until("a dead delivery in the log", () => log.includes("msg_too_long"));
  app.slack.faults.arm({ method: "chat.update", kind: "http_500", times: 1 });
  app.slack.faults.arm({ method: "users.info", kind: "http_500", times: 1 });

  // Reminded, then paged on every route.
  for (let i = 0; mailbox.mails.length === 0 || pages.length === 0; i++) {
    expect(i, "Maria was never paged").toBeLessThan(10);
    await app.db.shiftClock(150_000);
    await app.until("what is due", () => app.slack.dm("U0PRIYA").length > 0);
    for (let look = 0; look < 40 && (mailbox.mails.length === 0 || pages.length === 0); look++)
      await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await app.until("Maria's page", () => found(app.slack.dm("U0MARIA")).length > 0);

  // Changed, and something else is run: rings everywhere.
  await maria.click("C0PAYMENTS", "modify", ts);
  const form = await app.until("the form to change", () => maria.top());
  expect(found(form)).toContain("4711.53");
  await maria.submit({ "param:amount": 4001.53, reason: canary("why") });
  const { execution } = (await refunds.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c1" })).body;
  const outcome = { status: "completed", execution_token: execution.token, detail: canary("detail"), result: canary("result") };
  const other = { executed_action_digest: `sha256:${"0".repeat(64)}` };
  expect((await refunds.call("POST", `/v1/escalations/${body.id}/outcome`, { ...outcome, ...other })).body.state).toBe("failed");
  await app.until("the alarm", () => JSON.stringify(app.slack.channel("C0ALARMS")).includes(body.id));
  await app.cardSays(body.id, "something other than what was approved");
  await app.until("the callbacks", () => callbacks.length > 0);

  const writes = app.slack.journal.map(({ args }) => args);
  expect(found(writes.filter(isForAll))).toEqual([]);
  expect(found(writes.map(({ text, metadata }) => [text, metadata]))).toEqual([]);
  expect(found([mailbox.mails, pages])).toEqual([]);
  for (const page of ["metrics", "readyz"])
    expect(found(await (await fetch(`${app.running.httpUrl}/${page}`)).text())).toEqual([]);
  expect(mailbox.mails.length * pages.length).toBeGreaterThan(0);
  // And those who may decide have seen it.
  expect(found(app.slack.dm("U0MARIA"))).toContain(canary("param"));
  // The last spans are sent when it stops.
  isOpen = false;
  await app.close();
  expect(log).not.toBe("");
  expect(spans.length).toBeGreaterThan(0);
  expect(found([log, spans])).toEqual([]);
});

/** In a channel, and not to one person alone. */
const isForAll = ({ channel, user }: Record<string, unknown>): boolean => String(channel).startsWith("C") && user === undefined;

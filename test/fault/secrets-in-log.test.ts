import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** The log is read by more people than the brief: at its most talkative it names ids and faults, never what anybody said, and no key. */
let app: App;
let refunds: Agent;
let log = "";
beforeAll(async () => {
  app = await startApp({
    log: "trace",
    logTo: (line) => {
      log += line;
    },
  });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

test("canaries in brief, parameters, checkpoint, reasons, keys and tokens never reach the log", async () => {
  const canary = (what: string) => `canary-${what}-7f3a`;
  const base = refundRequest(1250);
  const request = {
    ...base,
    action: { ...base.action, title: canary("title"), params: { ...base.action.params, order_id: canary("param") } },
    brief: {
      decision_required: canary("question"),
      trigger: { kind: "policy", detail: canary("trigger") },
      evidence: [{ title: canary("evidence"), url: "https://a.example/x", excerpt: canary("excerpt") }],
    },
    checkpoint: { saved: canary("checkpoint") },
    callback: { url: `http://127.0.0.1:9/${canary("callback")}` },
  };
  const { body } = await refunds.call("POST", "/v1/escalations", request);
  const { ts } = await app.card(body.id);
  const priya = app.as("U0PRIYA");
  // Faults of every edge are what a log is for.
  app.slack.faults.arm({ method: "chat.update", kind: "http_500", times: 1 });
  app.slack.faults.arm({ method: "users.info", kind: "http_500", times: 1 });
  // Priya was looked up when she was paged; of Chris nothing is known yet.
  await app.as("U0CHRIS").click("C0PAYMENTS", "approve", ts);
  await refunds.call("POST", "/v1/escalations", { ...request, surprise: canary("surprise") });
  await refunds.call("POST", "/v1/escalations", "{", { authorization: `Bearer csk_${"x".repeat(43)}` });
  await app.db.shiftClock(61_000);
  await priya.click("C0PAYMENTS", "reject", ts);
  await app.until("the form", () => priya.top());
  await priya.submit({ reason_code: "other", reason: canary("reason") });
  await app.cardSays(body.id, "Rejected by");
  // A dead delivery and a failing click are logged as errors.
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "error", error: "msg_too_long", times: 1 });
  await refunds.call("POST", "/v1/escalations", request);
  await app.until("something in the log", () => log.includes('"level"'));
  for (const secret of ["canary-", refunds.key, refunds.callbackSecret, app.slack.botToken, app.slack.signingSecret])
    expect(log.includes(secret), secret).toBe(false);
});

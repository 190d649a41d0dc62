import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raiseAlarm } from "../../src/engine/alarms.ts";
import { listDeliveries } from "../../src/engine/delivery/deliveries.ts";
import { type App, startApp } from "../support/app.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";

/** Alarms go to Slack, then by the other routes; an alarm about an alarm would go round in circles. */
let app: App;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-alarms-")), "config.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8").replace(
    "# alarms: {",
    "alarms: { email: ops@northwind.example } #",
  );
  writeFileSync(config, text);
  app = await startApp({ config, log: "silent", env: { SMTP_URL: mailbox.url, MAIL_FROM: "countersign@northwind.example" } });
});
afterAll(async () => {
  await app?.close();
  await mailbox?.close();
});

test("alarms about the same that Slack does not take are one mail, which says how many there were", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0ALARMS", kind: "error", error: "is_archived", times: 1000 });
  const mails = () => mailbox.mails.filter((mail) => JSON.stringify(mail).includes("stood still"));
  await Promise.all(
    Array.from({ length: 12 }, () =>
      raiseAlarm(app.running.parts, { kind: "configuration", problem: "it *stood still* & <!channel>" }),
    ),
  );
  await app.db.shiftClock(61_000);
  await app.running.round();
  await app.until("the mail", () => mails().length > 0);
  await app.running.round();
  expect(mails()).toHaveLength(1);
  // Plain words stay as they are outside Slack.
  const mail = JSON.stringify(mails()[0]).replaceAll("=\\r\\n", "");
  expect(mail).toContain("(it *stood still* & <!channel>); the last good one stays in force. (and 11 more like it)");
  app.slack.faults.clear();
  await app.db.owner.query("DELETE FROM outbox");
});

test("an alarm that neither Slack nor mail takes is set aside on both roads and rings no further alarm", async () => {
  mailbox.refuse("ops@northwind.example");
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0ALARMS", kind: "error", error: "is_archived", times: 1000 });
  await raiseAlarm(app.running.parts, { kind: "deliveries_stuck", minutes: 3 });
  const kinds = async () => (await listDeliveries(app.db.pool)).map((row) => `${row.status} ${row.kind}`).sort();
  const both = ["dead email_page", "dead message"];
  await app.until("both roads to end", async () => {
    await app.running.round();
    return (await kinds()).join() === both.join();
  });
  await app.db.shiftClock(61_000);
  await app.running.round();
  await app.running.round();
  expect(await kinds()).toEqual(both);
});

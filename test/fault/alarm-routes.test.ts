import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raiseAlarm } from "../../src/engine/alarm.ts";
import { listDeliveries } from "../../src/engine/deliveries.ts";
import { type App, startApp } from "../support/app.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";

/** Alarms of a house that has no alarms channel, only an address. */
let app: App;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-alarms-")), "config.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8").replace(
    "alarms_channel: C0ALARMS",
    "alarms: { email: ops@northwind.example }",
  );
  writeFileSync(config, text);
  app = await startApp({ config, log: "silent", env: { SMTP_URL: mailbox.url, MAIL_FROM: "countersign@northwind.example" } });
});
afterAll(async () => {
  await app?.close();
  await mailbox?.close();
});

test("an alarm goes by mail where there is no channel", async () => {
  await raiseAlarm(app.running.engine.parts, "the canary sings");
  await app.until("the mail", () => mailbox.mails.find((mail) => mail.includes("the canary sings")));
});

test("an alarm that nobody takes is set aside and rings no further alarm", async () => {
  mailbox.refuse("ops@northwind.example");
  await raiseAlarm(app.running.engine.parts, "nobody hears this");
  const dead = async () => (await listDeliveries(app.db.pool)).filter((row) => row.status === "dead");
  await app.until("the dead letter", async () => (await dead()).length === 1);
  await app.db.shiftClock(61_000);
  await app.running.round();
  await app.running.round();
  expect(await dead()).toHaveLength(1);
});

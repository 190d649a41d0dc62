import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";

/** Slack does not answer for a day: everything still ends by its fallback, the audit is whole, and people were reached by their other routes. */
let app: App;
let cloud: Agent;
let mailbox: Mailbox;
let beats = 0;
const calls: { event_action: string; routing_key: string; dedup_key: string; payload: { summary: string } }[] = [];
const pager = createServer((request, response) => {
  if (request.url === "/beat") {
    beats++;
    return response.end("ok");
  }
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    calls.push(JSON.parse(body));
    response.writeHead(202).end("{}");
  });
  return response;
});

beforeAll(async () => {
  mailbox = await openMailbox();
  await new Promise<void>((resolve) => pager.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(pager.address() as AddressInfo).port}`;
  // Both engineers have an address; the manager only has a pager.
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("U0ANNA:  { name: Anna,", "U0ANNA:  { name: Anna, email: anna@northwind.example,")
    .replace("U0BEN:   { name: Ben,", "U0BEN:   { name: Ben, email: ben@northwind.example,")
    .replace("email: maria@northwind.example, pager: maria", "pager: maria")
    .replace("# alarms: {", "alarms: { email: ops@northwind.example } #");
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-down-")), "config.yaml");
  writeFileSync(config, text);
  const env = {
    SMTP_URL: mailbox.url,
    MAIL_FROM: "countersign@northwind.example",
    PAGER_URL: `${url}/enqueue`,
    PAGER_KEY_MARIA: "key-maria",
    HEARTBEAT_URL: `${url}/beat`,
  };
  app = await startApp({ config, env, log: "silent" });
  cloud = await app.agent("cloud-agent");
});
afterAll(async () => {
  await app.close();
  await mailbox.close();
  pager.closeAllConnections();
  pager.close();
});

const action = (type: string, params: object, target: string) => ({
  schema_version: "1",
  kind: "action",
  action: { type, title: "t", params, environment: "production", target },
  brief: { decision_required: "Do it?", trigger: { kind: "policy" } },
  signals: { confidence: 0.7, risk: 0.4 },
});
const mailsTo = (address: string) => mailbox.mails.filter((mail) => mail.includes(`To: ${address}`));

test("Slack down all day", { timeout: 120_000 }, async () => {
  app.slack.faults.arm({ method: "*", kind: "drop_before_store", times: 1_000_000 });
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const request = action("cloud.restart_service", { service: `checkout-${i}` }, "checkout-prod-2");
    ids.push((await cloud.call("POST", "/v1/escalations", request)).body.id);
  }
  for (const [type, params] of [
    ["cloud.stop_instance", { instance_id: "i-prod-1" }],
    ["cloud.delete_volume", { volume_id: "vol-1", size_gb: 5, last_attached: "2026-01-01" }],
    ["nobody.knows_this", {}],
  ] as const)
    ids.push((await cloud.call("POST", "/v1/escalations", action(type, params, "web-prod-1"))).body.id);
  const step = async (minutes: number) => {
    await app.db.shiftClock(minutes * 60_000);
    await app.running.round();
    // The other routes take a moment, as they do in life.
    await app.until(
      "the other routes",
      async () =>
        (
          await app.db.pool.query(
            "SELECT count(*)::int AS n FROM outbox WHERE status IN ('owed', 'later') AND kind IN ('email_page', 'pager_page')",
          )
        ).rows[0].n,
      (n) => n === 0,
    );
  };
  // Ten minutes at a time for the first hours, then the rest of the day.
  for (let i = 0; i < 8; i++) {
    await step(10);
    await step(1.1);
  }
  for (let i = 0; i < 22; i++) await step(60);

  for (const id of ids) {
    const { body } = await cloud.call("GET", `/v1/escalations/${id}`);
    expect(body.ended_at, id).not.toBeNull();
    expect(["timed_out"]).toContain(body.ended_reason);
  }
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
  // Each page of the engineers came by e-mail, the manager's by pager; at most one of each.
  await app.until("the mails", () => mailsTo("anna@northwind.example").length + mailsTo("ben@northwind.example").length >= 6);
  for (const id of ids.slice(0, 3)) {
    for (const address of ["anna@northwind.example", "ben@northwind.example"])
      expect(mailsTo(address).filter((mail) => mail.includes(id)).length, `${address} about ${id}`).toBe(1);
    const rung = calls.filter((call) => call.event_action === "trigger" && call.dedup_key.includes(id));
    expect(rung).toHaveLength(1);
    await app.until("the telephone to stop", () =>
      calls.some((call) => call.event_action === "resolve" && call.dedup_key === rung[0]?.dedup_key),
    );
  }
  expect(calls[0]).toMatchObject({ routing_key: "key-maria", payload: { summary: expect.stringContaining("Answer needed") } });
  await app.until("the alarm off Slack", () =>
    mailsTo("ops@northwind.example").some((mail) => mail.includes("Slack has not taken")),
  );
  expect(beats).toBeGreaterThan(0);

  // Slack comes back: the cards appear in the state that is true, and nobody is paged for what is over.
  app.slack.faults.clear();
  await step(10);
  await app.until("the cards", async () => {
    await step(6);
    return ids.every((id) => ["C0CLOUD", "C0SECURITY"].some((c) => JSON.stringify(app.slack.channel(c)).includes(id.slice(-4))));
  });
  for (const userId of ["U0ANNA", "U0BEN", "U0MARIA", "U0CHRIS"])
    expect(app.slack.dm(userId).filter((m) => JSON.stringify(m.blocks).includes('"approve"'))).toEqual([]);
});

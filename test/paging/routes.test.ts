import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMailer } from "../../src/outbound/email.ts";
import { createPager } from "../../src/outbound/pager.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";
import { answerFromNock } from "../support/nock.ts";

const nock = answerFromNock();
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
});
afterAll(() => mailbox.close());

describe("e-mail", () => {
  const mail = (to: string) => ({
    to,
    subject: "Answer needed\r\nBcc: everybody@example.com",
    text: "Restart checkout?\nDecide in Slack.",
    messageId: "dlv_1",
  });

  test("arrives as plain text from us, marked as automatic, and nothing in it can add a header", async () => {
    const mailer = createMailer({ smtpUrl: mailbox.url, from: "countersign@northwind.example", tlsOnly: false });
    expect(await mailer.send(mail("anna@northwind.example"))).toEqual({ result: "sent" });
    mailer.close();
    const [text = ""] = mailbox.mails;
    expect(text).toContain("Message-ID: <dlv_1@northwind.example>");
    expect(text).toContain("Auto-Submitted: auto-generated");
    expect(text).toContain("Restart checkout?");
    expect(text).not.toMatch(/^Bcc:/m);
  });

  test("a refused address is final, a server that is away is not", async () => {
    mailbox.refuse("gone@northwind.example");
    const mailer = createMailer({ smtpUrl: mailbox.url, from: "countersign@northwind.example", tlsOnly: false });
    expect(await mailer.send(mail("gone@northwind.example"))).toMatchObject({
      result: "failed",
      why: expect.stringContaining("550"),
    });
    mailer.close();
    const away = createMailer({ smtpUrl: "smtp://127.0.0.1:9", from: "countersign@northwind.example", tlsOnly: false });
    expect(await away.send(mail("anna@northwind.example"))).toMatchObject({ result: "retry" });
    away.close();
  });
});

test("where mail may only go by TLS, a server without it gets none", async () => {
  const mailbox = await openMailbox();
  const mailer = createMailer({ smtpUrl: mailbox.url, from: "countersign@northwind.example", tlsOnly: true });
  const mail = { to: "anna@northwind.example", subject: "s", text: "t", messageId: "dlv_2" };
  expect(await mailer.send(mail)).toMatchObject({ result: "failed" });
  expect(mailbox.mails).toEqual([]);
  mailer.close();
  await mailbox.close();
});

describe("a pager", () => {
  const url = "https://events.pagerduty.com/v2/enqueue";
  const call = {
    action: "trigger" as const,
    pager: "anna",
    dedupKey: "k",
    summary: "Answer needed",
    details: { what: "Restart" },
    link: "https://slack.com/x",
  };
  const page = createPager({ url, keys: new Map([["anna", "canary-key"]]) });

  test("is called in the shape of PagerDuty's events", async () => {
    let sent: Record<string, unknown> = {};
    nock("https://events.pagerduty.com")
      .post("/v2/enqueue", (body) => {
        sent = body;
        return true;
      })
      .reply(202, { status: "success" });
    expect(await page(call)).toEqual({ result: "sent" });
    expect(sent).toMatchObject({
      routing_key: "canary-key",
      event_action: "trigger",
      dedup_key: "k",
      payload: { summary: "Answer needed", severity: "critical", source: "countersign" },
      links: [{ href: "https://slack.com/x" }],
    });
  });

  test.each([
    [429, "retry"],
    [500, "retry"],
    [400, "failed"],
  ])("answers %i: %s, and the key is never repeated", async (status, result) => {
    nock("https://events.pagerduty.com")
      .post("/v2/enqueue")
      .reply(status, { message: "invalid canary-key", errors: ["bad"] });
    const answer = await page(call);
    expect(answer).toMatchObject({ result });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("an unknown pager fails without a call; a dead service is tried again", async () => {
    expect(await page({ ...call, pager: "ben" })).toMatchObject({ result: "failed" });
    const dead = createPager({ url: "http://127.0.0.1:9/x", keys: new Map([["anna", "k"]]) });
    expect(await dead(call)).toMatchObject({ result: "retry" });
  });

  test("an endless answer is not read to its end", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    let chunks = 0;
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && chunks < 100_000 && response.write(chunk)) chunks++;
      };
      response.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const endless = createPager({ url: `http://127.0.0.1:${port}/x`, keys: new Map([["anna", "k"]]) });
    expect(await endless(call)).toEqual({ result: "sent" });
    expect(chunks).toBeLessThan(1000);
    server.closeAllConnections();
    server.close();
  });
});

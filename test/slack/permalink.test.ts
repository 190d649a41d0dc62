import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSlackApi } from "../../src/slack/api/client.ts";

/** Where a message stands is asked of Slack once for each channel, as long as its answers are of the form that is known. */
let answer: (channel: string, ts: string) => string | null;
let asked: string[] = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const sent = new URLSearchParams(body);
  const channel = sent.get("channel") ?? "";
  asked.push(channel);
  const permalink = answer(channel, sent.get("message_ts") ?? "");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(permalink === null ? { ok: false, error: "internal_error" } : { ok: true, permalink }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answering(given: typeof answer) {
  answer = given;
  asked = [];
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  return createSlackApi({ botToken: "xoxb-t", apiUrl }).permalink;
}
const plain = (channel: string, ts: string) => `https://acme.slack.com/archives/${channel}/p${ts.replace(".", "")}`;

test("the second message of a channel is not asked about, and gets what Slack would have said", async () => {
  const permalink = answering(plain);
  expect(await permalink("C0PAYMENTS", "1732480000.000100")).toBe(plain("C0PAYMENTS", "1732480000.000100"));
  expect(await permalink("C0PAYMENTS", "1732480000.000200")).toBe(plain("C0PAYMENTS", "1732480000.000200"));
  expect(await permalink("C0CLOUD", "1732480000.000300")).toBe(plain("C0CLOUD", "1732480000.000300"));
  expect(asked).toEqual(["C0PAYMENTS", "C0CLOUD"]);
});

test("an address of another form is taken for this message only", async () => {
  const permalink = answering((channel, ts) => `${plain(channel, ts)}?cid=${channel}`);
  await permalink("C0PAYMENTS", "1.000100");
  expect(await permalink("C0PAYMENTS", "1.000200")).toBe(`${plain("C0PAYMENTS", "1.000200")}?cid=C0PAYMENTS`);
  expect(asked).toHaveLength(2);
});

test("no answer and an address that could leave its link are none, and are asked for again", async () => {
  const answers = [null, "https://acme.slack.com/archives/C0PAYMENTS/p1|<!channel>", plain("C0PAYMENTS", "1.000300")];
  const permalink = answering(() => answers.shift() ?? null);
  expect(await permalink("C0PAYMENTS", "1.000100")).toBeNull();
  expect(await permalink("C0PAYMENTS", "1.000200")).toBeNull();
  expect(await permalink("C0PAYMENTS", "1.000300")).toBe(plain("C0PAYMENTS", "1.000300"));
  expect(asked).toHaveLength(3);
});

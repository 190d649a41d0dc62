import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChat } from "../../src/slack/api/chat.ts";
import { createSlackApi, faultOf } from "../../src/slack/api/client.ts";

/** Our own client for the two busiest calls says and hears what the SDK's does. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answer: Answer = () => {};
let seen: { url: string | undefined; authorization: string | undefined; args: Record<string, unknown> }[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    seen.push({ url: request.url, authorization: request.headers.authorization, args: readArgs(request, body) });
    answer(request, response);
  });
});

/** As Slack reads them: a form whose documents are JSON, or JSON throughout. */
function readArgs(request: IncomingMessage, body: string): Record<string, unknown> {
  if (request.headers["content-type"]?.startsWith("application/json") === true) return JSON.parse(body);
  const fields = [...new URLSearchParams(body)];
  return Object.fromEntries(
    fields.map(([name, value]) => [name, /^[[{]|^(true|false)$/.test(value) ? JSON.parse(value) : value]),
  );
}

const MESSAGE = {
  channel: "C0PAYMENTS",
  text: "Größe & <b>",
  parse: "none" as const,
  unfurl_links: false,
  unfurl_media: false,
  metadata: { event_type: "countersign_card", event_payload: { delivery_id: "dlv_1" } },
  blocks: [{ type: "section" as const, text: { type: "mrkdwn" as const, text: "“1,250” + ₤", verbatim: true } }],
};
const TIMEOUT_MS = 300;
let ours: ReturnType<typeof createChat>;
let sdk: ReturnType<typeof createSlackApi>["outbox"]["chat"];
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = { botToken: "xoxb-t", apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/` };
  ours = createChat(address, TIMEOUT_MS);
  sdk = createSlackApi(address, TIMEOUT_MS).outbox.chat;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json =
  (body: unknown, status = 200, headers = {}): Answer =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const plain =
  (body: string, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status).end(body);

test("what is sent reads the same, character for character, and so does where it stands", async () => {
  answer = json({ ok: true, channel: "C0PAYMENTS", ts: "1.000200" });
  seen = [];
  const theirs = [await sdk.postMessage(MESSAGE), await sdk.update({ ...MESSAGE, ts: "1.000200" })];
  const own = [await ours.postMessage(MESSAGE), await ours.update({ ...MESSAGE, ts: "1.000200" })];
  expect(seen).toHaveLength(4);
  expect(seen.slice(2)).toEqual(seen.slice(0, 2));
  expect(own).toEqual(theirs.map(({ channel, ts }) => ({ channel, ts })));
});

/** What each answer means, and whether it can be told from others only by words that are each client's own. */
const ANSWERS: Record<string, Answer> = {
  refused: json({ ok: false, error: "channel_not_found" }),
  "refused by status": json({ ok: false, error: "invalid_auth" }, 403),
  "failed inside": json({ ok: false, error: "internal_error" }),
  "limited by status": json({ ok: false, error: "ratelimited" }, 429, { "retry-after": "7" }),
  "limited, nobody says for how long": json({ ok: false, error: "ratelimited" }, 429),
  "limited by code": json({ ok: false, error: "ratelimited" }),
  "no JSON": plain("<html>ok</html>"),
  "cut off": plain('{"ok":true,"chan'),
  empty: plain(""),
  "no object": plain("null"),
  "an error without a code": json({ ok: false }),
  "not said to be well": json({ channel: "C0PAYMENTS", ts: "1.000200" }),
  "a gateway's error": plain("Bad gateway", 502),
  "a redirect": (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
  "hung up": (request) => request.socket.destroy(),
  "hung up in the middle": (request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write('{"ok":true');
    setTimeout(() => request.socket.destroy(), 5);
  },
  "no answer in time": () => {},
};

for (const [name, given] of Object.entries(ANSWERS)) {
  test(`an answer that is ${name} means the same by both`, async () => {
    answer = given;
    const known = (error: unknown) => {
      const fault = faultOf(error);
      // Why nobody knows is said in each client's own words.
      return fault.kind === "ambiguous" ? fault.kind : fault;
    };
    const [theirs, own] = await Promise.all(
      [sdk.postMessage(MESSAGE), ours.postMessage(MESSAGE)].map((sent) => sent.then(() => "stored", known)),
    );
    expect(own).toEqual(theirs);
    expect(own).not.toBe("stored");
  });
}

test("an answer without an end is given up", async () => {
  answer = (_, response) => {
    const more = () => response.destroyed || response.write("x".repeat(64 * 1024), () => setImmediate(more));
    more();
  };
  await expect(ours.postMessage(MESSAGE)).rejects.toSatisfy((error) => faultOf(error).kind === "ambiguous");
});

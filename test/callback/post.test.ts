import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createCallbackPoster } from "../../src/outbound/callback/post.ts";
import { callbackTo, listen, SECRET, SENT_AT, type Stops, serve } from "./hooks.ts";

const stops: Stops = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function poster(options: Parameters<typeof createCallbackPoster>[0] = { allowLoopback: true }) {
  const one = createCallbackPoster(options);
  stops.push(() => one.close());
  return one.post;
}

test("what arrives is signed by every active secret, with the time of sending", async () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const port = await serve((request, response, body) => {
    seen.push({ request, body });
    response.writeHead(204).end();
  }, stops);
  const second = `whsec_${Buffer.from("another-secret-another-secret-!!").toString("base64")}`;
  const body = '{"type":"escalation.decided","data":{"reason":"Zurückgezahlt 😀"}}';
  const post = poster();
  expect(await post(callbackTo(`http://127.0.0.1:${port}/hook?x=1`, { secrets: [SECRET, second], body }))).toEqual({
    result: "sent",
  });
  const [{ request, body: got } = { request: null, body: "" }] = seen;
  expect(request).toMatchObject({ method: "POST", url: "/hook?x=1" });
  expect(got).toBe(body);
  expect(request?.headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": "dlv_1",
    "webhook-timestamp": String(SENT_AT.getTime() / 1000),
    "webhook-signature": [SECRET, second].map((s) => new Webhook(s).sign("dlv_1", SENT_AT, body)).join(" "),
  });
});

test("nothing is sent unsigned", async () => {
  let asked = 0;
  const port = await serve((_request, response) => response.writeHead(200 + asked++).end(), stops);
  const answer = await poster()(callbackTo(`http://127.0.0.1:${port}/`, { secrets: [] }));
  expect(answer).toMatchObject({ result: "failed", why: expect.stringContaining("secret") });
  expect(asked).toBe(0);
});

describe("answers", () => {
  const retry = (why: string, more = {}) => ({ result: "retry", why, ...more });
  const cases: [number, Record<string, string>, object][] = [
    [200, {}, { result: "sent" }],
    [202, {}, { result: "sent" }],
    [204, {}, { result: "sent" }],
    [301, { location: "/elsewhere" }, retry("the agent answered 301")],
    [302, { location: "/elsewhere" }, retry("the agent answered 302")],
    [307, { location: "/elsewhere" }, retry("the agent answered 307")],
    [400, {}, retry("the agent answered 400")],
    [404, {}, retry("the agent answered 404")],
    [410, {}, retry("the agent answered 410")],
    [429, { "retry-after": "7" }, retry("the agent answered 429", { afterMs: 7000 })],
    [500, {}, retry("the agent answered 500")],
    [503, { "retry-after": "Sat, 21 Nov 2026 12:02:00 GMT" }, retry("the agent answered 503", { afterMs: 120_000 })],
    [503, { "retry-after": "Sat, 21 Nov 2026 11:59:00 GMT" }, retry("the agent answered 503")],
    [503, { "retry-after": "999999999" }, retry("the agent answered 503", { afterMs: 3_600_000 })],
    [503, { "retry-after": "-5" }, retry("the agent answered 503")],
    [503, { "retry-after": "soon" }, retry("the agent answered 503")],
  ];
  for (const [status, headers, expected] of cases)
    test(`${status} ${JSON.stringify(headers)}`, async () => {
      const paths: string[] = [];
      const port = await serve((request, response) => {
        paths.push(request.url ?? "");
        response.writeHead(status, headers).end();
      }, stops);
      expect(await poster()(callbackTo(`http://127.0.0.1:${port}/hook`))).toEqual(expected);
      // Asked once, and a redirect was not followed.
      expect(paths).toEqual(["/hook"]);
    });
});

describe("endpoints that misbehave", () => {
  test("bytes that are no HTTP, endless headers, a connection that is cut, TLS that is none: tried again, with a short reason", async () => {
    const replies = ["SSH-2.0-OpenSSH_9.6\r\n", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`, null];
    const post = poster();
    for (const reply of replies) {
      const server = createTcpServer((socket) => {
        socket.once("data", () => (reply === null ? socket.destroy() : socket.write(reply)));
      });
      const port = await listen(server, stops);
      const answer = await post(callbackTo(`http://127.0.0.1:${port}/`));
      expect(answer).toMatchObject({ result: "retry", why: expect.stringMatching(/^no answer: [^\n]{1,200}$/) });
    }
    const port = await serve((_request, response) => response.end(), stops);
    // OpenSSL has more than one word for it.
    expect(await post(callbackTo(`https://127.0.0.1:${port}/`))).toEqual({
      result: "retry",
      why: expect.stringMatching(/^no answer: (ERR_SSL_[A-Z_]+|EPROTO)$/),
    });
  });

  test("nobody listening", async () => {
    const gone: Stops = [];
    const port = await serve((_request, response) => response.end(), gone);
    for (const stop of gone) await stop();
    expect(await poster()(callbackTo(`http://127.0.0.1:${port}/`))).toEqual({
      result: "retry",
      why: "no answer: ECONNREFUSED",
    });
  });

  test("a body that claims to be compressed is not unpacked", async () => {
    const port = await serve(
      (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip"),
      stops,
    );
    expect(await poster()(callbackTo(`http://127.0.0.1:${port}/`))).toEqual({ result: "sent" });
  });

  test("an endless body is cut at its size, and the connection with it", async () => {
    let written = 0;
    const cut = Promise.withResolvers<void>();
    const port = await serve((_request, response) => {
      response.writeHead(200);
      const more = setInterval(() => {
        response.write(Buffer.alloc(16_384));
        written += 16_384;
      }, 1);
      response.once("close", () => {
        clearInterval(more);
        cut.resolve();
      });
    }, stops);
    // No time limit that matters: only the size can end it.
    const post = poster({ allowLoopback: true, timeoutMs: 600_000 });
    expect(await post(callbackTo(`http://127.0.0.1:${port}/`))).toEqual({ result: "sent" });
    await cut.promise;
    expect(written).toBeGreaterThan(64 * 1024);
  });
});

describe("the time limit", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  /** Hands out each request as it comes, so that the time moves only when the request is where the test wants it. */
  async function endpoint(): Promise<{ url: string; next: Promise<ServerResponse> }> {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const port = await serve((_request, response) => resolve(response), stops);
    return { url: `http://127.0.0.1:${port}/`, next: promise };
  }
  const closed = (response: ServerResponse) => new Promise((resolve) => response.once("close", resolve));

  test("no answer within 15 s is a failure, and the connection is given up", async () => {
    const { url, next } = await endpoint();
    const answer = poster()(callbackTo(url));
    const response = await next;
    const gone = closed(response);
    vi.advanceTimersByTime(15_000);
    expect(await answer).toEqual({ result: "retry", why: "no answer within 15 s" });
    await gone;
  });

  test("interim answers buy no time", async () => {
    const { url, next } = await endpoint();
    const answer = poster()(callbackTo(url));
    const response = await next;
    response.writeProcessing();
    vi.advanceTimersByTime(15_000);
    expect(await answer).toMatchObject({ result: "retry", why: "no answer within 15 s" });
  });

  test("a 2xx whose body never ends has arrived all the same", async () => {
    const { url, next } = await endpoint();
    const status = Promise.withResolvers<void>();
    const post = poster();
    const answer = post(callbackTo(url));
    const response = await next;
    const gone = closed(response);
    response.writeHead(200);
    response.write("x", () => status.resolve());
    await status.promise;
    // The head is on its way over loopback: let the event loop turn until it must have been read.
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(15_000);
    expect(await answer).toEqual({ result: "sent" });
    await gone;
  });

  test("a name server that never answers does not hold it up", async () => {
    const asked = Promise.withResolvers<void>();
    const resolve = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    const answer = poster({ allowLoopback: false, resolve })(callbackTo("https://agent.example/"));
    await asked.promise;
    vi.advanceTimersByTime(15_000);
    expect(await answer).toMatchObject({ result: "retry" });
  });
});

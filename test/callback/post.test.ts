import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import { isPublicAddress } from "../../src/callback/address.ts";
import { createCallbackPoster } from "../../src/callback/post.ts";
import { callbackUrlRefusal } from "../../src/domain/callback-url.ts";

const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<number> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function poster(options: Parameters<typeof createCallbackPoster>[0]) {
  const one = createCallbackPoster(options);
  stops.push(() => one.close());
  return one.post;
}
const callback = (url: string, hosts = ["127.0.0.1:*", "localhost:*", "agent.example", "*.agent.example"]) => ({
  url,
  secrets: [SECRET],
  webhookId: "dlv_1",
  timestamp: new Date("2026-11-21T12:00:00Z"),
  body: '{"type":"escalation.decided"}',
  allowedHosts: hosts,
});

test("the signature is the one of Standard Webhooks, one for each active secret", async () => {
  let seen: { headers: IncomingMessage["headers"]; body: string } | null = null;
  const port = await serve((request, response, body) => {
    seen = { headers: request.headers, body };
    response.writeHead(204).end();
  });
  const second = `whsec_${Buffer.from("another-secret-another-secret-!!").toString("base64")}`;
  const sent = await poster({ allowLoopback: true })({ ...callback(`http://127.0.0.1:${port}/`), secrets: [SECRET, second] });
  expect(sent).toEqual({ result: "sent" });
  const got = seen as unknown as { headers: Record<string, string>; body: string };
  const oracle = [SECRET, second].map((s) => new Webhook(s).sign("dlv_1", new Date("2026-11-21T12:00:00Z"), got.body)).join(" ");
  expect(got.headers["webhook-signature"]).toBe(oracle);
});

test("answers: 5xx and redirects are tried again, 410 is final, garbage and endless bodies do no harm", async () => {
  const answers: Record<string, (response: ServerResponse) => void> = {
    "/500": (r) => r.writeHead(500).end("no"),
    "/302": (r) => r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    "/410": (r) => r.writeHead(410).end(),
    "/429": (r) => r.writeHead(429, { "retry-after": "7" }).end(),
    "/garbage": (r) => r.writeHead(200, { "content-type": "x" }).end(Buffer.alloc(5000, 0xff)),
    "/endless": (r) => {
      r.writeHead(200);
      const more = setInterval(() => r.write(Buffer.alloc(16_384)), 1);
      r.once("close", () => clearInterval(more));
    },
    "/slow": () => {},
  };
  const port = await serve((request, response) => answers[request.url ?? ""]?.(response));
  const post = poster({ allowLoopback: true, timeoutMs: 400 });
  const to = (where: string) => post(callback(`http://127.0.0.1:${port}${where}`));
  expect(await to("/500")).toMatchObject({ result: "retry" });
  expect(await to("/302")).toMatchObject({ result: "retry", reason: "the agent answered 302" });
  expect(await to("/410")).toMatchObject({ result: "failed" });
  expect(await to("/429")).toMatchObject({ result: "retry", retryAfterMs: 7000 });
  expect(await to("/garbage")).toEqual({ result: "sent" });
  expect(["sent", "retry"]).toContain((await to("/endless")).result);
  expect(await to("/slow")).toMatchObject({ result: "retry" });
});

describe("addresses that are never reached", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
    "nonsense",
  ]) {
    test(address, () => expect(isPublicAddress(address)).toBe(false));
  }
  test("public ones are", () => {
    for (const address of ["93.184.216.34", "2606:2800:220:1::1"]) expect(isPublicAddress(address)).toBe(true);
  });
});

test("a name that leads to a private address is refused, also when it changes its mind", async () => {
  let turn = 0;
  const rebinding = async () => [{ address: turn++ === 0 ? "10.0.0.5" : "127.0.0.1", family: 4 }];
  const post = poster({ allowLoopback: false, resolve: rebinding });
  for (let i = 0; i < 2; i++)
    expect(await post(callback("https://agent.example/hook"))).toMatchObject({
      result: "failed",
      reason: expect.stringContaining("not allowed"),
    });
  const mixed = poster({
    allowLoopback: false,
    resolve: async () => [
      { address: "93.184.216.34", family: 4 },
      { address: "169.254.169.254", family: 4 },
    ],
  });
  expect(await mixed(callback("https://agent.example/hook"))).toMatchObject({ result: "failed" });
});

test("URLs: hosts, ports, schemes and odd spellings", () => {
  const hosts = ["agent.example", "*.corp.example:8443"];
  const cases: [string, boolean][] = [
    ["https://agent.example/x", true],
    ["https://agent.example:444/x", false],
    ["https://a.corp.example:8443/", true],
    ["https://corp.example:8443/", false],
    ["http://agent.example/", false],
    ["https://user:pw@agent.example/", false],
    ["https://agent.example.evil.example/", false],
    ["https://2130706433/", false],
    ["https://0x7f.1/", false],
    ["https://localhost/", false],
    ["https://[::1]/", false],
    ["ftp://agent.example/", false],
    ["nonsense", false],
    ["https://ａｇｅｎｔ.example/", true],
  ];
  for (const [url, allowed] of cases) expect(callbackUrlRefusal(url, hosts, false) === null, url).toBe(allowed);
  expect(callbackUrlRefusal("http://localhost:9/x", ["localhost:*"], true)).toBeNull();
  expect(callbackUrlRefusal("http://localhost:9/x", ["localhost:*"], false)).toContain("loopback");
});

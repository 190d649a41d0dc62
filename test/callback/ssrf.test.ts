import { createServer } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { isLoopbackAddress, isPublicAddress } from "../../src/domain/callback/callback-address.ts";
import { createCallbackPoster } from "../../src/outbound/callback/post.ts";
import { guardedConnect, isBlocked, type Resolve } from "../../src/outbound/guard.ts";
import { callbackTo, listen, type Stops, serve } from "./hooks.ts";

const stops: Stops = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
function poster(options: Parameters<typeof createCallbackPoster>[0]) {
  const one = createCallbackPoster(options);
  stops.push(() => one.close());
  return one.post;
}
const family = (address: string) => (address.includes(":") ? 6 : 4);
const leadsTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: family(address) }));

const NEVER: [string, string][] = [
  ["loopback", "127.0.0.1 127.255.255.254 ::1"],
  ["RFC 1918", "10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1"],
  ["link-local and metadata services", "169.254.169.254 169.254.0.1 fe80::1 fe80::a9fe:a9fe fd00:ec2::254"],
  ["this network, unspecified", "0.0.0.0 0.1.2.3 ::"],
  ["carrier NAT", "100.64.0.1 100.127.255.255"],
  ["unique and site local", "fc00::1 fdff::1 fec0::1"],
  ["multicast and broadcast", "224.0.0.1 239.255.255.255 255.255.255.255 ff02::1"],
  [
    "reserved, benchmarks, documentation",
    "240.0.0.1 192.0.0.1 198.18.0.1 192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1 100::1 5f00::1",
  ],
  ["IPv4 mapped", "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::ffff:8.8.8.8 ::ffff:0:7f00:1"],
  ["IPv4 compatible", "::127.0.0.1 ::7f00:1 ::a9fe:a9fe"],
  ["NAT64", "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::808:808 64:ff9b:1::7f00:1"],
  ["6to4, Teredo", "2002:7f00:1:: 2002:a9fe:a9fe::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2"],
  ["outside 2000::/3", "4000::1 8000::1 e000::1"],
  ["no address", "nonsense agent.example"],
];

describe("addresses that are never reached, by whatever name", () => {
  for (const [what, addresses] of NEVER)
    test(what, async () => {
      for (const address of addresses.split(" ")) {
        expect(isPublicAddress(address), address).toBe(false);
        const answer = await poster({ allowLoopback: false, resolve: leadsTo(address) })(callbackTo("https://agent.example/"));
        expect(answer, address).toMatchObject({ result: "retry", why: expect.stringContaining("not allowed") });
      }
    });

  test("public ones are let through", () => {
    for (const address of ["93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "2a00:1450:4001::1"])
      expect(isPublicAddress(address), address).toBe(true);
  });

  test("no IPv4 address is public inside an IPv6 one", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom("::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"), (v4, prefix) => {
        expect(isPublicAddress(`${prefix}${v4}`)).toBe(false);
      }),
    );
  });

  test("public and loopback exclude each other", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(isPublicAddress(address) && isLoopbackAddress(address)).toBe(false);
      }),
    );
  });
});

describe("a name that changes its mind", () => {
  test("one address that is not allowed among good ones spoils them", async () => {
    for (const addresses of [
      ["93.184.216.34", "169.254.169.254"],
      ["169.254.169.254", "93.184.216.34"],
      ["93.184.216.34", "::ffff:127.0.0.1"],
    ]) {
      const post = poster({ allowLoopback: false, resolve: leadsTo(...addresses) });
      expect(await post(callbackTo("https://agent.example/hook"))).toMatchObject({ result: "retry" });
    }
  });

  test("every connection asks once, checks and connects to what was checked", async () => {
    const paths: string[] = [];
    const port = await serve((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(200, { connection: "close" }).end();
    }, stops);
    let asked = 0;
    const resolve: Resolve = async () => [{ address: asked++ === 0 ? "127.0.0.1" : "10.0.0.5", family: 4 }];
    const post = poster({ allowLoopback: true, resolve });
    expect(await post(callbackTo(`http://localhost:${port}/first`))).toEqual({ result: "sent" });
    expect(asked).toBe(1);
    // The second connection gets the new answer, and that one is checked too.
    expect(await post(callbackTo(`http://localhost:${port}/second`))).toMatchObject({ result: "retry" });
    expect(paths).toEqual(["/first"]);
  });

  test("in local mode, too, only a host that says loopback leads there", async () => {
    const post = poster({ allowLoopback: true, resolve: leadsTo("127.0.0.1") });
    expect(await post(callbackTo("https://agent.example/"))).toMatchObject({ result: "retry" });
    const away = poster({ allowLoopback: true, resolve: leadsTo("10.0.0.5") });
    expect(await away(callbackTo("http://localhost:9/"))).toMatchObject({ result: "retry" });
  });

  test("a name with no address, or that cannot be looked up, is tried again", async () => {
    const nowhere = poster({ allowLoopback: false, resolve: leadsTo() });
    expect(await nowhere(callbackTo("https://agent.example/"))).toEqual({ result: "retry", why: "no answer: ENOTFOUND" });
    const broken: Resolve = () => Promise.reject(Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" }));
    const post = poster({ allowLoopback: false, resolve: broken });
    expect(await post(callbackTo("https://agent.example/"))).toEqual({ result: "retry", why: "no answer: EAI_AGAIN" });
  });
});

describe("addresses in the URL itself", () => {
  const spellings = [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "１２７.0.0.1",
    "①27.0.0.1",
    "[::1]",
  ];
  spellings.push(
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::7f00:1]",
    "[64:ff9b::7f00:1]",
    "localhost",
    "LOCALHOST",
    "ｌocalhost",
  );

  test("no spelling of loopback reaches a listening port, although the configuration lists it", async () => {
    let connections = 0;
    const port = await listen(
      createServer((socket) => {
        connections++;
        socket.destroy();
      }),
      stops,
    );
    const post = poster({ allowLoopback: false });
    for (const host of spellings)
      for (const scheme of ["http", "https"]) {
        const allowedHosts = [
          `${host}:*`,
          "127.0.0.1:*",
          "localhost:*",
          "[::1]:*",
          "[::ffff:7f00:1]:*",
          "[::7f00:1]:*",
          "[64:ff9b::7f00:1]:*",
        ];
        const answer = await post(callbackTo(`${scheme}://${host}:${port}/`, { allowedHosts }));
        expect(answer, `${scheme} ${host}`).toMatchObject({ result: "failed" });
      }
    expect(connections).toBe(0);
  });

  test("the connector refuses a literal address even if nobody asked about the URL", async () => {
    let connections = 0;
    const port = await listen(
      createServer(() => connections++),
      stops,
    );
    const connect = guardedConnect({ allowLoopback: false, resolve: leadsTo("93.184.216.34"), timeoutMs: 1000 });
    for (const hostname of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]) {
      const error = await new Promise<unknown>((resolve) => {
        connect({ hostname, host: hostname, protocol: "http:", port: String(port), servername: "" }, (...answer) =>
          resolve(answer[0]),
        );
      });
      expect(isBlocked(error), hostname).toBe(true);
    }
    expect(connections).toBe(0);
  });
});

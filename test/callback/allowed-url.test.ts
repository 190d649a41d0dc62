import { describe, expect, test } from "vitest";
import { callbackUrlRefusal } from "../../src/domain/callback/callback-url.ts";

const HOSTS = ["agent.example", "*.corp.example:8443", "any.example:*", "*.wild.example", "93.184.216.34"];
const good = null;

describe("where an agent may be called back", () => {
  const cases: [string, RegExp | null][] = [
    ["https://agent.example/x", good],
    ["https://AGENT.example/x?y#z", good],
    ["https://agent.example:443/x", good],
    ["https://ａｇｅｎｔ.example/", good],
    ["https://any.example/", good],
    ["https://any.example:1/", good],
    ["https://a.corp.example:8443/", good],
    ["https://a.b.corp.example:8443/", good],
    ["https://a.wild.example/", good],
    ["https://93.184.216.34/", good],
    ["https://agent.example:444/x", /not a callback host.*only agent\.example, /],
    ["https://corp.example:8443/", /not a callback host/],
    ["https://a.corp.example/", /not a callback host/],
    ["https://wild.example/", /not a callback host/],
    ["https://evilwild.example/", /not a callback host/],
    ["https://agent.example.evil.example/", /not a callback host/],
    ["https://evil.example/agent.example", /not a callback host/],
    ["https://evil.example#agent.example", /not a callback host/],
    ["https://agent.example./", /not a callback host/],
    ["https://agent.example%2eevil.example/", /not a callback host/],
    ["https://agent.example@evil.example/", /name or password/],
    ["https://user:pw@agent.example/", /name or password/],
    ["https://:pw@agent.example/", /name or password/],
    ["http://agent.example/", /use https/],
    ["ftp://agent.example/", /use https/],
    ["file:///etc/passwd", /use https/],
    ["https://10.0.0.5/", /not a public address/],
    ["https://0xa.5/", /10\.0\.0\.5 is not a public address/],
    ["https://[fd00::1]/", /not a public address/],
    ["https://169.254.169.254/", /not a public address/],
    ["https://2130706433/", /loopback/],
    ["https://127.0.0.2/", /loopback/],
    ["https://localhost/", /loopback/],
    ["https://[::1]/", /loopback/],
    ["nonsense", /not a URL/],
    ["https://agent.example\\@evil.example/", /not a URL/],
    ["https://agent.example/\r\nHost: evil.example", /not a URL/],
    [" https://agent.example/", /not a URL/],
    ["//agent.example/", /not a URL/],
    ["", /not a URL/],
  ];
  for (const [url, refusal] of cases)
    test(url, () => {
      const answer = callbackUrlRefusal(url, HOSTS, false);
      if (refusal === null) expect(answer).toBeNull();
      else expect(answer).toMatch(refusal);
    });
});

test("no hosts, no callbacks", () => {
  expect(callbackUrlRefusal("https://agent.example/", [], false)).toContain("no host is allowed");
});

test("loopback: plain http in local mode only, and only for the hosts that are listed", () => {
  expect(callbackUrlRefusal("http://localhost:9/x", ["localhost:*"], true)).toBeNull();
  expect(callbackUrlRefusal("http://[::1]:9/x", ["[::1]:9"], true)).toBeNull();
  expect(callbackUrlRefusal("http://localhost:9/x", ["127.0.0.1:*"], true)).toContain("not a callback host");
  expect(callbackUrlRefusal("http://localhost:9/x", ["localhost:*"], false)).toContain("loopback");
  expect(callbackUrlRefusal("http://agent.example/x", ["agent.example:*"], true)).toContain("use https");
  expect(callbackUrlRefusal("http://10.0.0.5/x", ["10.0.0.5"], true)).not.toBeNull();
});

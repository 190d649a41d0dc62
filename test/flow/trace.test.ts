import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTraceparent } from "../../src/engine/trace.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** Spans as a collector gets them: one trace from the agent's request over the wait for people to the callback. */
type Sent = { name: string; traceId: string; parentSpanId?: string; attributes: { key: string; value: object }[] };
const spans: Sent[] = [];
const bodies: string[] = [];
const hooked: string[] = [];
let app: App;
let refunds: Agent;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    if (request.url === "/v1/traces") {
      bodies.push(body);
      for (const resource of JSON.parse(body).resourceSpans) for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    } else hooked.push(String(request.headers["traceparent"]));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  app = await startApp({ log: "silent", env: { OTEL_EXPORTER_OTLP_ENDPOINT: url() } });
  refunds = await app.agent("refund-agent");
});
afterAll(() => server.close());

test("one trace from submit to callback, with ids and states and none of the content", async () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const callback = { url: `${url()}/hook` };
  const request = {
    ...refundRequest(1250, { callback }),
    brief: { decision_required: "canary-words?", trigger: { kind: "policy" } },
  };
  const { status, body } = await refunds.call("POST", "/v1/escalations", request, { traceparent });
  expect(status).toBe(201);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(body.id)).ts);
  await app.until("the callback", () => hooked.length > 0);
  expect(hooked[0]).toBe(traceparent);
  // What was not sent yet is sent when it stops.
  await app.close();
  const mine = spans.filter((span) => span.traceId === traceId);
  expect(mine.map((span) => span.name)).toEqual(
    expect.arrayContaining(["POST /v1/escalations", "approve", "wait for people", "callback escalation.decided"]),
  );
  expect(new Set(mine.map((span) => span.parentSpanId))).toEqual(new Set(["00f067aa0ba902b7"]));
  expect(JSON.stringify(mine.find((span) => span.name === "approve"))).toContain(body.id);
  for (const secret of ["canary-words", "A-4721", refunds.key]) expect(bodies.join()).not.toContain(secret);
});

test("a header that is no traceparent says nothing", () => {
  const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  expect(readTraceparent(good)).toBe(good);
  for (const bad of [undefined, "", "x", good.toUpperCase(), `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, [good]])
    expect(readTraceparent(bad)).toBeNull();
});

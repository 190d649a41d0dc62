import net from "node:net";
import fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/base/limits.ts";
import { mountSlack } from "../../src/http/slack-route.ts";
import { stopHttp } from "../../src/http/stop.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** Who gets in, what is looked at before, and that nobody stays for ever. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp({ env: { METRICS_TOKEN: "metrics-canary" } });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

/** What a bare connection is answered to these lines, however unfinished they are. */
function send(url: string, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}

test("a stranger is refused by the headers alone: the announced body is neither waited for nor parsed", async () => {
  const head = ["POST /v1/escalations HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", "Content-Length: 500000"];
  const answer = await send(app.running.httpUrl, [...head, `Authorization: Bearer csk_${"A".repeat(43)}`]);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer.toLowerCase()).toContain("connection: close");
  const twice = await refunds.call("POST", "/v1/escalations", '{"a":1,"a":2}', { authorization: "Bearer none" });
  expect(twice).toMatchObject({ status: 401, body: { type: "urn:countersign:problem:unauthorized" } });
});

test("of an agent's long polls so many are held, the rest is sent away, and another agent's poll hears of its decision", async () => {
  const [greedy, other] = [await app.agent("greedy-agent"), await app.agent("cloud-agent")];
  const [{ body: own }, { body: theirs }] = [
    await greedy.call("POST", "/v1/escalations", refundRequest()),
    await other.call("POST", "/v1/escalations", refundRequest()),
  ];
  const max = LIMITS.longPollsPerAgent.value;
  const over = new AbortController();
  const away: string[] = [];
  const headers = { authorization: `Bearer ${greedy.key}` };
  for (let i = 0; i < max + 20; i++)
    void fetch(`${app.running.httpUrl}/v1/escalations/${own.id}?wait=60`, { headers, signal: over.signal }).then(
      ({ status, headers: said }) => away.push(`${status} ${said.get("retry-after")}`),
      () => {},
    );
  await app.until("those too many", () => away.length === 20);
  expect(new Set(away)).toEqual(new Set(["429 5"]));
  const held = other.call("GET", `/v1/escalations/${theirs.id}?wait=30`);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(theirs.id)).ts);
  expect((await held).body.state).toBe("human_responded");
  // A question without waiting is no long poll, and whoever hangs up gives the places back.
  expect((await greedy.call("GET", `/v1/escalations/${own.id}`)).status).toBe(200);
  expect(away).toHaveLength(20);
  over.abort();
  const again = () => greedy.call("GET", `/v1/escalations/${own.id}?wait=1`).then(({ status }) => status);
  await app.until("a place", again, (status) => status === 200);
});

test("a key that is revoked while its long poll is held gets no decision from it", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const card = await app.card(body.id);
  const held = refunds.call("GET", `/v1/escalations/${body.id}?wait=30`);
  // What is known of a key is kept for half a second.
  await new Promise((resolve) => setTimeout(resolve, 600));
  await app.db.owner.query("UPDATE agent SET revoked_at = now() WHERE name = 'refund-agent'");
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", card.ts);
  expect(await held).toMatchObject({ status: 401, body: { type: "urn:countersign:problem:unauthorized" } });
  await app.db.owner.query("UPDATE agent SET revoked_at = NULL WHERE name = 'refund-agent'");
});

test("whatever looks like the Slack route is answered, signed or not", async () => {
  const now = Math.floor((performance.timeOrigin + performance.now()) / 1000);
  for (const path of ["/slack/events/", "/slack/events//", "/slack/events?x=1", "//slack/events"]) {
    const answer = await send(app.running.httpUrl, [
      `POST ${path} HTTP/1.1`,
      "Host: 127.0.0.1",
      `X-Slack-Request-Timestamp: ${now}`,
      "Content-Length: 0",
    ]);
    expect(answer, path).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
});

test("a handler that fails, or never answers, leaves no request to Slack's route open", async () => {
  const server = fastify();
  let calls = 0;
  await mountSlack(server, async () => {
    calls++;
    if (calls === 1) throw new Error("the handler failed");
  });
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  const lines = ["POST /slack/events HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 0"];
  expect(await send(url, lines)).toMatch(/^HTTP\/1\.1 500 /);
  expect(await send(url, lines)).toMatch(/^HTTP\/1\.1 503 /);
  await server.close();
});

test("no client decides how long a stop takes", async () => {
  const server = fastify();
  server.get("/held", async (_request, reply) => void reply.hijack());
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  const client = net.connect(Number(new URL(url).port), "127.0.0.1");
  const hungUp = new Promise((resolve) => client.once("close", resolve));
  client.on("error", () => {});
  client.write("GET /held HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await app.until("the request under way", () => new Promise((done) => server.server.getConnections((_error, n) => done(n))));
  await stopHttp(server, 50);
  await hungUp;
});

test("a METRICS_TOKEN that is set is demanded of everybody, on this machine as well", async () => {
  const ask = async (headers: Record<string, string>) => (await fetch(`${app.running.httpUrl}/metrics`, { headers })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ authorization: "Bearer metrics-canarx" })).toBe(401);
  expect(await ask({ authorization: "Bearer metrics-canary" })).toBe(200);
  const ready = async (headers: Record<string, string>) => (await fetch(`${app.running.httpUrl}/readyz`, { headers })).json();
  const proxied = { "x-forwarded-for": "203.0.113.7" };
  expect(await ready(proxied)).toEqual({ status: "ready" });
  expect(await ready({ ...proxied, authorization: "Bearer metrics-canary" })).toEqual({
    status: "ready",
    missing: [],
    notes: [],
  });
});

test("whoever tries keys is soon refused before any is looked up; whose key is good goes on, or begins", async () => {
  const wrong = { authorization: `Bearer csk_${"B".repeat(43)}` };
  expect((await refunds.call("GET", "/v1/escalations")).status).toBe(200);
  const beginner = await app.agent("beginner");
  const answers: number[] = [];
  for (let i = 0; i < 70; i++) answers.push((await refunds.call("GET", "/v1/escalations", undefined, wrong)).status);
  expect(answers[0]).toBe(401);
  const last = await refunds.call("GET", "/v1/escalations", undefined, wrong);
  expect(last).toMatchObject({ status: 429, body: { type: "urn:countersign:problem:rate-limited" } });
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await refunds.call("GET", "/v1/escalations")).status).toBe(200);
  expect((await beginner.call("GET", "/v1/escalations")).status).toBe(200);
});

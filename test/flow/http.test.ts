import http from "node:http";
import net from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { signed } from "../support/black-box.ts";

let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const post = (body: unknown, headers = {}) => refunds.call("POST", "/v1/escalations", body, headers);

test("bad input gets a clear answer with a pointer, and never a 5xx", async () => {
  const good = refundRequest();
  const cases: [unknown, number, string, string?][] = [
    ["{", 400, "malformed-json"],
    ["", 400, "malformed-json"],
    ['{"a":1,"a":2}', 422, "invalid-request", "/a"],
    ['{"__proto__":{}}', 422, "invalid-request", "/__proto__"],
    ['{"a":9007199254740993}', 422, "invalid-request", "/a"],
    ['{"a":"\\ud800"}', 422, "invalid-request", "/a"],
    ['{"a":"\\u0000"}', 422, "invalid-request", "/a"],
    [`${"[".repeat(5000)}${"]".repeat(5000)}`, 422, "invalid-request"],
    [{ ...good, kind: "plan" }, 422, "invalid-request", "/plan"],
    [{ ...good, surprise: 1 }, 422, "invalid-request", "/surprise"],
    [{ ...good, action: { ...good.action, type: "Payments Refund" } }, 422, "invalid-request", "/action/type"],
    [{ ...good, action: { ...good.action, params: { ["x".repeat(101)]: 1 } } }, 422, "invalid-request", "/action/params"],
    [{ ...good, brief: {} }, 422, "invalid-request", "/brief/decision_required"],
    [{ ...good, valid_until: "2020-01-01T00:00:00Z" }, 422, "invalid-request", "/valid_until"],
    [{ ...good, callback: { url: "https://169.254.169.254/" } }, 422, "invalid-request", "/callback/url"],
    [[], 422, "invalid-request"],
    ["null", 422, "invalid-request"],
  ];
  for (const [body, status, code, pointer] of cases) {
    const answer = await post(body);
    expect({ status: answer.status, type: answer.body.type }, JSON.stringify(body).slice(0, 80)).toEqual({
      status,
      type: `urn:countersign:problem:${code}`,
    });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    if (pointer !== undefined) expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
  }
});

test("a fault is told in words of ours: what is missing, what it must be, what there is to choose from", async () => {
  const good = refundRequest();
  const told = async (body: unknown) => {
    const { errors } = (await post(body)).body as { errors: { pointer: string; detail: string }[] };
    return errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  };
  expect(await told({})).toEqual(["/kind: required: use one of action, question, artifact, plan"]);
  expect(await told({ ...good, brief: { trigger: { kind: "mood" } }, action: { ...good.action, type: 1, params: [] } })).toEqual([
    "/brief/decision_required: required",
    "/brief/trigger/kind: use one of low_confidence, risk, policy, out_of_distribution, tool_failure, requested",
    "/action/type: must be a string, not a number",
    "/action/params: must be an object, not a list",
  ]);
  expect(await told({ ...good, schema_version: undefined })).toEqual(['/schema_version: required: use "1"']);
  const evidence = [{ title: "Order", url: "shop.example" }];
  const bounds = { ...good, claim_id: "", signals: { confidence: 99 }, action: { ...good.action, title: "x".repeat(141) } };
  expect((await told({ ...bounds, brief: { ...good.brief, evidence } })).sort()).toEqual([
    "/action/title: at most 140 characters",
    "/brief/evidence/0/url: must be a whole address, such as https://shop.example/orders/A-1",
    "/claim_id: may not be empty",
    "/signals/confidence: at most 1",
  ]);
  expect((await post(bounds)).body.detail).toMatch(/^\/\S+: .+ \(and 2 more: see errors\)$/);
});

test("too large, compressed, foreign types and wrong keys are refused by name", async () => {
  expect(await post(`{"a":"${"x".repeat(600 * 1024)}"}`)).toMatchObject({
    status: 413,
    body: { type: "urn:countersign:problem:payload-too-large" },
  });
  expect(await post("{}", { "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  expect(await post("{}", { "content-type": "text/plain" })).toMatchObject({ status: 415 });
  expect(await post("{}", { authorization: "Bearer nope" })).toMatchObject({
    status: 401,
    body: { type: "urn:countersign:problem:unauthorized", detail: expect.stringContaining("is not known here") },
  });
  expect(await post("{}", { authorization: "" })).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining("There is no key") },
  });
  expect(await post("{}", { authorization: `Bearer csk_${"A".repeat(43)}` })).toMatchObject({ status: 401 });
  expect(await refunds.call("GET", "/v1/escalations/esc_00000000000000000000")).toMatchObject({ status: 404 });
  expect(await refunds.call("GET", "/nowhere")).toMatchObject({
    status: 404,
    body: { type: "urn:countersign:problem:not-found" },
  });
});

test("lists page through own escalations only", async () => {
  for (let i = 0; i < 5; i++) await post(refundRequest(10 + i));
  const first = await refunds.call("GET", "/v1/escalations?limit=3");
  expect(first.body.items).toHaveLength(3);
  const second = await refunds.call("GET", `/v1/escalations?limit=3&cursor=${first.body.next_cursor}`);
  const ids = [...first.body.items, ...second.body.items].map((e: { id: string }) => e.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(await refunds.call("GET", "/v1/escalations?limit=0")).toMatchObject({ status: 422 });
  expect(await refunds.call("GET", "/v1/escalations?cursor=xx")).toMatchObject({ status: 422 });
  const mail = await app.agent("email-agent");
  expect((await mail.call("GET", "/v1/escalations")).body.items).toEqual([]);
  expect((await mail.call("GET", `/v1/escalations/${ids[0]}/audit`)).status).toBe(404);
  expect((await mail.call("POST", `/v1/escalations/${ids[0]}/cancel`, { reason: "mine now" })).status).toBe(404);
});

test("cancel withdraws what waits, once, and not what runs", async () => {
  const { body } = await post(refundRequest(900));
  expect(await refunds.call("POST", `/v1/escalations/${body.id}/cancel`, { reason: "customer called back" })).toMatchObject({
    status: 200,
    body: { state: "completed", ended_reason: "cancelled" },
  });
  expect(await refunds.call("POST", `/v1/escalations/${body.id}/cancel`, { reason: "again" })).toMatchObject({ status: 200 });
  expect(await refunds.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" })).toMatchObject({
    status: 409,
    body: { type: "urn:countersign:problem:not-decided" },
  });
  const audit = await refunds.call("GET", `/v1/escalations/${body.id}/audit`);
  expect(audit.body.items.map((i: { body: { event: string } }) => i.body.event)).toEqual(["opened", "paged", "cancelled"]);
});

test("OpenAPI 3.1 is served and names every route of the contract", async () => {
  const { body } = await refunds.call("GET", "/openapi.json");
  expect(body.openapi).toBe("3.1.0");
  const paths = Object.keys(body.paths);
  for (const one of ["", "/{id}", "/{id}/messages", "/{id}/resume", "/{id}/outcome", "/{id}/cancel", "/{id}/audit"])
    expect(paths).toContain(`/v1/escalations${one}`);
  expect(paths).toContain("/v1/policy/evaluate");
});

test("the document says what really comes: media type of errors, the Idempotency-Key, and the headers of answers", async () => {
  const { body: document } = await refunds.call("GET", "/openapi.json");
  for (const [route, methods] of Object.entries<Record<string, any>>(document.paths))
    for (const [method, { responses }] of Object.entries(methods)) {
      expect(Object.keys(responses.default.content), `${method} ${route}`).toEqual(["application/problem+json"]);
      expect(responses[503].headers["Retry-After"].schema.type, `${method} ${route}`).toBe("integer");
    }
  const submit = document.paths["/v1/escalations"].post;
  const key = submit.parameters.find((one: { name: string }) => one.name === "Idempotency-Key");
  expect(key).toMatchObject({ in: "header", required: false, schema: { maxLength: 255 } });
  expect(key.description).toContain("as it stands now");
  expect(submit.responses[201].headers).toHaveProperty("Idempotent-Replayed");
  expect(document.paths["/v1/policy/evaluate"].post.responses[429].headers).toHaveProperty("Retry-After");

  const headers = { "idempotency-key": "as-documented" };
  const first = await post(refundRequest(610), headers);
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  const cancelled = await refunds.call("POST", `/v1/escalations/${first.body.id}/cancel`, { reason: "no longer" });
  expect(cancelled.body).toMatchObject({ state: "completed", ended_reason: "cancelled" });
  const again = await post(refundRequest(610), headers);
  expect(again.status).toBe(201);
  // Its card may have been posted in between.
  expect({ ...again.body, permalink: null }).toEqual({ ...cancelled.body, permalink: null });
  expect(again.headers.get("idempotent-replayed")).toBe("true");
});

test("health, readiness and metrics", async () => {
  expect(await refunds.call("GET", "/healthz")).toMatchObject({ status: 200 });
  expect((await refunds.call("GET", "/readyz")).body).toEqual({ status: "ready", missing: [], notes: [] });
  await post(refundRequest(900));
  const metrics = await (await fetch(`${app.running.httpUrl}/metrics`)).text();
  expect(metrics).toContain("countersign_waiting{");
  // Through a proxy on this machine everybody would come over loopback.
  const proxied = { headers: { "x-forwarded-for": "203.0.113.7" } };
  expect((await fetch(`${app.running.httpUrl}/metrics`, proxied)).status).toBe(404);
  expect(await (await fetch(`${app.running.httpUrl}/readyz`, proxied)).json()).toEqual({ status: "ready" });
});

test("readiness names the channel that the bot is not in", async () => {
  const other = await startApp({ log: "silent" });
  Object.assign(other.slack.world.state.channels.get("C0MAIL") ?? {}, { bot: false });
  const ready = await fetch(`${other.running.httpUrl}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    status: "not ready",
    missing: ["the bot is not in the channel C0MAIL of the queue email: /invite @Countersign there"],
    notes: [],
  });
  await other.close();
});

test("Slack's requests are refused without a signature, with an old or future time, and when forged", async () => {
  const { sendSigned } = await import("../../src/local/slack/signed.ts");
  const url = `${app.running.httpUrl}/slack/events`;
  const now = Math.floor(performance.timeOrigin / 1000 + performance.now() / 1000);
  const form = { botUrl: url, contentType: "application/x-www-form-urlencoded", body: "payload=%7B%7D" };
  for (const atS of [now - 3600, now + 3600])
    expect((await sendSigned({ ...form, signingSecret: app.slack.signingSecret, atS })).status).toBe(401);
  expect((await sendSigned({ ...form, signingSecret: "wrong", atS: now })).status).toBe(401);
  expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(401);
  const signed = { botUrl: url, signingSecret: app.slack.signingSecret, atS: now };
  for (const body of ["payload=%7B", "payload=7", "[]", "{"])
    expect((await sendSigned({ ...signed, contentType: form.contentType, body })).status, body).toBeGreaterThanOrEqual(400);
  expect((await sendSigned({ ...signed, contentType: "application/json", body: "x".repeat(300_000) })).status).toBe(413);
  const asked = { ...signed, contentType: "application/json", body: '{"type":"url_verification","challenge":"c"}' };
  expect(await sendSigned(asked)).toEqual({ status: 200, body: JSON.stringify({ challenge: "c" }) });
});

test("a click that a foreign page signs is refused: another host is turned away, whatever the signature says", async () => {
  const body = "payload=%7B%7D";
  const click = signed("application/x-www-form-urlencoded", body, app.slack.signingSecret);
  const headers = { host: "evil.example", ...click.headers };
  const status = await new Promise<number>((resolve, reject) => {
    const { port } = new URL(app.running.httpUrl);
    const request = http.request({ port, path: "/slack/events", method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject).end(body);
  });
  expect(status).toBe(421);
});

test("whatever reaches Slack's route is answered, also what is none of its endpoints", async () => {
  const headers = { "x-slack-request-timestamp": String(Math.floor((performance.timeOrigin + performance.now()) / 1000)) };
  for (const path of ["/slack/events/", "/slack/events//", "/slack/events/?x", "/slack/events?x"]) {
    const signal = AbortSignal.timeout(4000);
    const answer = await fetch(`${app.running.httpUrl}${path}`, { method: "POST", headers, body: "x", signal });
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
  }
});

test("a connection that sends its headers drop by drop does not hold anybody else up", async () => {
  const { port } = new URL(app.running.httpUrl);
  const slow = net.connect(Number(port), "127.0.0.1");
  slow.write("POST /v1/escalations HTTP/1.1\r\nHost: x\r\n");
  expect((await refunds.call("GET", "/healthz")).status).toBe(200);
  slow.destroy();
});

test("NUL in a path, a query or a cursor is answered, not stumbled over", async () => {
  expect((await refunds.call("GET", "/v1/escalations/%00")).status).toBe(404);
  expect((await refunds.call("GET", "/v1/escalations?queue=%00")).status).toBe(422);
  const cursor = Buffer.from("2026-11-21T00:00:00.000Z esc_\0").toString("base64url");
  expect((await refunds.call("GET", `/v1/escalations?cursor=${cursor}`)).status).toBe(422);
});

test("a sum for one target is counted over all agents that ask for it", async () => {
  const other = await app.agent("second-refund-agent");
  const action = (amount: number) => ({ ...refundRequest(amount).action, target: "customer/split" });
  const first = await refunds.call("POST", "/v1/escalations", { ...refundRequest(), action: action(450) });
  expect(JSON.stringify(first.body.policy.reasons)).not.toContain("daily sum for one customer");
  await refunds.call("POST", "/v1/escalations", { ...refundRequest(), action: action(450) });
  const third = await other.call("POST", "/v1/escalations", { ...refundRequest(), action: action(450) });
  expect(JSON.stringify(third.body.policy.reasons)).toContain("daily sum for one customer");
});

test("nothing that an agent says of itself afterwards frees up a velocity limit: withdrawn, negative, unreadable, or spelled in another way", async () => {
  const ask = async (target: string, amount: unknown, where = "/v1/escalations") => {
    const request = refundRequest(95);
    const action = { ...request.action, params: { ...request.action.params, amount }, target };
    return (await refunds.call("POST", where, { ...request, action, signals: { confidence: 0.99 } })).body;
  };
  const seen = (body: object) => JSON.stringify(body).includes("daily sum for one customer");
  const ran = await ask("customer/withdrawn", 450);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(ran.id)).ts);
  const small = await ask("customer/withdrawn", 45);
  expect(small).toMatchObject({ state: "running" });
  await refunds.call("POST", `/v1/escalations/${small.id}/cancel`, { reason: "never mind" });
  expect(seen(await ask("customer/withdrawn", 510))).toBe(true);
  // What was withdrawn while people were asked never ran.
  const waiting = await ask("customer/asked", 600);
  expect(waiting.state).toBe("paused_pending_human");
  await refunds.call("POST", `/v1/escalations/${waiting.id}/cancel`, { reason: "never mind" });
  expect(seen(await ask("customer/asked", 600))).toBe(false);
  await ask("customer/negative", -900);
  expect(seen(await ask("customer/negative", 150))).toBe(true);
  expect(seen(await ask("customer/unreadable", "95.00"))).toBe(true);
  await ask("customer/41", 600);
  for (const spelling of [
    " customer/41 ",
    "Customer//41",
    "customer/041",
    "customer%2F41",
    "customer\u2215\u0664\u0661",
    "customer: 41/",
  ])
    expect([spelling, seen(await ask(spelling, 450, "/v1/policy/evaluate"))]).toEqual([spelling, true]);
});

test("what waits for me is found behind any number that waits for others", async () => {
  const submit = (more: object) =>
    app.running.engine.submit({
      agent: { id: agentId, name: "refund-agent", owner: null, environment: "production" },
      request: EscalationRequest.parse({ ...refundRequest(1400), ...more }),
      idempotencyKey: null,
      reviewOf: null,
      traceparent: null,
    });
  const agentId = (await app.db.pool.query("SELECT id FROM agent WHERE name = 'refund-agent'")).rows[0].id as string;
  for (let i = 0; i < 205; i++) await submit({ requested_by: "U0PRIYA" });
  const mine = await submit({});
  if ("refused" in mine) throw new Error(mine.detail);
  await app.db.owner.query("UPDATE live SET deadline = deadline + interval '1 h' WHERE id = $1", [mine.escalation.id]);
  expect(await app.as("U0PRIYA").command("C0PAYMENTS", "/countersign mine")).toContain(mine.escalation.id);
});

test("what holds far too much is refused before its parts are looked at, and what only reports is small", async () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`n${i}`, "x"]));
  const { action } = refundRequest();
  const schema = { properties: Object.fromEntries(Object.keys(many(201)).map((name) => [name, { tipe: "x" }])) };
  for (const [pointer, more] of [
    ["/labels", { labels: many(51) }],
    ["/action/params", { action: { ...action, params: many(1001) } }],
    ["/action/params_schema/properties", { action: { ...action, params_schema: schema } }],
  ] as const) {
    const { status, body } = await refunds.call("POST", "/v1/escalations", refundRequest(900, more));
    expect([status, body.errors]).toEqual([422, [{ pointer, detail: expect.stringContaining("at most") }]]);
  }
  const large = { claim_id: "c", preconditions: [{ name: "n", value: "x".repeat(70_000) }] };
  expect((await refunds.call("POST", "/v1/escalations/esc_none/resume", large)).status).toBe(413);
});

test("an agent whose submissions are refused again and again is no longer read, and can still report", async () => {
  const clumsy = await app.agent("clumsy");
  const free = await clumsy.call("POST", "/v1/escalations", refundRequest(5));
  const answers: Awaited<ReturnType<Agent["call"]>>[] = [];
  // Some three a second are read all the while, so that it takes a few more of them on a slow machine.
  for (let n = 0; n < 20 && answers.at(-1)?.status !== 429; n++)
    answers.push(...(await Promise.all(Array.from({ length: 110 }, () => clumsy.call("POST", "/v1/escalations", {})))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422, 429]));
  // Every third of a second one more is read: of several questions, one after the other, that is not each.
  const more: (typeof answers)[number][] = [];
  for (let n = 0; n < 60 && more.at(-1)?.status !== 429; n++) more.push(await clumsy.call("POST", "/v1/policy/evaluate", {}));
  const refused = more.at(-1);
  expect(refused).toMatchObject({ status: 429, body: { type: "urn:countersign:problem:rate-limited" } });
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await clumsy.call("POST", `/v1/escalations/${free.body.id}/cancel`, { reason: "mending" })).status).toBe(200);
});

test("an address that the router cannot read is answered with problem details like any other", async () => {
  for (const path of ["/v1/escalations/%zz", `/v1/escalations/${"a".repeat(300)}`]) {
    const { status, headers, body } = await refunds.call("GET", path);
    expect([status, headers.get("content-type"), body.type]).toEqual([
      404,
      expect.stringContaining("application/problem+json"),
      "urn:countersign:problem:not-found",
    ]);
  }
});

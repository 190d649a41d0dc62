import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type Answer, type App, refundRequest, startApp } from "../support/app.ts";
import { configWithLimits } from "../support/config.ts";

/** How much comes in: one agent that posts without end is slowed down, and nobody else notices. */
let app: App;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-intake-"));

beforeAll(async () => {
  const limits = "{ agent: { submits_per_minute: 120, burst: 20, open: 22, messages_per_minute: 5 }, queue: { open: 14 } }";
  const config = configWithLimits(folder, limits);
  app = await startApp({ config });
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

const submit = (agent: Agent, body: unknown = refundRequest(), key?: string) =>
  agent.call("POST", "/v1/escalations", body, key === undefined ? {} : { "idempotency-key": key });
const question = {
  schema_version: "1",
  kind: "question",
  question: { text: "Which warehouse?" },
  brief: { decision_required: "Which warehouse?", trigger: { kind: "requested" } },
};
/** Runs at once, so no queue is in the way. */
const list = {
  schema_version: "1",
  kind: "action",
  action: { type: "cloud.list_instances", title: "List", params: { region: "eu" }, environment: "sandbox" },
  brief: { decision_required: "List?", trigger: { kind: "policy" } },
  signals: { confidence: 0.99, risk: 0, ood: 0 },
};
const codeOf = ({ body }: Answer): string => body.type ?? "";
const waitOf = ({ headers }: Answer): number => Number(headers.get("retry-after"));
/** The right to run, however the service hands it out. */
const tokenOf = async (agent: Agent, { body }: Answer): Promise<string> =>
  body.execution?.token ??
  (await agent.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c-1" })).body.execution.token;
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

test("a burst beyond the pace of an agent is answered 429 with a Retry-After that comes true, and the other agent is not slowed down", async () => {
  const [flooder, other] = [await app.agent("flooder"), await app.agent("refund-agent")];
  const answers = await Promise.all(Array.from({ length: 40 }, () => submit(flooder, list)));
  expect(answers.filter((one) => one.status === 201).length).toBeGreaterThanOrEqual(20);
  // Where the posts themselves take long, others of them find that it has enough open by then.
  for (const one of answers) expect([201, 429]).toContain(one.status);
  const refused = answers.filter((one) => codeOf(one) === "urn:countersign:problem:rate-limited");
  expect(refused.length).toBeGreaterThan(0);
  expect(await submit(other)).toMatchObject({ status: 201 });

  const first = Math.min(...refused.map(waitOf));
  expect(first).toBeGreaterThanOrEqual(1);
  await pause(first);
  expect(codeOf(await submit(flooder, list))).not.toBe("urn:countersign:problem:rate-limited");
});

test("nothing is stored of what was refused, and all of what was acknowledged is there", async () => {
  const agent = await app.agent("counter");
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => submit(agent, i % 2 ? question : list, `n-${i}`)));
  const acknowledged = answers.filter((one) => one.status === 201).map((one) => one.body.id);
  const { body } = await agent.call("GET", "/v1/escalations?limit=100");
  expect(body.items.map((item: { id: string }) => item.id).sort()).toEqual(acknowledged.sort());
});

test("an idempotent replay, a resume and the first outcome of an execution are never limited", async () => {
  const agent = await app.agent("cloud-agent");
  const first = await submit(agent, list, "once");
  expect(first.status).toBe(201);
  const more = await Promise.all(Array.from({ length: 40 }, () => submit(agent, list)));
  expect(more.map((one) => one.status)).toContain(429);

  const replay = await submit(agent, list, "once");
  expect(replay).toMatchObject({ status: 201, body: { id: first.body.id } });
  const where = `/v1/escalations/${first.body.id}`;
  const outcome = { status: "skipped", execution_token: await tokenOf(agent, first) };
  expect(await agent.call("POST", `${where}/outcome`, outcome)).toMatchObject({ status: 200, body: { state: "completed" } });
  const noise = await Promise.all(Array.from({ length: 12 }, () => agent.call("POST", `${where}/outcome`, outcome)));
  expect(noise.map((one) => one.status)).toContain(429);
});

test("an agent's messages are paced apart from what it submits", async () => {
  const agent = await app.agent("email-agent");
  const { body } = await submit(agent);
  const send = () => agent.call("POST", `/v1/escalations/${body.id}/messages`, { text: "Still there?" });
  const statuses = (await Promise.all(Array.from({ length: 9 }, send))).map((one) => one.status);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(3);
});

test("an agent with as many open escalations as it may have gets queue-full, until one of them has ended", async () => {
  const agent = await app.agent("hoarder");
  const held: Answer[] = [];
  for (let i = 0; held.length < 22 && i < 200; i++) {
    const one = await submit(agent, list);
    if (one.status === 201) held.push(one);
    else if (codeOf(one) === "urn:countersign:problem:rate-limited") await pause(0.2);
    else break;
  }
  const full = await app.until(
    "the cap of open escalations",
    () => submit(agent, list),
    (one) => codeOf(one) === "urn:countersign:problem:queue-full",
  );
  expect(waitOf(full)).toBeGreaterThanOrEqual(1);
  expect(full.body.detail).toContain("22 escalations");

  const [first] = held;
  const token = first === undefined ? "" : await tokenOf(agent, first);
  await agent.call("POST", `/v1/escalations/${first?.body.id}/outcome`, { status: "skipped", execution_token: token });
  await app.until(
    "room for one more",
    () => submit(agent, list),
    (one) => one.status === 201,
  );
});

test("a queue that has as many waiting as its people can take answers queue-full, and says by when there is room", async () => {
  const agent = await app.agent("asker");
  const full = await app.until(
    "a full queue",
    () => submit(agent, question),
    (one) => codeOf(one) === "urn:countersign:problem:queue-full",
  );
  expect(full.body.detail).toMatch(/14 escalations wait in the queue/);
  expect(waitOf(full)).toBeGreaterThanOrEqual(1);
  expect(waitOf(full)).toBeLessThanOrEqual(7200);
});

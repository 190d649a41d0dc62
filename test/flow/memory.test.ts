import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Running } from "../../src/app/start.ts";
import { type Agent, type App, createAgent, refundRequest, startApp } from "../support/app.ts";
import { person } from "../support/domain.ts";
import { startReplica } from "../support/replica.ts";

/** What a process remembers of what it wrote: never more than the database agrees to. */
let app: App;
let refunds: Agent;
let cloud: Agent;
let other: Running;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
  cloud = await app.agent("cloud-agent");
  other = await startReplica(app);
});
afterAll(async () => {
  await other?.stop();
  await app?.close();
});

/** A sweep may have come first. */
const tooLate = expect.stringMatching(/deadline_passed|already_decided/);
/** It may run at once. */
const LIST = {
  schema_version: "1",
  kind: "action",
  action: { type: "cloud.list_instances", title: "t", params: { region: "eu" } },
  brief: { decision_required: "?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9 },
};
const priya = { by: person("U0PRIYA"), reason: null };
const approve = (running: Running, id: string, version = 1) =>
  running.engine.handle(id, { type: "approve", ...priya, seen: { version, digest: null, complete: true } }, { kind: "person" });
const ask = (running: Running, id: string, text: string) =>
  running.engine.handle(
    id,
    { type: "ask", ...priya, text, seen: { version: 1, digest: null, complete: true } },
    { kind: "person" },
  );
const stored = async (id: string) => (await app.db.pool.query("SELECT * FROM escalation WHERE id = $1", [id])).rows[0];
const submit = async (amount: number): Promise<string> =>
  (await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id;

test("what a process opened it carries on with without reading it first, nor the time, nor whether its key is new", async () => {
  const spy = vi.spyOn(app.running.parts.pool, "query");
  const asked = (...about: string[]) =>
    spy.mock.calls.flatMap(([query]) => {
      const { name, values } = query as unknown as { name?: string; values?: unknown[] };
      return about.some((one) => JSON.stringify(values ?? []).includes(one)) ? [name] : [];
    });
  const cycle = async (key: string) => {
    const request = { ...LIST, checkpoint: { step: 3 }, claim_id: "c" };
    const { body } = await cloud.call("POST", "/v1/escalations", request, { "Idempotency-Key": key });
    expect(body).toMatchObject({ state: "running", execution: { attempt: 1 } });
    const { body: resumed } = await cloud.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" });
    expect(resumed.checkpoint).toEqual({ step: 3 });
    const outcome = { status: "completed", execution_token: body.execution.token, executed_action_digest: body.action_digest };
    const done = await cloud.call("POST", `/v1/escalations/${body.id}/outcome`, outcome);
    expect(done.body).toMatchObject({ state: "completed" });
    return asked(key, body.id);
  };
  // One read, by the resume: to say that there is nothing new is no answer from memory.
  const least = ["open_escalations", "load_escalations", "change_unlocked"];
  try {
    // Where the machine stands still for a quarter of a second, the time is asked for.
    const all: (string | undefined)[][] = [];
    while (all.length < 20 && all.at(-1)?.length !== least.length) all.push(await cycle(`read nothing first ${all.length}`));
    expect(all.at(-1)).toEqual(least);
  } finally {
    spy.mockRestore();
  }
});

test("the same key again, with time passed that would forbid it, answers what it has opened", async () => {
  const { rows } = await app.db.pool.query("SELECT db_now() + interval '1 minute' AS at");
  const request = refundRequest(1800, { valid_until: rows[0].at.toISOString() });
  const first = await refunds.call("POST", "/v1/escalations", request, { "Idempotency-Key": "valid for a minute" });
  await app.db.shiftClock(120_000);
  const again = await refunds.call("POST", "/v1/escalations", request, { "Idempotency-Key": "valid for a minute" });
  expect(again.body.id).toBe(first.body.id);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  const other = await refunds.call("POST", "/v1/escalations", request, { "Idempotency-Key": "another" });
  expect(other.body.errors).toMatchObject([{ pointer: "/valid_until" }]);
});

test("what another replica has moved on is decided as it is, not as it is remembered", async () => {
  const id = await submit(1801);
  expect(await ask(other, id, "Which order?")).toMatchObject({ changed: true });
  expect(await ask(app.running, id, "And why?")).toMatchObject({ changed: true });
  expect((await stored(id)).progress.messages.map((one: { text: string }) => one.text)).toEqual(["Which order?", "And why?"]);
  expect(await approve(other, id)).toMatchObject({ changed: true });
  expect(await approve(app.running, id)).toMatchObject({ refused: "already_decided" });
  const { body } = await refunds.call("GET", `/v1/escalations/${id}`);
  expect(body.state).toBe("human_responded");
});

test("nobody is refused by what is only remembered", async () => {
  const id = await submit(1802);
  expect(await approve(app.running, id)).toMatchObject({ changed: true });
  const there = createAgent(other.httpUrl, refunds.name, refunds.key, refunds.callbackSecret);
  const { body } = await there.call("POST", `/v1/escalations/${id}/resume`, {
    claim_id: "there",
  });
  expect(body.execution.attempt).toBe(1);
  // Here it is remembered as decided and not fetched.
  const reported = {
    status: "completed",
    execution_token: body.execution.token,
    executed_action_digest: `sha256:${(await stored(id)).action_digest.toString("hex")}`,
  };
  expect((await refunds.call("POST", `/v1/escalations/${id}/outcome`, reported)).body).toMatchObject({ state: "completed" });
});

test("a state of another history with the same revision is another state", async () => {
  const id = await submit(1803);
  // As after a restore to an earlier point, from which others went on: the same number of steps, and not the same ones.
  const past = "db_now() - interval '1 minute'";
  await app.db.owner.query(
    `UPDATE live SET audit_hash = sha256('other'), sla_at = ${past}, due_at = ${past}, deadline = ${past} WHERE id = $1`,
    [id],
  );
  expect(await approve(app.running, id)).toMatchObject({ refused: tooLate });
});

test("on a clock that was moved a moment ago everything is judged by the new time", async () => {
  const id = await submit(1804);
  const { body: running } = await cloud.call("POST", "/v1/escalations", { ...LIST, claim_id: "c" });
  const { deadline } = await stored(id);
  const { rows } = await app.db.pool.query("SELECT extract(epoch FROM $1 - db_now())::float8 * 1000 + 1000 AS ms", [deadline]);
  await app.db.shiftClock(rows[0].ms);
  const outcome = { status: "failed", execution_token: running.execution.token };
  const [opened, reported, refused] = await Promise.all([
    cloud.call("POST", "/v1/escalations", LIST),
    cloud.call("POST", `/v1/escalations/${running.id}/outcome`, outcome),
    approve(app.running, id),
  ]);
  expect(refused).toMatchObject({ refused: tooLate });
  expect(new Date(opened.body.created_at) > deadline).toBe(true);
  expect(new Date(reported.body.outcome.reported_at) > deadline).toBe(true);
});

test("a long poll that another replica's commit wakes is not answered from what is remembered here", async () => {
  const id = await submit(1807);
  const polled = refunds.call("GET", `/v1/escalations/${id}?wait=30`);
  await ask(app.running, id, "Which order?");
  await approve(other, id);
  expect((await polled).body).toMatchObject({ state: "human_responded" });
});

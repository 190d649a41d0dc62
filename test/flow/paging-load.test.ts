import { afterAll, beforeAll, expect, test } from "vitest";
import { addAgent } from "../../src/engine/agents.ts";
import { type Agent, type App, createAgent, startApp } from "../support/app.ts";

/** Many at once: what would be a burst is one message with a count, and nothing of it is lost. */
let app: App;
let lister: Agent;

beforeAll(async () => {
  app = await startApp();
  const wish = { name: "list-agent", owner: "U0OWEN", environment: null, scopes: ["escalations"] as const };
  const added = await addAgent(app.db.pool, wish);
  if ("refused" in added) throw new Error(added.refused);
  lister = createAgent(app.running.httpUrl, added.name, added.key, added.callbackSecret);
});
afterAll(() => app.close());

const MINUTE = 60_000;
const listing = (n: number) => ({
  schema_version: "1",
  kind: "action",
  action: { type: "cloud.list_instances", title: `List ${n}`, params: { region: "eu" }, target: `web-${n}` },
  brief: { decision_required: "?", trigger: { kind: "policy" } },
  signals: { confidence: 0.99, risk: 0, ood: 0 },
});
const unreported = (place: "alarms" | "owner") =>
  (place === "alarms" ? app.slack.channel("C0ALARMS") : app.slack.dm("U0OWEN")).filter((m) =>
    m.text.includes("never said what became of it"),
  );

async function leaveUnreported(count: number): Promise<void> {
  for (let n = 0; n < count; n++) expect((await lister.call("POST", "/v1/escalations", listing(n))).body.state).toBe("running");
  await app.db.shiftClock(16 * MINUTE);
  await app.running.round();
}

test("thirty acts that were never reported are one message in the alarms channel and one to the owner, each with the count", async () => {
  await leaveUnreported(30);
  for (const place of ["alarms", "owner"] as const) {
    await app.until(
      `the alarm (${place})`,
      () => unreported(place),
      (list) => list.some((m) => m.text.includes("(and 29 more like it)")),
    );
    expect(unreported(place)).toHaveLength(1);
  }
  // What comes in the minute after that waits and is one message again; nothing is left out of the count.
  const owed = async () => (await app.db.pool.query("SELECT FROM outbox WHERE kind = 'message'")).rowCount ?? 0;
  await app.until("nothing more to be owed", async () => (await owed()) === 0);
  await leaveUnreported(1);
  await app.until(
    "the next alarm",
    () => unreported("alarms"),
    (list) => list.length === 2,
  );
});

test("what fails like something that was told a moment ago is held for a minute, and is then one message with the count of the rest", async () => {
  const fail = async (n: number) => {
    const { body } = await lister.call("POST", "/v1/escalations", {
      ...listing(n),
      action: { ...listing(n).action, target: `db-${n}` },
    });
    const { execution } = (await lister.call("POST", `/v1/escalations/${body.id}/resume`, { claim_id: "c" })).body;
    const report = { status: "failed", execution_token: execution.token, detail: "no answer" };
    expect((await lister.call("POST", `/v1/escalations/${body.id}/outcome`, report)).body.ended_reason).toBe("execution_failed");
  };
  const failures = () => app.slack.channel("C0ALARMS").filter((m) => m.text.includes("tried and failed"));
  await fail(1);
  await app.until("the first alarm", () => failures().length === 1);
  // Its receipt too: what comes before that is counted with the first, and would be one less of the rest.
  await app.until("nothing more to be owed", async () => {
    const owed = "SELECT FROM outbox WHERE kind = 'message' AND payload->>'channel' = 'C0ALARMS'";
    return (await app.db.pool.query(owed)).rowCount === 0;
  });
  for (const n of [2, 3, 4, 5]) await fail(n);
  const held = async () =>
    (await app.db.pool.query("SELECT generation, status FROM outbox WHERE kind = 'message' AND payload->>'channel' = 'C0ALARMS'"))
      .rows;
  // Kept back as well: a clock that is moved while the last of them is being kept back keeps it for another minute.
  await app.until(
    "four that are one",
    held,
    (rows) => rows.length === 1 && Number(rows[0].generation) >= 4 && rows[0].status === "later",
  );
  expect(failures()).toHaveLength(1);
  await app.db.shiftClock(MINUTE + 1000);
  await app.running.round();
  await app.until("the rest", () => failures().some((m) => m.text.includes("(and 3 more like it)")));
  expect(failures()).toHaveLength(2);
});

test("of forty pages at once a person gets ten cards and one message that lists the rest, and it shrinks as they are answered", async () => {
  const cloud = await app.agent("cloud-agent");
  const restart = (n: number) => ({
    schema_version: "1",
    kind: "action",
    action: {
      type: "cloud.restart_service",
      title: "Restart",
      params: { service: `service-${n}`, reason: "leak" },
      environment: "production",
      target: `checkout-prod-${n}`,
    },
    brief: { decision_required: "Restart it now?", trigger: { kind: "policy" } },
    signals: { confidence: 0.7, risk: 0.4 },
  });
  const ids: string[] = [];
  for (let n = 0; n < 40; n++) ids.push((await cloud.call("POST", "/v1/escalations", restart(n))).body.id);
  const first = (await app.running.engine.load(ids[0] ?? ""))?.escalation.paging.pages[0]?.userIds[0] ?? "";
  const said = () => app.slack.dm(first).map((m) => JSON.stringify(m.blocks ?? []));
  await app.until("the message", () => said().some((json) => json.includes("30 more wait for you")));
  expect(said().filter((json) => json.includes("*You are paged*"))).toHaveLength(10);
  expect(said().filter((json) => json.includes("more wait for you"))).toHaveLength(1);
  // Every page is on record as committed, whatever became of its message.
  for (const id of ids) expect((await app.running.engine.load(id))?.escalation.paging.pages).toHaveLength(1);
  await cloud.call("POST", `/v1/escalations/${ids[39]}/cancel`, { reason: "not needed" });
  await app.until("the shorter list", () => said().some((json) => json.includes("29 more wait for you")));
});

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
  const { rows } = await app.db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind = 'message'");
  expect(rows[0].n).toBe(0);
  await leaveUnreported(1);
  await app.until(
    "the next alarm",
    () => unreported("alarms"),
    (list) => list.length === 2,
  );
});

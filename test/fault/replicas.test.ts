import { afterAll, beforeAll, expect, test } from "vitest";
import type { Running } from "../../src/app/start.ts";
import { type Agent, type App, startApp } from "../support/app.ts";
import { faults } from "../support/properties.ts";
import { startReplica } from "../support/replica.ts";

/** Five replicas sweep the same database at the same moment: each due step is paged once, in order, and nothing after an end. */
let app: App;
let cloud: Agent;
const replicas: Running[] = [];

beforeAll(async () => {
  app = await startApp();
  cloud = await app.agent("cloud-agent");
  for (let i = 0; i < 4; i++) replicas.push(await startReplica(app));
});
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await app.close();
});

test("five replicas page once", { timeout: 60_000 * faults(1) }, async () => {
  const ids: string[] = [];
  for (let i = 0; i < faults(12); i++) {
    const { body } = await cloud.call("POST", "/v1/escalations", {
      schema_version: "1",
      kind: "action",
      action: {
        type: "cloud.restart_service",
        title: "t",
        params: { service: `s-${i}` },
        environment: "production",
        target: "checkout-prod-2",
      },
      brief: { decision_required: "?", trigger: { kind: "policy" } },
      signals: { confidence: 0.7, risk: 0.4 },
    });
    ids.push(body.id);
  }
  const settled = () =>
    app.until(
      "every delivery",
      async () => (await app.db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE status IN ('owed', 'later')")).rows[0].n,
      (n) => n === 0,
    );
  for (const minutes of [5, 5, 20, 30]) {
    // A clock that jumps during a send ends the lease under it; no real clock does that.
    await settled();
    await app.db.shiftClock(minutes * 60_000);
    await Promise.all([app.running, ...replicas].flatMap((one) => [one.engine.sweep(), one.engine.sweep()]));
    // A sweep leaves out what another one holds at the moment: it is done when nothing is due.
    await app.until(
      "nothing due",
      async () => (await app.db.pool.query("SELECT count(*)::int AS n FROM escalation WHERE due_at <= db_now()")).rows[0].n,
      (n) => n === 0,
    );
  }
  for (const id of ids) {
    const { body } = await cloud.call("GET", `/v1/escalations/${id}/audit`);
    const entries = body.items.map((item: { body: { event: string; token?: number; step?: number } }) => item.body);
    const pages = entries.filter((entry: { event: string }) => entry.event === "paged");
    expect(pages.map((page: { step: number; token: number }) => [page.step, page.token])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(entries.at(-1).event).toBe("timed_out");
  }
  const posted = () =>
    app.slack.journal.filter((call) => call.method === "chat.postMessage" && /^[UD]/.test(String(call.args["channel"])));
  await settled();
  // The card of an escalation stands once in each DM it was sent to.
  for (const userId of ["U0ANNA", "U0BEN", "U0MARIA"])
    for (const id of ids) {
      const cards = posted().filter((call) => call.args["channel"] === userId && JSON.stringify(call.args).includes(id));
      expect(cards.length, `${userId} about ${id}`).toBeLessThanOrEqual(1);
    }
});

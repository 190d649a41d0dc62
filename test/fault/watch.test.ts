import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { watch } from "../../src/engine/watching/watch.ts";
import { advanceClock } from "../../src/store/clock-shift.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** The auditor: it looks from outside, rings once, and again when it comes back. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app.close());

const alarms = (words: string) => app.slack.channel("C0ALARMS").filter((m) => m.text.includes(words));

test("a step that is overdue by more than a minute rings once, is measured, and is made up for", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM live WHERE id = $1 FOR NO KEY UPDATE", [body.id]);
  // Its reminder was due, and no sweep can come to it.
  await app.db.shiftClock(9 * 60_000);
  await app.running.round();
  const late = await watch(app.running.parts);
  expect(late.overdue).toBe(1);
  expect(late.lagS).toBeGreaterThan(60);
  await watch(app.running.parts);
  await app.until("the alarm", () => alarms("1 step is overdue").length === 1);
  const metrics = await (await fetch(`${app.running.httpUrl}/metrics`)).text();
  expect(metrics).toMatch(/countersign_steps_overdue 1/);
  expect(Number(/countersign_sweep_lag_seconds ([\d.]+)/.exec(metrics)?.[1])).toBeGreaterThan(60);

  await holder.query("COMMIT");
  await holder.end();
  await app.until("the sweep to have made up for it", async () => {
    await app.running.round();
    return (await watch(app.running.parts)).overdue === 0;
  });
  expect(alarms("overdue by more than a minute")).toHaveLength(1);
});

test("a clock that is moved on makes nothing late: what came due at once has its minute as well", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM live WHERE id = $1 FOR NO KEY UPDATE", [body.id]);
  await advanceClock(app.db.ownerUrl, 9 * 60_000);
  const jumped = await watch(app.running.parts);
  expect(jumped).toMatchObject({ overdue: 0 });
  expect(jumped.lagS).toBeGreaterThan(60);
  // A minute later what still stands there is late.
  await app.db.owner.query("UPDATE clock_shift SET moved_at = moved_at - interval '1 minute'");
  expect((await watch(app.running.parts)).overdue).toBeGreaterThan(0);
  await holder.query("COMMIT");
  await holder.end();
});

test("what waits without a next step cannot even be stored", async () => {
  await expect(app.db.owner.query("UPDATE live SET due_at = NULL WHERE state = 'paused_pending_human'")).rejects.toThrow(
    /due_at.*not-null/,
  );
  await expect(
    app.db.owner.query("UPDATE live SET due_at = deadline + interval '1 s' WHERE state = 'paused_pending_human'"),
  ).rejects.toThrow(/looked_at_by_the_deadline/);
});

import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import type { Command } from "../../src/domain/shapes/commands.ts";
import { raiseAlarm } from "../../src/engine/alarms.ts";
import { type App, refundRequest, startApp } from "../support/app.ts";
import { freePorts } from "../support/black-box.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { person, seen } from "../support/domain.ts";

const alarms = (app: App, words: string) => app.slack.channel("C0ALARMS").filter((m) => m.text.includes(words));

test("a configuration that was broken while nobody ran is alarmed at the start; mended while nobody ran, the start says so", async () => {
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-restart-")), "countersign.yaml");
  copyFileSync("countersign.example.yaml", config);
  const text = readFileSync(config, "utf8");
  const db = await testDatabase();
  const first = await startApp({ config, db, log: "silent" });
  const version = first.running.config.current().policy.version;
  await first.close();

  writeFileSync(config, text.replace("queues:", "queues: ["));
  const second = await startApp({ config, db, log: "silent" });
  await second.until("the alarm", () => alarms(second, "The configuration is not usable")[0]);
  expect(second.running.config.current().policy.version).toBe(version);
  await second.close();

  writeFileSync(config, text);
  const third = await startApp({ config, db, log: "silent" });
  await third.until("the all-clear", () => alarms(third, "usable again and in force")[0]);
  await third.close();

  const fourth = await startApp({ config, db, log: "silent" });
  // One lane keeps its order: what comes after shows that nothing came before.
  await raiseAlarm(fourth.running.parts, { kind: "configuration", problem: "a mark" });
  await fourth.until("the mark", () => alarms(fourth, "a mark")[0]);
  expect(alarms(fourth, "usable again")).toEqual([]);
  await fourth.close();
  await db.close();
});

test("what was opened under a policy that this release can no longer read is still decided, withdrawn and timed out; only a change is refused", async () => {
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-pinned-")), "countersign.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8");
  writeFileSync(config, text);
  const db = await testDatabase();
  const first = await startApp({ config, db, log: "silent" });
  const before = await first.agent("refund-agent");
  const submit = async () => (await before.call("POST", "/v1/escalations", refundRequest(1250))).body;
  const [rejected, cancelled, silent] = [await submit(), await submit(), await submit()];
  for (const { id } of [rejected, cancelled, silent]) await first.card(id);
  await first.close();

  await db.owner.query(
    "UPDATE policy_version SET source = replace(source, 'params.amount > 500.0', 'once_allowed(params.amount)')",
  );
  writeFileSync(config, text.replace("params.amount > 500.0", "params.amount > 400.0"));
  const second = await startApp({ config, db, log: "silent" });
  const agent = await second.agent("refund-agent");
  const decide = (command: object) => {
    const whole = { by: person("U0PRIYA"), seen: seen(), reason: null, ...command } as Command;
    return second.running.engine.handle(rejected.id, whole, { kind: "person" });
  };
  const changed = await decide({ type: "modify", params: { amount: 900 } });
  expect(changed).toMatchObject({ refused: "not_modifiable", detail: expect.stringContaining("written for an earlier release") });
  expect(await decide({ type: "reject", reasonCode: "too_risky" })).toMatchObject({ changed: true });
  const shown = async (id: string) => (await agent.call("GET", `/v1/escalations/${id}`)).body;
  await second.until(
    "the rejection",
    () => shown(rejected.id),
    ({ decision }) => decision?.type === "reject",
  );
  expect((await agent.call("POST", `/v1/escalations/${cancelled.id}/cancel`, { reason: "not wanted" })).status).toBe(200);
  await db.shiftClock(31 * 60_000);
  await second.until(
    "the time-out",
    () => shown(silent.id),
    ({ ended_reason }) => ended_reason === "timed_out",
  );
  await second.close();
  await db.close();
});

test("a start answers nobody before it knows who is on call, and a stop says so before anything is taken away", async () => {
  const db = await testDatabase();
  const [port = 0] = await freePorts(1);
  const readyz = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return { answered: answer.status, missing: ((await answer.json()) as { missing: string[] }).missing };
  };
  const holder = new pg.Client({ connectionString: db.ownerUrl });
  await holder.connect();
  const hold = async (table: string) => {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  };
  const waiting = async (query: string) => {
    const { rows } = await db.owner.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1",
      [`%${query}%`],
    );
    return rows.length > 0;
  };
  const waitFor = async (query: string) => {
    while (!(await waiting(query))) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  await hold("on_call_answer");
  // Without the owner: giving out rights would wait for the table before anything else does.
  const starting = startApp({ db, log: "silent", env: { PORT: String(port), DATABASE_MIGRATION_URL: "" } });
  await waitFor("FROM on_call_answer");
  await expect(readyz()).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  await holder.query("ROLLBACK");
  const app = await starting;
  expect(await readyz()).toEqual({ answered: 200, missing: [] });

  // Nothing is taken away while a pass of the deliverer waits.
  await hold("outbox");
  await waitFor("FROM outbox");
  const stopping = app.close();
  expect(await readyz()).toEqual({ answered: 503, missing: ["this process is stopping"] });
  await holder.query("ROLLBACK");
  await stopping;
  await holder.end();
  await db.close();
});

/** What a replica holds of the database, and whether its local Slack still answers. */
async function isLeft(db: TestDatabase, slackPort: number): Promise<{ sessions: number; answers: boolean }> {
  const { rows } = await db.owner.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'test'",
  );
  const answers = await fetch(`http://127.0.0.1:${slackPort}/`).then(
    () => true,
    () => false,
  );
  return { sessions: rows[0].n, answers };
}
const NOTHING_LEFT = { sessions: 0, answers: false };

test("a start that fails late takes back everything that it had started", async () => {
  const db = await testDatabase();
  const [taken = 0, slackPort = 0] = await freePorts(2);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(taken, "127.0.0.1", resolve));
  const start = startApp({ db, log: "silent", env: { PORT: String(taken), LOCAL_SLACK_PORT: String(slackPort) } });
  await expect(start).rejects.toThrow(`port ${taken} is in use`);
  // A session ends a moment after its connection.
  await expect.poll(() => isLeft(db, slackPort), { timeout: 10_000 }).toEqual(NOTHING_LEFT);
  await new Promise((resolve) => other.close(resolve));
  await db.close();
});

test("a stop goes on past a part that cannot be stopped, and says so", async () => {
  const db = await testDatabase();
  const [slackPort = 0] = await freePorts(1);
  const app = await startApp({ db, log: "silent", env: { LOCAL_SLACK_PORT: String(slackPort) } });
  const close = app.slack.close.bind(app.slack);
  app.slack.close = async () => {
    await close();
    throw new Error("it would not close");
  };
  await expect(app.running.stop()).rejects.toThrow("it would not close");
  expect(app.running.parts.pool.ended).toBe(true);
  await expect.poll(() => isLeft(db, slackPort), { timeout: 10_000 }).toEqual(NOTHING_LEFT);
  await db.close();
});

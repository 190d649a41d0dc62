import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adoptConfiguration } from "../../src/cli/adopt.ts";
import { readStream } from "../../src/store/audit.ts";
import { type Agent, type App, createAgent, refundRequest, startApp } from "../support/app.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** Two replicas of one house whose files differ: the database says which configuration is in force. */
const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-two-files-"));
const [fileA, fileB] = [path.join(dir, "a.yaml"), path.join(dir, "b.yaml")];
const lax = readFileSync("countersign.example.yaml", "utf8");
const strict = lax.replace("params.amount > 500.0", "params.amount > 5.0");
let db: TestDatabase;
let a: App;
let b: App;
let agent: Agent;

beforeAll(async () => {
  writeFileSync(fileA, lax);
  writeFileSync(fileB, strict);
  db = await testDatabase();
  a = await startApp({ config: fileA, db, log: "silent" });
  agent = await a.agent("file-agent");
  b = await startApp({ config: fileB, db, log: "silent" });
});
afterAll(async () => {
  await b?.close();
  await a?.close();
  await db?.close();
});

const small = () => refundRequest(20, { signals: { confidence: 0.99 } });
const submitTo = async (app: App) => {
  const { body } = await createAgent(app.running.httpUrl, agent.name, agent.key, "").call("POST", "/v1/escalations", small());
  return body;
};
const notes = async (app: App): Promise<string[]> => {
  const answer = await fetch(`${app.running.httpUrl}/readyz`);
  return ((await answer.json()) as { notes: string[] }).notes;
};
const alarms = () => [a, b].flatMap((app) => app.slack.channel("C0ALARMS").filter((m) => m.text.includes("has replaced")));
const adopted = async () => {
  const { rows } = await db.pool.query("SELECT body FROM audit_entry WHERE stream = 'policy' ORDER BY seq");
  return rows.map((row) => JSON.parse(row.body.toString("utf8")).configuration);
};

test("what another replica put in force holds at once, before the file of this one was looked at again", async () => {
  expect(await submitTo(a)).toMatchObject({
    tier: "hard_approval",
    policy: { version: b.running.config.current().policy.version },
  });
  expect((await submitTo(b)).tier).toBe("hard_approval");
  expect(a.running.config.number()).toBe(2);
});

test("a replica whose file was replaced says so in /readyz, goes by the newest, and rings once when the roll-out should be over", async () => {
  await a.until(
    "the note",
    () => notes(a),
    ([note]) => note?.includes(`${fileA} is configuration 1, which configuration 2`) === true,
  );
  expect(await notes(b)).toEqual([]);
  expect(alarms()).toEqual([]);
  await db.shiftClock(150_000);
  await a.until("the alarm", () => alarms()[0]);
});

test("a file that was replaced is late, not news: a restart with it changes nothing and writes nothing down", async () => {
  await a.close();
  a = await startApp({ config: fileA, db, log: "silent" });
  expect(a.running.config.number()).toBe(2);
  expect((await submitTo(a)).tier).toBe("hard_approval");
  expect(await adopted()).toEqual([1, 2]);
});

test("going back to an earlier text is an act of its own, and brings it to every replica", async () => {
  const said: string[] = [];
  await adoptConfiguration({ args: ["adopt", fileA], settings: a.settings, say: (line) => said.push(line) });
  expect(said).toEqual([`${fileA} is in force as configuration 3, on every replica within seconds.`]);
  expect((await submitTo(b)).tier).not.toBe("hard_approval");
  await b.until(
    "the note",
    () => notes(b),
    ([note]) => note?.includes(`${fileB} is configuration 2, which configuration 3`) === true,
  );
  await a.until(
    "the end of its note",
    () => notes(a),
    (all) => all.length === 0,
  );
  const newest = (await readStream(db.pool, "policy")).at(-1);
  expect(JSON.parse(newest?.content ?? "").by).toContain(`@${os.hostname()}`);
});

test("a replica that cannot read what is in force does nothing, and says so to agents and people", async () => {
  const { id } = await submitTo(b);
  await db.owner.query(
    "INSERT INTO configuration (number, digest, text, policy_hash) SELECT number + 1, repeat('0', 64), 'schema: 99', policy_hash FROM configuration ORDER BY number DESC LIMIT 1",
  );
  const there = createAgent(b.running.httpUrl, agent.name, agent.key, "");
  const refused = await there.call("POST", "/v1/escalations", refundRequest(900));
  expect(refused).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
  expect(refused.body.detail).toContain("the configuration in force, so nothing was changed");
  expect((await there.call("GET", `/v1/escalations/${id}`)).status).toBe(200);
  expect((await there.call("GET", "/readyz")).body.missing.join()).toContain("this version cannot read it");
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { revokeAgentByName } from "../../src/engine/agents.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { configWithLimits } from "../support/config.ts";

/** The database is there and still fails: no connection left, no disk left, a dead session that held a lock, a schema that is newer or older than the code. */
let app: App;
let refunds: Agent;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-database-"));
beforeAll(async () => {
  const config = configWithLimits(folder);
  const everyKind = readFileSync(config, "utf8").replace(/(- name: many refunds at once\n\s+for: )\S+/, '$1"payments.**"');
  writeFileSync(config, everyKind);
  app = await startApp({ log: "silent", config });
  refunds = await app.agent("refund-agent");
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});
const count = async () => (await app.db.pool.query("SELECT count(*)::int AS n FROM escalation")).rows[0].n as number;
const look = async (id: string) => (await refunds.call("GET", `/v1/escalations/${id}`)).body;

test("action types by the dozen that are each counted are opened together: none is turned away", async () => {
  const of = (type: string) => ({ ...refundRequest(20), action: { ...refundRequest(20).action, type } });
  const posts = Array.from({ length: 40 }, (_, n) => refunds.call("POST", "/v1/escalations", of(`payments.kind_${n}`)));
  const answers = await Promise.all(posts);
  expect(answers.map(({ status }) => status)).toEqual(posts.map(() => 201));
});

test("no connection left: 503 with Retry-After, the click is answered, and afterwards all works", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  const before = await count();
  const held = await Promise.all(Array.from({ length: 16 }, () => app.running.parts.pool.connect()));
  try {
    const [refused] = await Promise.all([
      refunds.call("POST", "/v1/escalations", refundRequest(901)),
      app.as("U0MARIA").click("C0PAYMENTS", "approve", ts),
    ]);
    expect(refused).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    await app.until("the answer to the click", () =>
      app
        .as("U0MARIA")
        .ephemerals()
        .some((text) => text.includes("nothing was decided")),
    );
  } finally {
    for (const client of held) client.release();
  }
  expect(await count()).toBe(before);
  await app.as("U0MARIA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "the decision",
    () => look(body.id),
    (e) => e.state === "human_responded",
  );
});

test("with no connection left 64 callers at once are all answered within seconds", async () => {
  const uncounted = { type: "cloud.delete_volume", title: "t", params: { volume_id: "v" }, target: "vol-prod-1" };
  const requests = Array.from({ length: 64 }, (_, n) =>
    n % 2 === 0 ? refundRequest(2000 + n) : { ...refundRequest(), action: uncounted },
  );
  // The key is known, so that it is the writing that finds no connection.
  await refunds.call("GET", "/v1/escalations?limit=1");
  const held = await Promise.all(Array.from({ length: 16 }, () => app.running.parts.pool.connect()));
  const since = performance.now();
  try {
    const answers = await Promise.all(requests.map((request) => refunds.call("POST", "/v1/escalations", request)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    // Each of them waits for a connection once (3 s), and no two of them wait one after the other.
    expect(performance.now() - since).toBeLessThan(9000);
  } finally {
    for (const client of held) client.release();
  }
});

test("a locked row holds up nobody but those who want to change it, and they hear that nothing was done", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(905));
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM live WHERE id = $1 FOR UPDATE", [body.id]);
  const order: string[] = [];
  const noted = async (who: string, answer: Promise<{ status: number }>) => {
    const { status } = await answer;
    order.push(`${who} ${status}`);
  };
  try {
    const waiting = [1, 2].map((n) =>
      noted("message", refunds.call("POST", `/v1/escalations/${body.id}/messages`, { text: `news ${n}` })),
    );
    await app.until(
      "the change to wait for the lock",
      async () =>
        (await app.db.owner.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rows[0].n,
    );
    const other = { type: "cloud.delete_volume", title: "t", params: { volume_id: "v" }, target: "vol-prod-9" };
    await noted("submit", refunds.call("POST", "/v1/escalations", { ...refundRequest(), action: other }));
    await Promise.all(waiting);
  } finally {
    await holder.query("ROLLBACK");
    await holder.end();
  }
  expect(order).toEqual(["submit 201", "message 503", "message 503"]);
  expect((await look(body.id)).revision).toBe(body.revision);
});

test("what cannot be withdrawn of a revoked agent holds up nothing else that happens because time passes", async () => {
  const revoked = await app.agent("soon-revoked");
  for (let n = 0; n < 8; n++) await revoked.call("POST", "/v1/escalations", refundRequest(930 + n));
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  const theirs = "agent_id = (SELECT id FROM agent WHERE name = 'soon-revoked')";
  await holder.query(`SELECT 1 FROM live WHERE ${theirs} FOR UPDATE`);
  await revokeAgentByName(app.db.pool, "soon-revoked", null);
  try {
    await app.until(
      "the withdrawing to wait for a lock",
      async () =>
        (await app.db.owner.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rows[0].n,
    );
    // Each of the eight waits for two seconds before it is left for later.
    const late = new Promise((resolve) => setTimeout(resolve, 8000, "late"));
    expect(await Promise.race([app.running.round().then(() => "in time"), late])).toBe("in time");
  } finally {
    await holder.query("ROLLBACK");
    await holder.end();
  }
  await app.until(
    "all of it to be withdrawn",
    async () =>
      (await app.db.owner.query(`SELECT count(*)::int AS n FROM escalation WHERE ended_at IS NULL AND ${theirs}`)).rows[0],
    ({ n }) => n === 0,
  );
});

test("many commands on one escalation at once are all done one after the other, and hardly one is tried twice", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(906));
  await app.card(body.id);
  const { pool } = app.running.parts;
  const query = pool.query.bind(pool);
  let changes = 0;
  Object.assign(pool, {
    query: async (statement: { name?: string; values?: unknown[] }) => {
      if (statement.name?.startsWith("change_") && JSON.stringify(statement.values).includes(body.id)) changes++;
      return query(statement as never);
    },
  });
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, n) => refunds.call("POST", `/v1/escalations/${body.id}/messages`, { text: `news ${n}` })),
  );
  Object.assign(pool, { query });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const revisions = answers.map((answer) => answer.body.revision as number);
  expect(new Set(revisions).size).toBe(24);
  // Raced, each of them would be tried anew for every one that was faster: hundreds of statements.
  expect(changes).toBeLessThan(48);
});

test("no connection left at the very moment a card arrives: it is found again, and its lane does not stand still", async () => {
  const posts = () => app.slack.channel("C0PAYMENTS").filter((m) => m.thread_ts === undefined).length;
  const stood = posts();
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "delay", delayMs: 500, times: 1 });
  const { body: first } = await refunds.call("POST", "/v1/escalations", refundRequest(907));
  await app.until("the send to begin", () => app.slack.faults.list().length === 0);
  const held = await Promise.all(Array.from({ length: 16 }, () => app.running.parts.pool.connect()));
  try {
    // Long enough for the receipt to fail (3 s without a connection), and the giving back of the lane after it.
    await new Promise((resolve) => setTimeout(resolve, 6500));
  } finally {
    for (const client of held) client.release();
  }
  const { body: second } = await refunds.call("POST", "/v1/escalations", refundRequest(908));
  await app.card(second.id);
  await app.card(first.id);
  expect(posts()).toBe(stood + 2);
});

test("no disk left: nothing is acknowledged, nothing is half stored, and it goes on when there is room", async () => {
  const before = await count();
  await app.db.owner.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
  await app.db.owner.query("CREATE TRIGGER full_disk BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION full_disk()");
  try {
    expect(await refunds.call("POST", "/v1/escalations", refundRequest(902))).toMatchObject({
      status: 503,
      body: { type: "urn:countersign:problem:unavailable" },
    });
    expect(await count()).toBe(before);
    const { rows } = await app.db.pool.query("SELECT DISTINCT stream FROM audit_entry WHERE stream LIKE 'esc_%'");
    expect(rows).toHaveLength(before);
  } finally {
    await app.db.owner.query("DROP TRIGGER full_disk ON outbox");
  }
  expect(await refunds.call("POST", "/v1/escalations", refundRequest(902))).toMatchObject({ status: 201 });
});

test("a session that holds a lock is killed: whoever waited goes on, in time", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(903));
  const { ts } = await app.card(body.id);
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  holder.on("error", () => {});
  await holder.connect();
  const pid = (await holder.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
  await holder.query("BEGIN");
  await holder.query("SELECT 1 FROM live WHERE id = $1 FOR UPDATE", [body.id]);
  const clicked = app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.until(
    "somebody waiting for the lock",
    async () =>
      (await app.db.owner.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rows[0].n,
  );
  await app.db.owner.query("SELECT pg_terminate_backend($1)", [pid]);
  await clicked;
  await app.until(
    "the decision",
    () => look(body.id),
    (e) => e.state === "human_responded",
  );
});

test("a database that hangs leaves no command unanswered: first that it takes a moment, then the answer", async () => {
  const holder = new pg.Client({ connectionString: app.db.ownerUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("LOCK TABLE live IN ACCESS EXCLUSIVE MODE");
  try {
    expect(await app.as("U0PRIYA").command("C0PAYMENTS", "/countersign mine")).toBe("One moment…");
  } finally {
    await holder.query("ROLLBACK");
    await holder.end();
  }
  await app.until("the answer", () =>
    app
      .as("U0PRIYA")
      .ephemerals()
      .some((text) => text.includes("Waiting for you") || text.includes("Nothing waits for you")),
  );
});

test("a row that cannot be read keeps no other deadline from firing", async () => {
  const ids: string[] = [];
  for (const amount of [911, 912, 913]) ids.push((await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id);
  // One reading of the clock: a second one is later, and nothing may be looked at after its deadline.
  const due = "deadline = clock.at, due_at = clock.at FROM (SELECT db_now() AS at OFFSET 0) AS clock WHERE id = ANY($1)";
  await app.db.owner.query(`UPDATE live SET ruling = '{}', ${due}`, [ids.slice(0, 1)]);
  await app.db.owner.query(`UPDATE live SET ${due}`, [ids.slice(1)]);
  const timedOut = (id: string) =>
    app.until(
      "the timeout",
      () => look(id),
      (e) => e.state === "timed_out",
    );
  for (const id of ids.slice(1)) await timedOut(id);
  await app.db.owner.query("UPDATE live SET ruling = NULL WHERE id = $1", [ids[0]]);
  await timedOut(ids[0] ?? "");
});

test("a row that cannot be read hides no other: lists, Homes and pages of lists go past it", async () => {
  const ids: string[] = [];
  for (const amount of [921, 922, 923]) ids.push((await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id);
  const [first, damaged, last] = ids;
  await app.db.owner.query("UPDATE live SET ruling = '{}' WHERE id = $1", [damaged]);
  try {
    const listed: string[] = [];
    for (let cursor = ""; listed.length < 2; ) {
      const page = await refunds.call("GET", `/v1/escalations?limit=1${cursor}`);
      expect(page.status).toBe(200);
      listed.push(page.body.items[0].id);
      cursor = `&cursor=${page.body.next_cursor}`;
    }
    expect(listed).toEqual([last, first]);
    await app.as("U0PRIYA").openHome();
    await app.until("the Home", () => JSON.stringify(app.slack.home("U0PRIYA") ?? "").includes(last ?? ""));
    expect(JSON.stringify(app.slack.home("U0PRIYA"))).not.toContain(damaged);
    const refused = await refunds.call("GET", `/v1/escalations/${damaged}`);
    expect(refused).toMatchObject({ status: 503, body: { type: "urn:countersign:problem:unavailable" } });
  } finally {
    await app.db.owner.query("UPDATE live SET ruling = NULL WHERE id = $1", [damaged]);
  }
  expect((await refunds.call("GET", `/v1/escalations/${damaged}`)).status).toBe(200);
});

test("a row that cannot be written costs its neighbours nothing, and is named to people", async () => {
  const ids: string[] = [];
  for (const amount of [914, 915, 916]) ids.push((await refunds.call("POST", "/v1/escalations", refundRequest(amount))).body.id);
  await app.db.owner.query(`CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF OLD.id = '${ids[1]}' THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '23514'; END IF; RETURN COALESCE(NEW, OLD); END $$`);
  await app.db.owner.query(
    "CREATE TRIGGER refuse_one BEFORE UPDATE OR DELETE ON live FOR EACH ROW EXECUTE FUNCTION refuse_one()",
  );
  const timedOut = (id: string | undefined) =>
    app.until(
      "the timeout",
      () => look(id ?? ""),
      (e) => e.state === "timed_out",
    );
  try {
    await app.db.shiftClock(31 * 60_000);
    await Promise.all([timedOut(ids[0]), timedOut(ids[2])]);
    await app.until("the alarm by name", () =>
      app.slack.channel("C0ALARMS").some((m) => m.text.includes(`cannot move on ${ids[1]}`)),
    );
  } finally {
    await app.db.owner.query("DROP TRIGGER refuse_one ON live");
  }
  await timedOut(ids[1]);
});

test("the database's clock is set back: nothing sleeps for as long as it was wrong", async () => {
  app.slack.faults.arm({ method: "chat.postMessage", channel: "C0PAYMENTS", kind: "rate_limited", retryAfterS: 20, times: 1 });
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(906));
  await app.until(
    "the pause",
    async () =>
      (await app.db.pool.query("SELECT 1 FROM lane WHERE name = 'slack:chat.postMessage:C0PAYMENTS' AND not_before > db_now()"))
        .rows.length,
  );
  await app.db.shiftClock(-3 * 3_600_000);
  const card = await app.card(body.id);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", card.ts);
  await app.until(
    "the decision",
    () => look(body.id),
    (e) => e.state === "human_responded",
  );
  await app.db.shiftClock(3 * 3_600_000 + 60_000);
  const { body: later } = await refunds.call("GET", `/v1/escalations/${body.id}/audit`);
  expect(later.items.length).toBeGreaterThan(2);
});

test("a newer schema under a running replica harms nothing; an older one is named at /readyz", async () => {
  await app.db.owner.query("ALTER TABLE live ADD COLUMN of_the_future text");
  await app.db.owner.query("CREATE TABLE of_the_future (id int)");
  const { status, body } = await refunds.call("POST", "/v1/escalations", refundRequest(904));
  expect(status).toBe(201);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", (await app.card(body.id)).ts);
  await app.until(
    "the decision",
    () => look(body.id),
    (e) => e.state === "human_responded",
  );
  await app.db.owner.query("DELETE FROM migration WHERE name LIKE '0002%'");
  const ready = await refunds.call("GET", "/readyz");
  expect(ready.status).toBe(503);
  expect(ready.body.missing.join()).toMatch(/migration 0002_\w+\.sql is not applied: run npx countersign migrate/);
});

test("fifty clients that trickle their requests hold nobody up", async () => {
  const url = new URL(app.running.httpUrl);
  const slow = Array.from({ length: 50 }, () => {
    const socket = connect(Number(url.port), url.hostname);
    socket.on("error", () => {});
    socket.write("POST /v1/escalations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n");
    return socket;
  });
  expect((await refunds.call("POST", "/v1/escalations", refundRequest(905))).status).toBe(201);
  for (const socket of slow) socket.destroy();
});

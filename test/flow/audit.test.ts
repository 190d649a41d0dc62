import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditCommand } from "../../src/cli/audit.ts";
import { keyed } from "../../src/domain/audit/chain.ts";
import { askedFor, digestOf } from "../../src/domain/shapes/canonical.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import type { Loaded } from "../../src/store/read-escalations.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";

/** What the audit log shows to somebody who owns the database, and what it shows of them. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const by = {
  userId: "U0PRIYA",
  teamId: "T0LOCAL",
  account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] },
  accountAgeS: 0,
};
async function approved(amount: number): Promise<string> {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(amount));
  const seen = { version: 1, digest: null, complete: true };
  const handled = await app.running.engine.handle(body.id, { type: "approve", by, seen, reason: "checked" }, { kind: "person" });
  expect(handled).not.toHaveProperty("refused");
  return body.id;
}

const TABLES = ["audit_entry", "audit_secret", "audit_head", "opened", "live", "ended", "vote", "decision"];

/** What the log says after something was done to the database as only its owner can; afterwards all is as it was. */
async function faultsAfter(statements: readonly [sql: string, ...values: unknown[]][], options = {}): Promise<string[]> {
  const owner = new pg.Client({ connectionString: app.db.ownerUrl });
  await owner.connect();
  // One moment for all tables, or what is written meanwhile would be kept in one and taken back in another.
  const moment = `LOCK TABLE ${TABLES.join()} IN ACCESS EXCLUSIVE MODE;`;
  const all = (sql: (table: string) => string) => owner.query(moment + TABLES.map(sql).join(";"));
  await all((table) => `ALTER TABLE ${table} DISABLE TRIGGER USER; CREATE TEMP TABLE kept_${table} AS SELECT * FROM ${table}`);
  await owner.query(
    "CREATE TEMP TABLE kept_agent AS SELECT * FROM agent; CREATE TEMP TABLE kept_policy AS SELECT * FROM policy_version",
  );
  for (const [sql, ...values] of statements) await owner.query(sql, values);
  const { faults } = await verifyAll(app.db.pool, options);
  await all(
    (table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM kept_${table}; ALTER TABLE ${table} ENABLE TRIGGER USER`,
  );
  await owner.query("UPDATE agent a SET revoked_at = k.revoked_at FROM kept_agent k WHERE k.id = a.id");
  await owner.query("UPDATE policy_version p SET source = k.source FROM kept_policy k WHERE k.hash = p.hash");
  await owner.end();
  return faults.map(({ stream, seq, fault }) => `${stream}${seq === null ? "" : ` ${seq}`}: ${fault}`);
}

const cli = async (...args: string[]): Promise<string[]> => {
  const said: string[] = [];
  await auditCommand({ args, settings: app.settings, say: (line) => said.push(line) });
  return said;
};

test("whatever the owner of the database takes away or rewrites is named", async () => {
  const id = await approved(900);
  const stream = `escalation/${id}`;
  expect(await faultsAfter([])).toEqual([]);
  const of = "WHERE stream = $1";
  expect(await faultsAfter([[`DELETE FROM audit_entry ${of}`, id]])).toContain(
    `${stream}: there is no audit entry at all, although there should be`,
  );
  expect(await faultsAfter([[`DELETE FROM audit_entry ${of} AND seq = (SELECT min(seq) FROM audit_entry ${of})`, id]])).toContain(
    `${stream} 3: expected entry 1, found 3`,
  );
  expect(await faultsAfter([[`DELETE FROM audit_entry ${of} AND seq = (SELECT max(seq) FROM audit_entry ${of})`, id]])).toContain(
    `${stream}: the last entry is 2, and there should be 4`,
  );
  expect(await faultsAfter([[`DELETE FROM audit_secret ${of}`, id]])).toContain(
    `${stream} 3: its private content is gone, and nothing says that it was erased`,
  );
  expect(await faultsAfter([[`UPDATE audit_entry SET body = 'no json' ${of} AND seq = 4`, id]])).toContain(
    `${stream} 4: its body is no JSON object`,
  );
  expect(await faultsAfter([["DELETE FROM opened WHERE id = $1", id]])).toContain(`${stream}: its escalation is gone`);
  const { rows } = await app.db.pool.query("SELECT content FROM opened WHERE id = $1", [await approved(950)]);
  expect(await faultsAfter([["UPDATE opened SET content = $2 WHERE id = $1", id, rows[0].content]])).toContain(
    `${stream} 1: what was asked and ruled is not what was committed to`,
  );
});

test("decisions, votes, states and texts that differ from what the entries tell are named", async () => {
  const id = await approved(901);
  const stream = `escalation/${id}`;
  const rewritten = await faultsAfter([
    ["UPDATE decision SET source = 'policy' WHERE escalation_id = $1", id],
    ["UPDATE vote SET user_id = 'U0MARIA' WHERE escalation_id = $1", id],
    [`UPDATE live SET progress = jsonb_set(progress, '{votes,0,userId}', '"U0MARIA"'), state = 'timed_out' WHERE id = $1`, id],
    ["UPDATE policy_version SET source = source || ' '"],
  ]);
  expect(rewritten).toEqual([
    `${stream} 4: the decision is not what was committed to`,
    `${stream}: state is timed_out, and human_responded by its entries`,
    expect.stringMatching(`^${stream}: the vote approve · U0PRIYA · T0LOCAL · round 1 · version 1 · .* is in no row$`),
    expect.stringMatching(`^${stream}: a row holds the vote approve · U0MARIA · .*, which no entry tells of$`),
    expect.stringMatching(`^${stream}: the decision approve · human · hard_approval · round 1 · .* is in no row$`),
    expect.stringMatching(`^${stream}: a row holds the decision approve · policy · .*, which no entry tells of$`),
    expect.stringMatching(/^policy: the text of policy sha256:.* is another one$/),
  ]);
});

test("streams of the house are held against agents, configurations and their own heads", async () => {
  expect(
    await faultsAfter([
      ["DELETE FROM audit_entry WHERE stream = 'agents' AND seq = (SELECT max(seq) FROM audit_entry WHERE stream = 'agents')"],
    ]),
  ).toEqual([expect.stringMatching(/^agents: the last entry is \d+, and there should be \d+$/)]);
  expect(await faultsAfter([["DELETE FROM audit_entry WHERE stream = 'agents' AND seq = 1"]])).toContainEqual(
    expect.stringMatching(/^agents: no entry tells how agent agt_\w+ was added$/),
  );
  expect(await faultsAfter([["UPDATE agent SET revoked_at = now() WHERE name = 'refund-agent'"]])).toEqual([
    expect.stringMatching(/^agents: agent agt_\w+ is revoked, and no entry tells of it$/),
  ]);
});

test("an export verifies by itself, and tells later what went missing or was rewritten together with its head", async () => {
  const id = await approved(902);
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "audit-")), "log.jsonl");
  await cli("export", file);
  expect((await cli("verify", file))[0]).toMatch(/^The audit log verifies: \d+ entries in \d+ streams\.$/);
  expect((await cli("verify", "--against", file))[0]).toMatch(/^The audit log verifies/);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const check = async (kept: string[]) => {
    writeFileSync(`${file}.cut`, kept.join("\n"));
    return cli("verify", `${file}.cut`).then(String, (error: Error) => error.message);
  };
  const stream = `escalation/${id}`;
  expect(await check(lines.slice(0, -1))).toBe("file: the last line is missing: the file was cut off");
  expect(await check(lines.filter((line) => !line.includes(stream)))).toMatch(
    /^file: the file says that it has \d+ streams, and has \d+$/,
  );
  expect(await check(lines.filter((line) => JSON.parse(line).stream !== stream || JSON.parse(line).seq !== 4))).toContain(
    `${stream}: the last entry is 3, and there should be 4`,
  );
  expect(await check([...lines, "x"])).toContain("is no entry");
  const heads = new Map([[stream, JSON.parse(lines.find((line) => line.includes(`"${stream}","head"`)) ?? "").head]]);
  const everywhere: [string, string][] = ["audit_entry", "audit_secret"].map((table) => [
    `DELETE FROM ${table} WHERE stream = $1`,
    id,
  ]);
  const rows: [string, string][] = ["opened", "live"].map((table) => [`DELETE FROM ${table} WHERE id = $1`, id]);
  const said: [string, string][] = ["vote", "decision"].map((table) => [`DELETE FROM ${table} WHERE escalation_id = $1`, id]);
  expect(await faultsAfter([...everywhere, ...rows, ...said])).toEqual([]);
  expect(await faultsAfter([...everywhere, ...rows, ...said], { exported: heads })).toEqual([
    `${stream}: entry 4 was exported, and is gone`,
  ]);
});

test("what changed since a moment is verified alone, with the streams of the house", async () => {
  const { rows } = await app.db.pool.query("SELECT db_now() AS now");
  await refunds.call("POST", `/v1/escalations/${await approved(903)}/cancel`, { reason: "x" });
  const all = await verifyAll(app.db.pool);
  await app.db.shiftClock(0);
  const lately = await verifyAll(app.db.pool, { since: new Date(rows[0].now.getTime() + 3_600_000) });
  expect(lately.faults).toEqual([]);
  expect(lately.streams).toBeLessThan(all.streams);
});

test("with all that is private erased, nothing that is kept for ever can be tried against a guess, and what was seen can be shown before", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1337));
  const { ts, blocks, text } = await app.card(body.id);
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.cardSays(body.id, "Approved");
  const loaded = await app.running.engine.load(body.id);
  const seen = loaded?.escalation.decision?.votes[0]?.seen ?? "";
  const whole = (await app.running.engine.audit(body.id)).find((entry) => JSON.parse(entry.body).event === "voted");
  const { drawing } = JSON.parse(whole?.content ?? "");
  expect(`sha256:${createHash("sha256").update(drawing).digest("hex")}`).toBe(seen);
  expect(JSON.parse(whole?.body ?? "").seen).toBe(keyed(loaded?.escalation.auditKey ?? "", "seen", seen));
  const shown = { blocks: (blocks as { block_id?: string }[]).map(({ block_id: _unseen, ...block }) => block), text };
  expect(JSON.parse(drawing)).toEqual(shown);
  // What a guess of the amount would be held against: digests of the card, of the act, of the request.
  const { request, actionDigest, decision } = (loaded as Loaded).escalation;
  const guesses = [seen, actionDigest, decision?.actionDigest ?? "", digestOf(request), digestOf(askedFor(request))];
  for (const table of ["audit_entry", "opened", "vote", "decision"]) {
    const named = table === "audit_entry" ? "stream" : table === "opened" ? "id" : "escalation_id";
    const { rows } = await app.db.owner.query(`SELECT * FROM ${table} WHERE ${named} = $1`, [body.id]);
    for (const row of rows) {
      const { content: _sealed, checkpoint: _saved, ...kept } = row;
      const plain = JSON.stringify(kept, (_, value) =>
        value?.type === "Buffer" ? Buffer.from(value.data).toString("latin1") : value,
      );
      for (const guess of guesses) {
        expect(plain).not.toContain(guess.slice("sha256:".length));
        expect(plain).not.toContain(Buffer.from(guess.slice("sha256:".length), "hex").toString("latin1"));
      }
      expect(plain).not.toContain("1337");
    }
  }
});

test("a vote on a card that another process drew is kept with what Slack says that it showed", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1444));
  const { ts } = await app.card(body.id);
  // Whatever this process has drawn lately is forgotten for more of it.
  for (let i = 0; i < 17; i++) app.running.engine.drawings.keep(`${i}`, "x".repeat(1024 * 1024));
  await app.as("U0PRIYA").click("C0PAYMENTS", "approve", ts);
  await app.cardSays(body.id, "Approved");
  const voted = (await app.running.engine.audit(body.id)).find((entry) => JSON.parse(entry.body).event === "voted");
  expect(JSON.parse(JSON.parse(voted?.content ?? "").drawing)).toMatchObject({
    by: "slack",
    text: expect.stringContaining("1,444"),
  });
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

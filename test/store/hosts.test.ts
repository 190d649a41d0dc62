import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eachHost } from "../../src/domain/base/database-hosts.ts";
import { isDatabaseAway, mayHaveRun } from "../../src/engine/loops/database-away.ts";
import { replicationNotes } from "../../src/engine/watching/replication.ts";
import { type Embedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { wasWritten } from "../../src/store/lost-writes.ts";
import { MIGRATIONS, migrate } from "../../src/store/migrate.ts";
import { inTransaction, openPool } from "../../src/store/pool.ts";
import { type Wire, wireTo } from "../support/between.ts";

/** A primary that two wires lead to, and a standby of it: the same cluster, told to follow. */
const root = mkdtempSync(path.join(os.tmpdir(), "countersign-hosts-"));
chmodSync(root, 0o755);
let servers: Embedded[] = [];
let wires: Wire[] = [];
let [first, second, standby] = ["", "", ""];
beforeAll(async () => {
  const [a, b] = [path.join(root, "a"), path.join(root, "b")];
  const settings = ["fsync=off", "shared_buffers=16MB"];
  await (await startEmbeddedPostgres({ dataDir: a, settings })).stop();
  execFileSync("cp", ["-a", a, b]);
  writeFileSync(path.join(b, "postgres", "standby.signal"), "");
  const leading = await startEmbeddedPostgres({ dataDir: a, settings });
  const from = `primary_conninfo=host=${new URL(leading.ownerUrl.replace("@/", "@unix/")).searchParams.get("host")} user=countersign_owner`;
  servers = [leading, await startEmbeddedPostgres({ dataDir: b, settings: [...settings, from] })];
  const [primary, follower] = servers.map(({ ownerUrl }) => ownerUrl) as [string, string];
  wires = [await wireTo(primary), await wireTo(primary), await wireTo(follower)];
  [first, second, standby] = wires.map(({ url }) => /@([^/]+)/.exec(url)?.[1] ?? "") as [string, string, string];
});
afterAll(async () => {
  for (const wire of wires) wire.close();
  for (const server of servers) await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const urlOf = (...hosts: string[]) => `postgresql://countersign_owner@${hosts.join(",")}/countersign?sslmode=disable`;

async function withPool<T>(hosts: string[], work: (pool: pg.Pool) => Promise<T>, statementTimeoutMs = 20_000): Promise<T> {
  const pool = openPool(urlOf(...hosts), { maxConnections: 3, applicationName: "test", statementTimeoutMs, plans: "by key" });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

const PATIENTLY = { timeout: 20_000, interval: 50 };
const commitsWaitFor = (names: string) => async (pool: pg.Pool) => {
  await pool.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
  await pool.query("SELECT pg_reload_conf()");
};

test("a URL with several hosts is one URL for each of them, and any other is itself", () => {
  expect(eachHost("postgres://u:p%40x@a,b:6432,[::1]:5/d?sslmode=require")).toEqual([
    "postgres://u:p%40x@a/d?sslmode=require",
    "postgres://u:p%40x@b:6432/d?sslmode=require",
    "postgres://u:p%40x@[::1]:5/d?sslmode=require",
  ]);
  for (const url of ["postgresql://u@/d?host=%2Frun,x", "postgresql://a:1/d?options=a,b"]) expect(eachHost(url)).toEqual([url]);
});

test("of several hosts the migrations and every connection of a pool find the primary, wherever it stands in the list", async () => {
  const nobody = "127.0.0.1:9";
  expect(await migrate(urlOf(nobody, standby, first), { dir: MIGRATIONS, appRole: null, cell: "" })).not.toEqual([]);
  const write = "SELECT pg_current_xact_id()";
  for (const hosts of [
    [first, standby],
    [standby, nobody, first],
    [nobody, standby, second],
  ])
    await withPool(hosts, async (pool) => {
      await Promise.all([pool.query(write), pool.query("SELECT pg_sleep(0.01)"), inTransaction(pool, (tx) => tx.query(write))]);
    });
});

test("a standby is nowhere to work with: what reaches it is told that the database is away", async () => {
  for (const hosts of [[standby], [standby, standby]])
    await withPool(hosts, async (pool) => {
      const failure = await pool.query("SELECT 1").catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "25006" });
      expect(isDatabaseAway(failure)).toBe(true);
      expect(pool.totalCount).toBe(0);
    });
});

test("when a primary freezes and another host is it, what waits on the old one is let go, to be looked for on the new one", async () => {
  // Nothing else ends these statements before the test is over.
  const hour = 3_600_000;
  await withPool(
    [first, second],
    async (pool) => {
      const clients = await Promise.all([pool.connect(), pool.connect()]);
      for (const client of clients) client.release();
      wires[0]?.hang();
      try {
        const failure = await pool.query("SELECT 1").catch((error: unknown) => error);
        expect(mayHaveRun(failure)).toBe(true);
        expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      } finally {
        wires[0]?.letThrough();
      }
    },
    hour,
  );
});

test("a connection that said nothing in time is given up by a transaction, and not waited for again", async () => {
  const order: string[] = [];
  await withPool(
    [first],
    async (pool) => {
      const noted = (what: string) => () => order.push(what);
      let begun = () => {};
      const hanging = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const works = inTransaction(pool, async (tx) => {
        wires[0]?.hang();
        begun();
        await tx.query("SELECT 1");
      }).catch(noted("the transaction"));
      await hanging;
      // It begins once the first has waited for half of its time, and waits once itself.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await Promise.all([works, pool.query("SELECT 1").catch(noted("a statement begun later"))]);
      wires[0]?.letThrough();
    },
    1,
  );
  expect(order).toEqual(["the transaction", "a statement begun later"]);
});

test("a connection to a primary that became read-only is dropped, whatever a transaction on it was told", async () => {
  await withPool([first], async (pool) => {
    const work = inTransaction(pool, (tx) => tx.query("SET TRANSACTION READ ONLY; CREATE TABLE never (n int)"));
    await expect(work).rejects.toMatchObject({ code: "25006" });
    expect(pool.totalCount).toBe(0);
  });
});

test("whoever looks hears that standbys copy and no commit waits for them, and that commits wait for one that is not there", async () => {
  const notes = (hosts: string[]) => withPool(hosts, (pool) => replicationNotes(pool));
  await expect.poll(() => notes([first]), PATIENTLY).toEqual([expect.stringContaining("One other node copies this database")]);
  await withPool([first], commitsWaitFor("*"));
  await expect.poll(() => notes([first]), PATIENTLY).toEqual([]);
  await servers.pop()?.stop();
  await expect.poll(() => notes([first]), PATIENTLY).toEqual([expect.stringContaining("and none is connected")]);
});

test("a change that only the primary has is not called stored before a standby has it, or none is waited for any more", async () => {
  const entry = { stream: "escalation/esc_x", seq: 1, body: "", hash: "ab", salt: Buffer.alloc(0), private: null };
  const insert = `INSERT INTO audit_entry (stream, seq, body, hash) VALUES ('esc_x', 1, '', '\\xab')`;
  await withPool([first], async (pool) => {
    const waiting = async () => {
      const { rows } = await pool.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      return rows.map(({ pid }) => Number(pid));
    };
    const brokenOff = expect(pool.query(insert)).rejects.toThrow(/terminat/);
    const [pid] = await vi.waitUntil(async () => ((await waiting()).length > 0 ? waiting() : null), PATIENTLY);
    await pool.query("SELECT pg_terminate_backend($1)", [pid]);
    await brokenOff;
    expect((await pool.query("SELECT 1 FROM audit_entry WHERE stream = $1", ["esc_x"])).rowCount).toBe(1);
    const looked = wasWritten(pool, { entries: [entry] });
    await expect.poll(waiting, PATIENTLY).toHaveLength(1);
    await commitsWaitFor("")(pool);
    expect(await looked).toBe(true);
  });
});

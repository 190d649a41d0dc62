import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { despiteDeadlock, inTransaction, openPool, wrongSettings } from "../../src/store/pool.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.owner.query("CREATE TABLE pair (id int PRIMARY KEY, n int NOT NULL); INSERT INTO pair VALUES (1, 0), (2, 0)");
  await db.owner.query("GRANT ALL ON pair TO PUBLIC");
});
afterAll(() => db.close());

test("a connection that dies inside a transaction is an error of that transaction, and of nothing else", async () => {
  const died = inTransaction(db.pool, async (tx) => {
    const { rows } = await tx.query("SELECT pg_backend_pid() AS pid");
    const ended = new Promise((resolve) => tx.once("end", resolve));
    await db.owner.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    await ended;
    return tx.query("SELECT 1");
  });
  await expect(died).rejects.toThrow();
  expect((await db.pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});

/** A message of the protocol of Postgres. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.from(`${type}0000`);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test("a connection that is ended in the very moment it begins ends nothing else", async () => {
  const killed = Buffer.concat([
    message("R", Buffer.alloc(4)),
    message("Z", Buffer.from("I")),
    message("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection\0\0")),
  ]);
  const server = createServer((socket) => socket.once("data", () => socket.end(killed)).on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `postgresql://somebody@127.0.0.1:${(server.address() as AddressInfo).port}/countersign?sslmode=disable`;
  const pool = openPool(url, { maxConnections: 1, applicationName: "test", statementTimeoutMs: 1000, plans: "by key" });
  const uncaught: unknown[] = [];
  const notice = (error: unknown) => uncaught.push(error);
  process.on("uncaughtException", notice);
  try {
    await expect(inTransaction(pool, async () => {})).rejects.toThrow();
    expect(uncaught).toEqual([]);
  } finally {
    process.off("uncaughtException", notice);
    await pool.end();
    server.close();
  }
});

/** A database whose next answer, once it is `dying`, ends with the words of a server that is killed. */
async function dyingDatabase(): Promise<{ url: string; die(): void; close(): void }> {
  const { searchParams, username, pathname } = new URL(db.appUrl.replace("@/", "@unix/"));
  const last = message("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"));
  let dying = false;
  const server = createServer((ours) => {
    const theirs = connect(`${searchParams.get("host")}/.s.PGSQL.5432`);
    ours.pipe(theirs);
    for (const socket of [ours, theirs]) socket.on("error", () => {});
    ours.on("close", () => theirs.destroy());
    theirs.on("data", (data) => {
      const isWhole = data.at(-6) === "Z".charCodeAt(0);
      if (!dying || !isWhole) return void ours.write(data);
      dying = false;
      ours.end(Buffer.concat([data, last]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `postgresql://${username}@127.0.0.1:${(server.address() as AddressInfo).port}${pathname}?sslmode=disable`;
  return { url, die: () => (dying = true), close: () => server.close() };
}

test("a server that is killed right behind an answer ends no more than what came next on that connection", async () => {
  const dead = await dyingDatabase();
  const pool = openPool(dead.url, { maxConnections: 1, applicationName: "test", statementTimeoutMs: 5000, plans: "by key" });
  const uncaught: unknown[] = [];
  const notice = (error: unknown) => uncaught.push(error);
  process.on("uncaughtException", notice);
  try {
    await pool.query("SELECT 1");
    dead.die();
    const first = pool.query("SELECT 2 AS two");
    const next = inTransaction(pool, (tx) => tx.query("SELECT 3"));
    await Promise.allSettled([first, next]);
    await expect(first).resolves.toMatchObject({ rows: [{ two: 2 }] });
    await expect(next).rejects.toThrow();
    expect((await pool.query("SELECT 4 AS four")).rows).toEqual([{ four: 4 }]);
    expect(uncaught).toEqual([]);
  } finally {
    process.off("uncaughtException", notice);
    await pool.end();
    dead.close();
  }
});

test("a process that stands still in the middle of a transaction gives back its locks within seconds", async () => {
  const still = await db.pool.connect();
  still.on("error", () => {});
  const since = performance.now();
  try {
    await still.query("BEGIN");
    await still.query("UPDATE pair SET n = n WHERE id = 1");
    await db.owner.query("UPDATE pair SET n = n WHERE id = 1");
    expect(performance.now() - since).toBeLessThan(15_000);
  } finally {
    still.release(true);
  }
});

test("two writers that take the same rows in another order: both get through, none twice", async () => {
  const both = (first: number, second: number) =>
    despiteDeadlock(() =>
      inTransaction(db.pool, async (tx) => {
        await tx.query("UPDATE pair SET n = n + 1 WHERE id = $1", [first]);
        await tx.query("SELECT pg_sleep(0.05)");
        await tx.query("UPDATE pair SET n = n + 1 WHERE id = $1", [second]);
      }),
    );
  await Promise.all([both(1, 2), both(2, 1)]);
  expect((await db.pool.query("SELECT n FROM pair ORDER BY id")).rows).toEqual([{ n: 2 }, { n: 2 }]);
});

test("any other failure is not tried again", async () => {
  let tries = 0;
  const work = () => {
    tries++;
    return db.pool.query("SELECT 1 / 0");
  };
  await expect(despiteDeadlock(work)).rejects.toThrow(/division by zero/);
  expect(tries).toBe(1);
});

test("every statement sees what is committed and every COMMIT is on disk, whatever the database has as a default", async () => {
  const { rows: named } = await db.owner.query("SELECT current_database() AS name");
  for (const setting of ["default_transaction_isolation = 'repeatable read'", "synchronous_commit = off"])
    await db.owner.query(`ALTER DATABASE ${named[0].name} SET ${setting}`);
  const options = { maxConnections: 1, applicationName: "test", statementTimeoutMs: 5000, plans: "by key" as const };
  const pool = openPool(db.appUrl, options);
  const { rows } = await pool.query(
    "SELECT current_setting('transaction_isolation') AS isolation, current_setting('synchronous_commit') AS on_disk",
  );
  await pool.end();
  expect(rows).toEqual([{ isolation: "read committed", on_disk: "on" }]);
});

test("behind a pooler no statement keeps a name, and what the connection does not ask for is asked of the role", async () => {
  const options = {
    maxConnections: 1,
    applicationName: "test",
    statementTimeoutMs: 5000,
    plans: "by key" as const,
    pooled: true,
  };
  const look = async () => {
    const pool = openPool(db.appUrl, options);
    const { rows: named } = await pool.query({
      name: "named",
      text: "SELECT count(*)::int AS n FROM pg_prepared_statements WHERE name <> ''",
    });
    const wrong = await wrongSettings(pool, options);
    await pool.end();
    return { named: named[0].n, wrong };
  };
  const { named, wrong } = await look();
  expect(named).toBe(0);
  expect(wrong.map(([name]) => name)).toEqual(expect.arrayContaining(["lock_timeout", "synchronous_commit"]));
  const { rows } = await db.owner.query("SELECT current_database() AS name");
  for (const [name, value] of wrong)
    await db.owner.query(`ALTER ROLE countersign_app IN DATABASE ${rows[0].name} SET ${name} = '${value}'`);
  expect((await look()).wrong).toEqual([]);
  expect(await wrongSettings(db.pool, { ...options, statementTimeoutMs: 20_000, pooled: false })).toEqual([]);
});

import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { openPool } from "../../src/store/pool.ts";

/** A fresh database of its own, cloned from the migrated template: tests in parallel never see each other. */
export type TestDatabase = {
  pool: pg.Pool;
  owner: pg.Pool;
  appUrl: string;
  ownerUrl: string;
  shiftClock(byMs: number): Promise<void>;
  close(): Promise<void>;
};

export async function testDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const at = (url: string, database: string) => url.replace("/countersign?", `/${database}?`);
  const admin = new pg.Client({ connectionString: at(inject("ownerUrl"), "postgres") });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template_countersign`);
  // A clone takes what is set for the database not with it.
  await admin.query(`ALTER DATABASE ${name} SET search_path = countersign, public`);
  await admin.end();
  const appUrl = at(inject("appUrl"), name);
  const ownerUrl = at(inject("ownerUrl"), name);
  const options = { maxConnections: 8, applicationName: "test", statementTimeoutMs: 20_000, plans: "by key" as const };
  const pool = openPool(appUrl, options);
  const owner = openPool(ownerUrl, { ...options, maxConnections: 2 });
  return {
    pool,
    owner,
    appUrl,
    ownerUrl,
    /** Moves the database's clock forward (tests drive time; nothing waits for it). */
    async shiftClock(byMs) {
      await owner.query("UPDATE clock_shift SET shift = shift + make_interval(secs => $1 / 1000.0)", [byMs]);
    },
    async close() {
      await pool.end();
      await owner.end();
    },
  };
}

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { migrate } from "../../src/store/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    ownerUrl: string;
    appUrl: string;
  }
}

type Server = { ownerUrl: string; appUrl: string; stop(): Promise<void> };

/**
 * One Postgres for the whole run, with a migrated template that every test file clones: one of its own, or the one that
 * `TEST_OWNER_URL` and `TEST_APP_URL` name (docs/operations.md says how).
 */
export default async function setup(project: TestProject) {
  const server = (await givenServer()) ?? (await ownServer());
  await migrate(server.ownerUrl, { dir: path.resolve("migrations"), appRole: "countersign_app", cell: "", monthsAhead: 1 });
  await inPostgres(server.ownerUrl, "CREATE DATABASE template_countersign TEMPLATE countersign IS_TEMPLATE true");
  project.provide("ownerUrl", server.ownerUrl);
  project.provide("appUrl", server.appUrl);
  return () => server.stop();
}

async function ownServer(): Promise<Server> {
  const root = mkdtempSync(path.join(os.tmpdir(), "countersign-test-"));
  const server = await startEmbeddedPostgres({
    dataDir: root,
    settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"],
  });
  const stop = async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  };
  return { ...server, stop };
}

/** Both name an empty database called countersign, on the server's socket; the owner may create databases. */
async function givenServer(): Promise<Server | null> {
  const { TEST_OWNER_URL: ownerUrl, TEST_APP_URL: appUrl } = process.env;
  if (ownerUrl === undefined || appUrl === undefined) return null;
  for (const url of [ownerUrl, appUrl])
    if (!url.includes("/countersign?")) throw new Error("TEST_OWNER_URL and TEST_APP_URL must hold /countersign?…");
  // Left over from a run before.
  const [left] = await inPostgres(ownerUrl, "SELECT 1 FROM pg_database WHERE datname = 'template_countersign'");
  if (left !== undefined) {
    await inPostgres(ownerUrl, "ALTER DATABASE template_countersign IS_TEMPLATE false");
    await inPostgres(ownerUrl, "DROP DATABASE template_countersign");
  }
  return { ownerUrl, appUrl, stop: async () => {} };
}

async function inPostgres(ownerUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: ownerUrl.replace("/countersign?", "/postgres?") });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

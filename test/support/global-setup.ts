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

/** One Postgres for the whole run, with a migrated template that every test file clones. */
export default async function setup(project: TestProject) {
  const root = mkdtempSync(path.join(os.tmpdir(), "countersign-test-"));
  const server = await startEmbeddedPostgres({
    dataDir: root,
    settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"],
  });
  await migrate(server.ownerUrl, { dir: path.resolve("migrations"), appRole: "countersign_app", cell: "", monthsAhead: 1 });
  const client = new pg.Client({ connectionString: server.ownerUrl.replace("/countersign?", "/postgres?") });
  await client.connect();
  await client.query("CREATE DATABASE template_countersign TEMPLATE countersign IS_TEMPLATE true");
  await client.end();
  project.provide("ownerUrl", server.ownerUrl);
  project.provide("appUrl", server.appUrl);
  return async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  };
}

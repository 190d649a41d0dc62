import { mkdirSync } from "node:fs";
import pg from "pg";
import pino from "pino";
import { Agent, request } from "undici";
import { createLog } from "../src/app/log.ts";
import { type Running, startCountersign } from "../src/app/start.ts";
import { systemClock } from "../src/domain/base/clock.ts";
import { addAgent } from "../src/engine/agents.ts";
import { connectRunningEmbedded } from "../src/local/postgres/embedded.ts";
import { readSettings } from "../src/settings/settings.ts";
import { configWithLimits } from "../test/support/config.ts";
import { perSecond } from "./per-second.ts";

/** The product under load: real HTTP for what agents do, the engine for the reviewer's click (Slack's own limits would measure Slack). */
export type Product = { running: Running; ownerUrl: string; key: string; stop(): Promise<void> };

export async function startForBench(dataDir: string): Promise<Product> {
  mkdirSync(dataDir, { recursive: true });
  const read = readSettings({
    PORT: "0",
    LOCAL_SLACK_PORT: "0",
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: configWithLimits(dataDir),
  });
  if (!read.ok) throw new Error(read.line);
  const running = await startCountersign(read.settings, {
    log: createLog("silent", pino.destination(2)),
    clock: systemClock,
    say: () => {},
  });
  const issued = await addAgent(running.parts.pool, {
    name: "bench-agent",
    owner: null,
    environment: "production",
    scopes: ["escalations"],
  });
  const urls = connectRunningEmbedded(dataDir);
  if ("refused" in issued || urls === null) throw new Error("the bench could not start");
  // Deliveries wait for Slack's limits and are no part of the cycle (the bare one delivers nothing either): their lanes are held.
  await running.parts.pool.query(
    "INSERT INTO lane (name, not_before) SELECT 'slack:chat.' || m || ':' || p, 'infinity' FROM unnest(ARRAY['postMessage', 'update']) m, unnest(ARRAY['C0CLOUD', 'U0NIK']) p",
  );
  return { running, ownerUrl: urls.ownerUrl, key: issued.key, stop: () => running.stop() };
}

const dispatcher = new Agent({ connections: 64, pipelining: 1 });
export async function call(product: Product, where: string, body: unknown): Promise<{ id: string }> {
  const headers = { authorization: `Bearer ${product.key}`, "content-type": "application/json" };
  const response = await request(`${product.running.httpUrl}/v1${where}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    dispatcher,
  });
  if (response.statusCode >= 300) throw new Error(`${response.statusCode} ${await response.body.text()}`);
  return (await response.body.json()) as { id: string };
}

export const REQUEST = {
  schema_version: "1",
  kind: "action",
  action: { type: "cloud.modify_security_group", title: "t", params: { group_id: "sg-1", port: 443 }, target: "sg-prod-1" },
  brief: { decision_required: "Open the port?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9 },
};
const NIK = {
  userId: "U0NIK",
  teamId: "T0LOCAL",
  account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] },
  accountAgeS: 0,
};

export async function oneCycle(product: Product): Promise<string> {
  const { id } = await call(product, "/escalations", REQUEST);
  const seen = { version: 1, digest: null, complete: true };
  const handled = await product.running.engine.handle(id, { type: "approve", by: NIK, seen, reason: null }, { kind: "person" });
  if ("refused" in handled) throw new Error(handled.detail);
  await call(product, `/escalations/${id}/resume`, { claim_id: "bench" });
  return id;
}

export const countersignCycle = (product: Product, together: number, total: number) =>
  perSecond(together, total, async () => void (await oneCycle(product)));

/** Submissions a second over HTTP, and as a share of inserting one bare row from as many clients. */
export async function intakeAlone(
  product: Product,
  together: number,
  total: number,
): Promise<{ perSecond: number; share: number }> {
  const ours = await perSecond(together, total, async () => void (await call(product, "/escalations", REQUEST)));
  const pool = new pg.Pool({ connectionString: product.ownerUrl, max: 16 });
  const doc = JSON.stringify(REQUEST);
  const bare = await perSecond(
    together,
    total,
    async () =>
      void (await pool.query({
        name: "one_row",
        text: "INSERT INTO bare VALUES (gen_random_uuid()::text, 'x', $1)",
        values: [doc],
      })),
  );
  await pool.end();
  return { perSecond: ours, share: ours / bare };
}

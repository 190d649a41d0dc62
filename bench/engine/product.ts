import { mkdirSync } from "node:fs";
import path from "node:path";
import pino from "pino";
import { createLog } from "../../src/app/log.ts";
import { openParts } from "../../src/app/start.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { isRefusal, type Refusal } from "../../src/domain/shapes/refusal.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { addAgent } from "../../src/engine/agents.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { type Embedded, startEmbeddedPostgres } from "../../src/local/postgres/embedded.ts";
import { readSettings } from "../../src/settings/settings.ts";
import { configWithLimits } from "../../test/support/config.ts";

/** The engine in this process with its database, without HTTP, without Slack and with nobody who delivers: what it owes stays owed. */
export type EngineAlone = { engine: Engine; agentId: string; ownerUrl: string; postmasterPid: number; stop(): Promise<void> };

export async function startEngineAlone(dataDir: string): Promise<EngineAlone> {
  mkdirSync(dataDir, { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(dataDir, "database") });
  const opened = await openEngine(postgres, path.join(dataDir, "process"), configWithLimits(dataDir));
  const { parts } = opened;
  const wish = { name: "bench-agent", owner: null, environment: "production", scopes: ["escalations"] as const };
  const issued = await addAgent(parts.pool, wish);
  if ("refused" in issued) throw new Error(issued.refused);
  const { rows } = await parts.pool.query("SELECT id FROM agent WHERE name = 'bench-agent'");
  return {
    engine: opened.engine,
    agentId: rows[0].id,
    ownerUrl: postgres.ownerUrl,
    postmasterPid: postgres.postmasterPid,
    async stop() {
      await opened.close();
      await postgres.stop();
    },
  };
}

/** An engine in this process over a database that runs, alone or beside servers. */
export async function openEngine(urls: Pick<Embedded, "appUrl" | "ownerUrl">, dataDir: string, config: string) {
  const read = readSettings({
    PORT: "0",
    DATABASE_URL: urls.appUrl,
    DATABASE_MIGRATION_URL: urls.ownerUrl,
    SLACK_BOT_TOKEN: "xoxb-bench",
    SLACK_SIGNING_SECRET: "bench",
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: config,
  });
  if (!read.ok) throw new Error(read.line);
  const stops: (() => Promise<unknown>)[] = [];
  const around = { log: createLog("silent", pino.destination(2)), clock: systemClock, say: () => {} };
  const { parts } = await openParts(read.settings, around, (stop) => stops.push(stop));
  await parts.roster.refresh();
  return {
    parts,
    engine: createEngine(parts, () => {}).engine,
    async close() {
      for (const stop of stops.reverse()) await stop();
    },
  };
}

/** One cycle in three steps. */
export type Steps = {
  submit(product: EngineAlone): Promise<string>;
  decide(product: EngineAlone, id: string): Promise<void>;
  resume(product: EngineAlone, id: string): Promise<void>;
};

const REQUEST = EscalationRequest.parse({
  schema_version: "1",
  kind: "action",
  action: { type: "cloud.modify_security_group", title: "t", params: { group_id: "sg-1", port: 443 }, target: "sg-prod-1" },
  brief: { decision_required: "Open the port?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9 },
});
const NIK = {
  userId: "U0NIK",
  teamId: "T0LOCAL",
  account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] },
  accountAgeS: 0,
};

function taken<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.detail);
  return answer;
}

export const STEPS: Steps = {
  async submit({ engine, agentId }) {
    const agent = { id: agentId, name: "bench-agent", owner: null, environment: "production" };
    const submission = { agent, request: REQUEST, idempotencyKey: null, reviewOf: null, traceparent: null };
    return taken(await engine.submit(submission)).escalation.id;
  },
  async decide({ engine }, id) {
    const seen = { version: 1, digest: null, complete: true };
    taken(await engine.handle(id, { type: "approve", by: NIK, seen, reason: null }, { kind: "person" }));
  },
  async resume({ engine, agentId }, id) {
    const { escalation } = taken(
      await engine.handle(id, { type: "resume", claimId: "bench", preconditions: [] }, { kind: "agent", agentId }),
    );
    if (escalation.execution === null) throw new Error(`${id} was not let go`);
  },
};

export async function oneCycle(product: EngineAlone): Promise<string> {
  const id = await STEPS.submit(product);
  await STEPS.decide(product, id);
  await STEPS.resume(product, id);
  return id;
}

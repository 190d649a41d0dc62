import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { systemClock as clock } from "../domain/base/clock.ts";
import { addAgent, createAuthentication, rotateAgent } from "../engine/agents.ts";
import type { Engine } from "../engine/engine.ts";
import { createDesk, SAMPLE_AGENTS } from "../local/agents/sample-agents.ts";
import type { LocalSlack } from "../local/slack/server.ts";
import type { Settings } from "../settings/settings.ts";

import { readOwnWork } from "./own-work.ts";

/** Whose key stands in the line that a newcomer is shown. */
const FIRST_AGENT = "my-agent";

/** The sample agents are ordinary agents: they have keys, and talk to the HTTP API like anybody's. */
export async function openDesk(
  settings: Settings,
  engine: Engine,
  pool: pg.Pool,
  apiUrl: string,
  slack: LocalSlack,
): Promise<{ stop: () => Promise<void>; firstKey: string }> {
  const file = path.join(settings.dataDir, "sample-agents.json");
  const keys = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : {};
  const authenticate = createAuthentication(pool);
  const by = { by: null, cell: settings.cell };
  for (const name of [...SAMPLE_AGENTS, FIRST_AGENT]) {
    if (keys[name] !== undefined && (await authenticate(keys[name])) !== null) continue;
    const wish = { name, owner: null, environment: null, scopes: ["escalations", "evaluate"] as const };
    const added = await addAgent(pool, wish, by);
    const issued = "refused" in added ? await rotateAgent(pool, name, { ...by, atOnce: false }) : added;
    if ("refused" in issued) throw new Error(`the sample agent ${name} has no key: ${issued.refused}`);
    keys[name] = issued.key;
  }
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  const desk = createDesk({
    apiUrl,
    keys,
    clock,
    now: () => engine.now(),
    readOwn: () => readOwnWork({ engine, pool, apiUrl, keys }, SAMPLE_AGENTS),
  });
  slack.setDesk(desk);
  return { stop: () => desk.stop(), firstKey: keys[FIRST_AGENT] ?? "" };
}

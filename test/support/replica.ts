import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pino from "pino";
import { createLog } from "../../src/app/log.ts";
import { type Running, startCountersign } from "../../src/app/start.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { readSettings } from "../../src/settings/settings.ts";
import type { App } from "./app.ts";

/** Another replica beside a test's: the same database and the same Slack. */
export async function startReplica({ db, slack, settings }: App, config = settings.configPath): Promise<Running> {
  const read = readSettings({
    PORT: "0",
    DATABASE_URL: db.appUrl,
    DATABASE_MIGRATION_URL: db.ownerUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    COUNTERSIGN_DATA_DIR: mkdtempSync(path.join(os.tmpdir(), "countersign-replica-")),
    COUNTERSIGN_CONFIG: config,
  });
  if (!read.ok) throw new Error(read.line);
  const log = createLog("silent", pino.destination(2));
  return startCountersign(read.settings, { log, clock: systemClock, say: () => {} });
}

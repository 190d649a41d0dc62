import pino from "pino";
import { createLog } from "../../src/app/log.ts";
import { startCountersign } from "../../src/app/start.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { readSettings } from "../../src/settings/settings.ts";

/** The bot alone, as a process of its own that a test can kill. Says `ready URL` when it is up. */
const read = readSettings(process.env);
if (!read.ok) throw new Error(read.line);
const running = await startCountersign(read.settings, {
  log: createLog("silent", pino.destination(2)),
  clock: systemClock,
  say: () => {},
});
process.stdout.write(`ready ${running.httpUrl}\n`);
process.on("SIGTERM", () => void running.stop().then(() => process.exit(0)));

import { mkdirSync } from "node:fs";
import path from "node:path";
import pino from "pino";
import { createLog } from "./app/log.ts";
import { startCountersign } from "./app/start.ts";
import { systemClock } from "./domain/base/clock.ts";
import { loadDotEnv } from "./settings/dot-env.ts";
import { readSettings } from "./settings/settings.ts";

/** `npm start`. Reads the settings, starts, and drains on SIGTERM and SIGINT. */
for (const line of loadDotEnv()) process.stderr.write(`${line}\n`);
const read = readSettings(process.env);
if (!read.ok) {
  process.stderr.write(`${read.line}\n`);
  process.exit(2);
}
const { settings } = read;
mkdirSync(settings.dataDir, { recursive: true });
const local = settings.slack.kind === "local";
const logFile = path.join(settings.dataDir, "countersign.log");
// On a laptop the terminal belongs to the person; the log goes to a file.
const log = createLog(settings.logLevel, local ? pino.destination({ dest: logFile, sync: true }) : pino.destination(1));

try {
  const running = await startCountersign(settings, { log, clock: systemClock, say: (line) => process.stdout.write(`${line}\n`) });
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      process.stdout.write("\nStopping: finishing what is under way…\n");
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  process.stderr.write(`Countersign could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  log.flush();
  process.exit(1);
}

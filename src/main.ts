import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import pino, { type DestinationStream } from "pino";
import { createLog } from "./app/log.ts";
import { type Running, startCountersign } from "./app/start.ts";
import { systemClock } from "./domain/base/clock.ts";
import { loadDotEnv } from "./settings/dot-env.ts";
import { readSettings, type Settings } from "./settings/settings.ts";

/** `npm start`. Reads the settings, starts, and drains on SIGTERM and SIGINT. */
for (const line of loadDotEnv()) process.stderr.write(`${line}\n`);
const read = readSettings(process.env);
// What this process starts, and whoever reads its environment from within, has no use for the owner of the database.
delete process.env["DATABASE_MIGRATION_URL"];
if (!read.ok) {
  process.stderr.write(`${read.line}\n`);
  process.exit(2);
}
await run(read.settings);

async function run(settings: Settings): Promise<void> {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const log = createLog(settings.logLevel, openLogFile(settings));
  try {
    drainOnSignal(
      await startCountersign(settings, { log, clock: systemClock, say: (line) => process.stdout.write(`${line}\n`) }),
    );
  } catch (error) {
    process.stderr.write(`Countersign could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    log.flush();
    process.exit(1);
  }
}

/** On a laptop the terminal belongs to the person; the log goes to a file, which nobody else need read. */
function openLogFile({ slack, dataDir }: Settings): DestinationStream {
  if (slack.mode !== "local") return pino.destination(1);
  const dest = path.join(dataDir, "countersign.log");
  if (existsSync(dest)) chmodSync(dest, 0o600);
  return pino.destination({ dest, sync: true, mode: 0o600 });
}

function drainOnSignal(running: Running): void {
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
}

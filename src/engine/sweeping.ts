import cron from "node-cron";
import type { Logger } from "pino";
import type { Engine } from "./engine.ts";
import type { Loop } from "./loop.ts";
import type { Metrics } from "./metrics.ts";

/** The sweep on its schedule, every second; a pass that is still running is not started again. */
export function startSweeping(engine: Engine, metrics: Metrics, log: Logger): Loop {
  let running: Promise<void> = Promise.resolve();
  const pass = async () => {
    try {
      metrics.swept(await engine.sweep());
    } catch (error) {
      log.error({ err: error }, "a sweep failed; the next one tries again");
    }
  };
  const start = () => {
    running = pass();
    return running;
  };
  const schedule = cron.schedule("* * * * * *", start, { noOverlap: true });
  return {
    nudge: () => void start(),
    async stop() {
      await schedule.stop();
      await running;
    },
  };
}

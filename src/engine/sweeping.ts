import cron from "node-cron";
import type { Logger } from "pino";
import type { Loop } from "./loop.ts";

/**
 * What runs on the schedule of every replica, every second: the passes follow each other, one that fails does not keep the others from running, and a
 * round that is still under way is not started again. `healthy` is told after each round in which nothing failed.
 */
export type Pass = { name: string; run: () => Promise<unknown>; everyRounds?: number };

export function startSweeping(passes: readonly Pass[], healthy: () => void, log: Logger): Loop {
  let running: Promise<void> = Promise.resolve();
  let rounds = 0;
  const round = async () => {
    let failed = 0;
    for (const { name, run, everyRounds = 1 } of passes) {
      if (rounds % everyRounds !== 0) continue;
      try {
        await run();
      } catch (error) {
        failed++;
        log.error({ err: error, pass: name }, "a pass of the sweep failed; the next round tries again");
      }
    }
    rounds++;
    if (failed === 0) healthy();
  };
  const start = () => {
    running = round();
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

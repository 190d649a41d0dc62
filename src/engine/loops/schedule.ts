import cron from "node-cron";
import type { Logger } from "pino";

/**
 * What runs on the schedule of every replica, every second: the passes follow each other, one that fails does not keep the others
 * from running, and a round that is still under way is not started again. `healthy` is told after each round in which nothing
 * failed.
 */
export type Pass = { name: string; run: () => Promise<unknown>; everyRounds?: number };

/** A round that takes longer than its second is no news: the lag is measured. */
function quiet(log: Logger) {
  const debug = (message: string | Error) => log.debug({ cron: String(message) }, "the schedule");
  return {
    info: debug,
    warn: debug,
    debug,
    error: (message: string | Error) => log.error({ cron: String(message) }, "the schedule"),
  };
}

export type Sweeping = {
  /** One whole round, whatever the schedule says; for tests and demonstrations that drive the clock. */
  round(): Promise<void>;
  stop(): Promise<void>;
};

export function startSweeping(passes: readonly Pass[], healthy: () => void, log: Logger): Sweeping {
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
  // Rounds never overlap, whoever asks for one.
  const next = () => {
    running = running.then(round);
    return running;
  };
  const schedule = cron.schedule("* * * * * *", next, { noOverlap: true, logger: quiet(log) });
  return {
    round: next,
    async stop() {
      await schedule.stop();
      await running;
    },
  };
}

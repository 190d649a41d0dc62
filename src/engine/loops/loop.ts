import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";

/**
 * A loop is start and stop around a `runOnce`; tests call `runOnce` themselves. It never overlaps itself, runs again at once when
 * nudged while running, and an error only costs the one pass.
 */
export type Loop = { nudge(): void; stop(): Promise<void> };

/** Between two passes that follow each other at once: nudges that come in a burst share one pass. */
const PAUSE_MS = 15;

export function startLoop(
  name: string,
  runOnce: () => Promise<void>,
  everyMs: number,
  log: Logger,
  pauseMs: () => number = () => PAUSE_MS,
): Loop {
  let stopped = false;
  let running: Promise<void> | null = null;
  let again = false;

  const pass = async () => {
    do {
      again = false;
      try {
        await runOnce();
      } catch (error) {
        log.error({ err: error, loop: name }, "a pass of the loop failed; the next one tries again");
      }
      if (again && !stopped) await sleep(pauseMs());
    } while (again && !stopped);
    running = null;
  };
  const nudge = () => {
    if (stopped) return;
    if (running === null) running = pass();
    else again = true;
  };
  const timer = setInterval(nudge, everyMs);
  nudge();
  return {
    nudge,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

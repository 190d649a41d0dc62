import type { OwnWork } from "./desk.ts";

/** Soon after somebody has looked: what they see is at most this old, and nothing is asked while nobody looks. */
const LOOK_AFTER_MS = 300;

/** What other agents do, as it was last read; looking at it has it read again. */
export function createOwnWork(
  read: () => Promise<OwnWork[]>,
  changed: () => void,
): { shown(): OwnWork[]; stop(): Promise<void> } {
  let known: OwnWork[] = [];
  let timer: NodeJS.Timeout | null = null;
  let reading = Promise.resolve();
  let stopped = false;
  const look = async () => {
    // Should it fail, what was known is shown until the next look.
    const found = await read().catch(() => known);
    timer = null;
    if (JSON.stringify(found) === JSON.stringify(known)) return;
    known = found;
    changed();
  };
  return {
    shown() {
      if (timer === null && !stopped) {
        timer = setTimeout(() => {
          reading = look();
        }, LOOK_AFTER_MS);
      }
      return known;
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await reading;
    },
  };
}

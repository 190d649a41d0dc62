import type { TimeControl } from "../local/slack/time-control.ts";
import { advanceClock, readShiftMs } from "../store/clock-shift.ts";

/**
 * The local Slack's "+10 min": moves the database's clock, which every deadline is judged on, and runs a round at once so that
 * what follows is seen.
 */
export async function openTimeControl(ownerUrl: string, round: () => Promise<void>): Promise<TimeControl> {
  let ms = await readShiftMs(ownerUrl);
  return {
    shiftMs: () => ms,
    async advance(byMs) {
      ms = await advanceClock(ownerUrl, byMs);
      await round();
    },
  };
}

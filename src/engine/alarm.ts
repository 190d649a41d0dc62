import { postLane } from "../domain/effects.ts";
import { closeAlarm, openAlarm } from "../store/alarms.ts";
import { oweMessage } from "../store/outbox.ts";
import { newDeliveryId } from "./ids.ts";
import type { EngineParts } from "./parts.ts";

/**
 * Alarms about the house itself (a delivery that cannot arrive, a configuration that is not usable): owed to the alarms channel like everything else, and
 * handed to the other routes when Slack does not take them (reroute.ts).
 */
type Parts = Pick<EngineParts, "pool" | "directory" | "log">;

export async function raiseAlarm(parts: Parts, text: string): Promise<void> {
  const channel = parts.directory().alarmsChannel;
  parts.log.error({ alarm: text }, "alarm");
  if (channel === null) return;
  await oweMessage(parts.pool, postLane(channel), { channel, text: `‼ ${text}`, alarm: true }, newDeliveryId());
}

/** A lasting condition rings once, whichever replica notices it, and again after this time if it still lasts. */
const RING_AGAIN_S = 3600;

export async function ringAlarm(parts: Parts, name: string, text: string): Promise<void> {
  if (await openAlarm(parts.pool, name, RING_AGAIN_S)) await raiseAlarm(parts, text);
}

/** It is over: the next time rings at once. */
export async function clearAlarm(parts: Pick<EngineParts, "pool">, name: string): Promise<void> {
  await closeAlarm(parts.pool, name);
}

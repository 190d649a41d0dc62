import { postLane } from "../domain/effects.ts";
import { oweMessage } from "../store/outbox.ts";
import { newDeliveryId } from "./ids.ts";
import type { EngineParts } from "./parts.ts";

/** Alarms about the house itself (a delivery that cannot arrive, a configuration that is not usable): owed to the alarms channel like everything else. */
export async function raiseAlarm(parts: Pick<EngineParts, "pool" | "directory" | "log">, text: string): Promise<void> {
  const channel = parts.directory().alarmsChannel;
  parts.log.error({ alarm: text }, "alarm");
  if (channel !== null) await oweMessage(parts.pool, postLane(channel), { channel, text: `🚨 ${text}` }, newDeliveryId());
}

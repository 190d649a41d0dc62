import { LIMITS } from "../../domain/base/limits.ts";
import { CLASS } from "../../domain/consequences/deliveries.ts";
import { updateLane } from "../../domain/consequences/lanes.ts";
import { listWaitingAt } from "../../store/cards.ts";
import { oweAll } from "../../store/outbox.ts";
import { newDeliveryId } from "../ids.ts";
import type { EngineParts } from "../parts.ts";

/**
 * Owes an update of every card that waits in a channel, because something about the channel itself has changed: each is drawn
 * from what is true when it goes.
 */
export async function redrawIn({ pool, directory }: Pick<EngineParts, "pool" | "directory">, channel: string): Promise<number> {
  const queues = [...directory().queues.values()].filter((queue) => queue.channel === channel).map(({ name }) => name);
  if (queues.length === 0) return 0;
  const ids = await listWaitingAt(pool, queues, channel, LIMITS.redrawn.value);
  const owed = ids.map((id) => ({
    lane: updateLane(channel),
    kind: "card_update" as const,
    escalationId: id,
    deliveryId: newDeliveryId(),
    payload: { channel },
    priority: CLASS.end,
    dedupe: `update:${id}:${channel}`,
  }));
  await oweAll(pool, owed);
  return owed.length;
}

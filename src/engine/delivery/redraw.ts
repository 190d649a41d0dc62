import { updateLane } from "../../domain/consequences/effects.ts";
import { listWaitingAt } from "../../store/cards.ts";
import { oweAll } from "../../store/outbox.ts";
import { newDeliveryId } from "../ids.ts";
import type { EngineParts } from "../parts.ts";

/** More than this waits in no channel that people read; what is beyond is drawn at its next change. */
const AT_ONCE_MAX = 2000;

/**
 * Owes an update of every card that waits in a channel, because something about the channel itself has changed: each is drawn
 * from what is true when it goes.
 */
export async function redrawIn({ pool, directory }: Pick<EngineParts, "pool" | "directory">, channel: string): Promise<number> {
  const queues = [...directory().queues.values()].filter((queue) => queue.channel === channel).map(({ name }) => name);
  if (queues.length === 0) return 0;
  const ids = await listWaitingAt(pool, queues, channel, AT_ONCE_MAX);
  const owed = ids.map((id) => ({
    lane: updateLane(channel),
    kind: "card_update" as const,
    escalationId: id,
    deliveryId: newDeliveryId(),
    payload: { channel },
    priority: 0,
    dedupe: `update:${id}:${channel}`,
  }));
  await oweAll(pool, owed);
  return owed.length;
}

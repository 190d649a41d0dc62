import { postLane } from "../domain/consequences/effects.ts";
import { oweMessage } from "../store/outbox.ts";
import { newDeliveryId } from "./ids.ts";
import type { EngineParts } from "./parts.ts";

/** A direct message that is owed like everything else: it arrives also when Slack is away just now. */
export const tellPerson = ({ pool }: Pick<EngineParts, "pool">, userId: string, text: string): Promise<void> =>
  oweMessage(pool, postLane(userId), { channel: userId, text }, newDeliveryId());

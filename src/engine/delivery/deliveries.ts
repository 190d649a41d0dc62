import type { Pool } from "pg";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import { listNotSent, oweAgain } from "../../store/outbox.ts";
import { inTransaction } from "../../store/pool.ts";
import { appendToStream } from "../append-to-stream.ts";
import { newDeliveryId } from "../ids.ts";

/** What an operator sees of the outbox, and sending again what was set aside. */
export const listDeliveries = (pool: Pool): Promise<Envelope[]> => listNotSent(pool, 200);
export async function resendDelivery(pool: Pool, id: number): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const deliveryId = await oweAgain(tx, id, newDeliveryId());
    if (deliveryId !== null) await appendToStream(tx, "deliveries", { event: "delivery_resent", id, delivery_id: deliveryId });
    return deliveryId !== null;
  });
}

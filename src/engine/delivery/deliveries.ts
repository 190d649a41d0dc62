import type { Pool } from "pg";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import { leaveOut, listNotSent, oweAgain } from "../../store/outbox.ts";
import { inTransaction } from "../../store/pool.ts";
import { appendToStream } from "../append-to-stream.ts";
import { newDeliveryId } from "../ids.ts";

/** What an operator sees of the outbox, sending again what was set aside, and leaving out what is not to go any more. */
export const listDeliveries = (pool: Pool): Promise<Envelope[]> => listNotSent(pool, 200);
export async function resendDelivery(pool: Pool, id: number): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const deliveryId = await oweAgain(tx, id, newDeliveryId());
    if (deliveryId !== null) await appendToStream(tx, "deliveries", { event: "delivery_resent", id, delivery_id: deliveryId });
    return deliveryId !== null;
  });
}

/** One that is on its way at the moment may still arrive. */
export async function skipDelivery(pool: Pool, id: number): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const skipped = await leaveOut(tx, id);
    if (skipped === null) return false;
    const { lane, kind, deliveryId, escalationId, status } = skipped;
    const facts = { event: "delivery_skipped", id, lane, kind, delivery_id: deliveryId, escalation_id: escalationId, status };
    await appendToStream(tx, "deliveries", facts);
    return true;
  });
}

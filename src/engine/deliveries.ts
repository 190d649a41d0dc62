import type { Pool } from "pg";
import { type Delivery, listNotSent, oweAgain } from "../store/outbox.ts";
import { newDeliveryId } from "./ids.ts";

/** What an operator sees of the outbox, and sending again what was set aside. */
export const listDeliveries = (pool: Pool): Promise<Delivery[]> => listNotSent(pool, 200);
export const resendDelivery = (pool: Pool, id: number): Promise<boolean> => oweAgain(pool, id, newDeliveryId());

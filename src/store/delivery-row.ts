import { z } from "zod";
import { type Delivery, type Envelope, readDelivery, type Unreadable } from "../domain/consequences/deliveries.ts";

/** The columns that `parse` needs. */
export const DELIVERY_COLUMNS = `id, lane, kind, escalation_id, agent_id, delivery_id, payload, generation, told, attempts,
  started_at, tried_at, status, last_error, created_at, run_at`;

const DeliveryRow = z.object({
  id: z.coerce.number(),
  lane: z.string(),
  kind: z.string(),
  escalation_id: z.string().nullable(),
  agent_id: z.string(),
  delivery_id: z.string(),
  payload: z.unknown(),
  generation: z.int(),
  told: z.int(),
  attempts: z.int(),
  started_at: z.date().nullable(),
  tried_at: z.date().nullable(),
  status: z.enum(["owed", "later", "uncertain", "dead"]),
  last_error: z.string().nullable(),
  created_at: z.date(),
  run_at: z.date(),
});
export function parse(row: unknown): { envelope: Envelope; payload: unknown } {
  const r = DeliveryRow.parse(row);
  const envelope = {
    id: r.id,
    lane: r.lane,
    kind: r.kind,
    escalationId: r.escalation_id,
    agentId: r.agent_id,
    deliveryId: r.delivery_id,
    generation: r.generation,
    told: r.told,
    attempts: r.attempts,
    startedAt: r.started_at,
    triedAt: r.tried_at,
    status: r.status,
    lastError: r.last_error,
    createdAt: r.created_at,
    runAt: r.run_at,
  };
  return { envelope, payload: r.payload };
}

export function parseDelivery(row: unknown): Delivery | Unreadable {
  const { envelope, payload } = parse(row);
  return readDelivery(envelope, payload);
}

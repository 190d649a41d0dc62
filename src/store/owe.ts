import type { Owed } from "../domain/consequences/deliveries.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { OWED_AGAIN } from "./outbox.ts";
import { WORKSPACE } from "./workspace.ts";

export type Dispatch = Owed & { deliveryId: string };
/** Rows of what is owed for the first time, and at once, by the ids of the deliveries. */
export type OwedRows = ReadonlyMap<string, { id: number; at: Date }>;
export const NO_ROWS: OwedRows = new Map();

/**
 * What written escalations owe, as CTEs of the statement that writes them: $3, a JSON array, for those in `written`. Deliveries
 * that several owe together (a batch, a Home) are one row, and rows that others may touch are taken in one order, so that batches
 * never deadlock.
 */
export const OWED_BY_WRITTEN = `clock AS MATERIALIZED (SELECT db_now() AS at),
owed AS (
  SELECT x.* FROM jsonb_to_recordset($3::jsonb) AS x(
    n int, id text, agent_id text, lane text, kind delivery_kind, delivery_id text, payload jsonb, priority int, dedupe text,
    after_ms int)
  JOIN written USING (id)),
once AS (
  SELECT DISTINCT ON (COALESCE(dedupe, delivery_id)) *, count(*) OVER (PARTITION BY COALESCE(dedupe, delivery_id)) AS times
    FROM owed ORDER BY COALESCE(dedupe, delivery_id), priority, after_ms, n),
sent AS (
  INSERT INTO outbox (workspace, lane, kind, escalation_id, agent_id, delivery_id, payload, priority, dedupe, generation, status,
    run_at, created_at)
  SELECT ${WORKSPACE}, lane, kind, id, agent_id, delivery_id, payload, priority, dedupe, times,
    CASE WHEN after_ms > 0 THEN 'later' ELSE 'owed' END::delivery_status, at + after_ms * interval '1 ms', at
  FROM once, clock ORDER BY dedupe NULLS FIRST, n
  ON CONFLICT (workspace, dedupe) WHERE dedupe IS NOT NULL DO UPDATE SET ${OWED_AGAIN}
  RETURNING id, delivery_id, generation, status, created_at)`;

export const owedRows = ({ id, agentId }: Escalation, owed: readonly Dispatch[]): object[] =>
  owed.map(({ deliveryId, afterMs = 0, ...one }, n) => ({
    n,
    id,
    agent_id: agentId,
    ...one,
    delivery_id: deliveryId,
    after_ms: afterMs,
  }));

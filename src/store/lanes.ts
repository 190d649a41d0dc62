import type { Queryable } from "./pool.ts";

/**
 * Whether a time has come. One that lies further ahead than anything is ever put off was written before the database's clock was
 * set back: it has come as well, or a pause of a second would last as long as the clock was wrong. What is held on purpose is
 * held for ever.
 */
export const hasCome = (column: string, most: string): string =>
  `(${column} <= (SELECT db_now()) OR (isfinite(${column}) AND ${column} > (SELECT db_now()) + interval '${most}'))`;
export const ROW_DUE = hasCome("o.run_at", "1 hour");
const LEASE_ENDED = hasCome("l.leased_until", "2 minutes");

/** Where a lane leads: what hangs on one transport must not hold up another. */
export const TRANSPORTS = ["slack", "callback", "other"] as const;
export type Transport = (typeof TRANSPORTS)[number];
const IS_OF: Record<Transport, string> = {
  slack: "starts_with(l.name, 'slack:')",
  callback: "starts_with(l.name, 'callback:')",
  other: "NOT starts_with(l.name, 'slack:') AND NOT starts_with(l.name, 'callback:')",
};
const freeLanes = (transport: Transport, limit: string): string =>
  `${transport} AS (SELECT l.name FROM lane l WHERE ${IS_OF[transport]} AND ${LEASE_ENDED}
    AND ${hasCome("l.not_before", "1 hour")}
    AND EXISTS (SELECT FROM outbox o WHERE o.lane = l.name AND o.status = 'owed' AND ${ROW_DUE})
    ORDER BY l.leased_until, random() LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
const LEASE_LANES = `WITH ${TRANSPORTS.map((transport, i) => freeLanes(transport, `$${i + 3}`)).join(",\n  ")}
  UPDATE lane SET lease = $1, leased_until = (SELECT db_now()) + make_interval(secs => $2)
  WHERE name IN (${TRANSPORTS.map((transport) => `SELECT name FROM ${transport}`).join(" UNION ALL ")})
  RETURNING name`;

/**
 * Leases lanes that have something to send now, at most `room` of each transport; lanes held by a living process are skipped.
 * `leaseS` outlasts any single send.
 */
export async function leaseLanes(
  db: Queryable,
  lease: string,
  room: Record<Transport, number>,
  leaseS: number,
): Promise<{ lane: string; transport: Transport }[]> {
  const { rows } = await db.query({
    name: "lease_lanes",
    text: LEASE_LANES,
    values: [lease, leaseS, ...TRANSPORTS.map((transport) => room[transport])],
  });
  return rows.map(({ name }) => ({ lane: name as string, transport: transportOf(name) }));
}

function transportOf(lane: string): Transport {
  if (lane.startsWith("slack:")) return "slack";
  return lane.startsWith("callback:") ? "callback" : "other";
}

/** Gives a lane back. Its pause, if any, stays. */
export async function releaseLane(db: Queryable, lane: string, lease: string): Promise<void> {
  await db.query({
    name: "release_lane",
    text: "UPDATE lane SET lease = NULL, leased_until = '-infinity' WHERE name = $1 AND lease = $2",
    values: [lane, lease],
  });
}

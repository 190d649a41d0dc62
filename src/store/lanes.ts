import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * Whether a time has come. One that lies further ahead than anything is ever put off was written before the database's clock was
 * set back: it has come as well, or a pause of a second would last as long as the clock was wrong. What is held on purpose is
 * held for ever.
 */
export const hasCome = (column: string, most: string, now = NOW): string =>
  `(${column} <= ${now} OR (isfinite(${column}) AND ${column} > ${now} + interval '${most}'))`;
const NOW = "(SELECT db_now())";
/** Nothing is put off for longer than this. */
export const PUT_OFF_MOST = "1 hour";
const LEASE_MOST = "2 minutes";

/** Where a lane leads: what hangs on one transport must not hold up another. */
export const TRANSPORTS = ["slack", "callback", "other"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Nobody holds it who still sends: free for `$1`, or its own. */
export const isFree = (now = NOW): string => `(l.lease IS NULL OR l.lease = $1 OR COALESCE((
  SELECT ${hasCome("d.leased_until", LEASE_MOST, now)} FROM deliverer d WHERE d.workspace = ${WORKSPACE}
    AND d.id = l.lease), true))`;

/** What has so long to go that a call to Slack that begins now is over before anybody else takes its lane. */
export const holds = (leftS: number): string => `(SELECT d.leased_until >= ${NOW} + interval '${leftS} s'
  AND NOT ${hasCome("d.leased_until", LEASE_MOST)} FROM deliverer d WHERE d.workspace = ${WORKSPACE} AND d.id = $1)`;

/** Says that this process still sends. Whoever has not said so for `leaseS` has lost its lanes to whoever asks for them. */
export async function renewLease(db: Queryable, deliverer: string, leaseS: number): Promise<void> {
  await db.query({
    name: "renew_lease",
    text: `INSERT INTO deliverer (workspace, id, leased_until)
        VALUES (${WORKSPACE}, $1, (SELECT db_now()) + make_interval(secs => $2))
      ON CONFLICT (workspace, id) DO UPDATE SET leased_until = excluded.leased_until`,
    values: [deliverer, leaseS],
  });
}

/** Takes lanes that nobody else holds; they stay with this process until it gives them back or its lease ends. */
export async function takeLanes(db: Queryable, deliverer: string, lanes: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query({
    name: "take_lanes",
    text: `INSERT INTO lane AS l (workspace, name, lease)
        SELECT ${WORKSPACE}, name, $1::text FROM unnest($2::text[]) AS x(name) ORDER BY name
      ON CONFLICT (workspace, name) DO UPDATE SET lease = excluded.lease WHERE ${isFree()} RETURNING name`,
    values: [deliverer, lanes],
  });
  return new Set(rows.map(({ name }) => name as string));
}

/** Gives lanes back; one that pauses keeps its row. */
export async function giveBackLanes(db: Queryable, deliverer: string, lanes: readonly string[]): Promise<void> {
  await db.query({
    name: "give_back_lanes",
    text: `WITH pausing AS (UPDATE lane SET lease = NULL WHERE workspace = ${WORKSPACE} AND name = ANY($2) AND lease = $1
        AND NOT ${hasCome("not_before", PUT_OFF_MOST)})
      DELETE FROM lane WHERE workspace = ${WORKSPACE} AND name = ANY($2) AND lease = $1
        AND ${hasCome("not_before", PUT_OFF_MOST)}`,
    values: [deliverer, lanes],
  });
}

/** This process sends no more: all it holds is anybody's. Beside it, what is left of processes that ended without a word. */
export async function giveAllBack(db: Queryable, deliverer: string): Promise<void> {
  await db.query({
    name: "give_all_back",
    text: `WITH mine AS (UPDATE lane SET lease = NULL WHERE workspace = ${WORKSPACE} AND lease = $1)
      DELETE FROM deliverer WHERE workspace = ${WORKSPACE} AND (id = $1 OR leased_until < (SELECT db_now()) - interval '1 day')`,
    values: [deliverer],
  });
}

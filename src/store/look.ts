import { z } from "zod";
import type { Delivery, Unreadable } from "../domain/consequences/deliveries.ts";
import { parseDelivery } from "./delivery-row.ts";
import { hasCome, isFree, PUT_OFF_MOST } from "./lanes.ts";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/**
 * What a process could send now, in one statement that writes nothing. It hops from lane to lane of those that something is owed
 * in, so what is idle, put off or sent costs nothing; and no further than `HOPS_MAX` lanes of a range, so that thousands that
 * pause cost no more than that. The lanes it was told of are looked at wherever they stand.
 */
export const HOPS_MAX = 256;
export type Range = {
  /** Lanes from after `after` up to `upTo`, compared by their bytes. */
  after: string;
  upTo: string;
  /** At most so many lanes, and so many rows of each. */
  lanes: number;
  rows: number;
  /** While this lane pauses, so does the whole range. */
  method: string | null;
};
/**
 * `told`: lanes in which something is owed, as this process knows. `turns`: whose turn was last in a lane. `busy` lanes are
 * passed over, and so are `inFlight` rows in the others.
 */
export type Wish = {
  deliverer: string;
  ranges: readonly Range[];
  told: readonly string[];
  busy: readonly string[];
  inFlight: readonly number[];
  turns: ReadonlyMap<string, string>;
};
export type Place = { channel: string; ts: string };
/**
 * `at`: where its card stands. `revision`: of its escalation then, while that is open. `isCrowded`: more is owed in its lane.
 * `isHeld`: the lane is this process's own.
 */
export type Seen = {
  delivery: Delivery | Unreadable;
  priority: number;
  at: Place | null;
  revision: number | null;
  isCrowded: boolean;
  isHeld: boolean;
};
/**
 * `leftS`: how long the lease of this process lasts; null where it has none. `isWaking`: the time of something has come.
 * `stoppedAt`: the lanes behind which ranges have more that was not looked at.
 */
export type Look = { rows: Seen[]; leftS: number | null; isWaking: boolean; stoppedAt: string[] };

const OWED = `o.workspace = ${WORKSPACE} AND o.status = 'owed'`;
const NOW = "(SELECT at FROM clock)";
const NEXT_LANE = (after: string) => `SELECT o.lane FROM outbox o
  WHERE ${OWED} AND o.lane > ${after} AND o.lane <= r.up_to ORDER BY o.lane LIMIT 1`;
const LATER = `SELECT o.run_at FROM outbox o WHERE o.workspace = ${WORKSPACE} AND o.status = 'later'`;
const COLUMNS = `o.id, o.lane, o.kind, o.escalation_id, o.agent_id, o.delivery_id, o.payload, o.generation, o.told, o.attempts,
  o.started_at, o.tried_at, o.status, o.last_error, o.created_at, o.run_at, o.priority`;

/** Of the most pressing class the next agent after the one that had its turn; else whatever stands first. */
const NEXT_ROWS = `SELECT * FROM (
    (SELECT ${COLUMNS}, 0 AS lap FROM outbox o WHERE ${OWED} AND o.lane = ready.name AND o.id <> ALL($8)
      AND o.agent_id > ready.turn
      AND o.priority = (SELECT h.priority FROM outbox h WHERE h.workspace = ${WORKSPACE} AND h.status = 'owed'
        AND h.lane = ready.name AND h.id <> ALL($8) ORDER BY h.priority, h.agent_id, h.id LIMIT 1)
      ORDER BY o.priority, o.agent_id, o.id LIMIT r.rows)
    UNION ALL (SELECT ${COLUMNS}, 1 FROM outbox o WHERE ${OWED} AND o.lane = ready.name AND o.id <> ALL($8)
      ORDER BY o.priority, o.agent_id, o.id LIMIT r.rows)) AS both_of_them LIMIT r.rows`;

const LOOK = `WITH clock AS MATERIALIZED (SELECT db_now() AS at),
  range AS (SELECT * FROM unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::text[])
    WITH ORDINALITY AS x(after, up_to, lanes, rows, method, n)),
  walked AS MATERIALIZED (SELECT r.*, ARRAY(
      WITH RECURSIVE hops AS (
        (${NEXT_LANE("r.after")})
        UNION ALL SELECT (${NEXT_LANE("h.lane")}) FROM hops h WHERE h.lane IS NOT NULL)
      SELECT lane FROM hops WHERE lane IS NOT NULL LIMIT ${HOPS_MAX}) AS walk
    FROM range r),
  found AS (SELECT ready.name AS lane_name, ready.is_held, next.*, r.n
    FROM walked r
    LEFT JOIN ${byKey("lane", "name = r.method")} m ON true
    CROSS JOIN LATERAL (
      SELECT hop.lane AS name, COALESCE(l.lease = $1, false) AS is_held, t.agent AS turn FROM (
        SELECT lane FROM unnest($11::text[]) AS told(lane) WHERE lane > r.after AND lane <= r.up_to AND lane <> ALL (r.walk)
          AND (SELECT true FROM outbox o WHERE ${OWED} AND o.lane = told.lane LIMIT 1)
        UNION ALL SELECT unnest(r.walk)) AS hop(lane)
      LEFT JOIN ${byKey("lane", "name = hop.lane")} l ON true
      LEFT JOIN unnest($9::text[], $10::text[]) AS t(lane, agent) ON t.lane = hop.lane
      WHERE hop.lane <> ALL($7) AND (l.name IS NULL OR (${hasCome("l.not_before", PUT_OFF_MOST, NOW)} AND ${isFree(NOW)}))
      LIMIT r.lanes) AS ready
    CROSS JOIN LATERAL (${NEXT_ROWS}) AS next
    WHERE m.name IS NULL OR ${hasCome("m.not_before", PUT_OFF_MOST, NOW)})
  SELECT f.*, c.channel AS at_channel, c.ts AS at_ts, v.revision AS revision,
    (SELECT count(*) FROM (SELECT FROM outbox o WHERE ${OWED} AND o.lane = f.lane LIMIT 2) AS two) > 1 AS is_crowded,
    COALESCE((${LATER} ORDER BY o.run_at LIMIT 1) <= ${NOW}, false) OR COALESCE((${LATER} AND o.run_at < 'infinity'
      ORDER BY o.run_at DESC LIMIT 1) > ${NOW} + interval '${PUT_OFF_MOST}', false) AS is_waking,
    (SELECT extract(epoch FROM d.leased_until - ${NOW})::float8 FROM deliverer d
      WHERE d.workspace = ${WORKSPACE} AND d.id = $1) AS left_s,
    ARRAY(SELECT walk[${HOPS_MAX}] FROM walked WHERE cardinality(walk) = ${HOPS_MAX}) AS stopped_at
  FROM (SELECT) AS once LEFT JOIN found f ON true
  LEFT JOIN ${byKey("card", "escalation_id = f.escalation_id AND place = f.payload ->> 'channel'")} c ON true
  LEFT JOIN ${byKey("live", "id = f.escalation_id")} v ON true
  ORDER BY f.n, f.lane, f.lap, f.priority, f.agent_id, f.id`;

const Row = z.object({
  priority: z.int(),
  at_channel: z.string().nullable(),
  at_ts: z.string().nullable(),
  revision: z.int().nullable(),
  is_crowded: z.boolean(),
  is_held: z.boolean(),
});
const About = z.object({ left_s: z.number().nullable(), is_waking: z.boolean(), stopped_at: z.array(z.string()) });

export async function look(db: Queryable, { deliverer, ranges, told, busy, inFlight, turns }: Wish): Promise<Look> {
  const { rows } = await db.query({
    name: "look",
    text: LOOK,
    values: [
      deliverer,
      ranges.map((range) => range.after),
      ranges.map((range) => range.upTo),
      ranges.map((range) => range.lanes),
      ranges.map((range) => range.rows),
      ranges.map((range) => range.method),
      busy,
      inFlight,
      [...turns.keys()],
      [...turns.values()],
      told,
    ],
  });
  const about = About.parse(rows[0]);
  const seen = rows.filter((row) => row.id !== null).map(seenOf);
  return { rows: seen, leftS: about.left_s, isWaking: about.is_waking, stoppedAt: about.stopped_at };
}

function seenOf(row: unknown): Seen {
  const { priority, at_channel, at_ts, revision, is_crowded, is_held } = Row.parse(row);
  const at = at_channel === null || at_ts === null ? null : { channel: at_channel, ts: at_ts };
  return { delivery: parseDelivery(row), priority, at, revision, isCrowded: is_crowded, isHeld: is_held };
}

/** Owes what was put off and whose time has come; answers in which lanes. */
export async function wake(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "wake",
    text: `WITH due AS (SELECT id FROM outbox WHERE workspace = ${WORKSPACE} AND status = 'later' AND run_at <= (SELECT db_now())
        ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED),
      beyond AS (SELECT id FROM outbox WHERE workspace = ${WORKSPACE} AND status = 'later'
          AND run_at > (SELECT db_now()) + interval '${PUT_OFF_MOST}' AND run_at < 'infinity'
        ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      UPDATE outbox SET status = 'owed' WHERE workspace = ${WORKSPACE}
        AND id = ANY (ARRAY(SELECT id FROM due UNION ALL SELECT id FROM beyond)) RETURNING lane`,
    values: [limit],
  });
  return rows.map(({ lane }) => lane as string);
}

import { z } from "zod";
import { BUCKET_MS, type Counted, type Counts, NO_COUNTS, type Sums, type Velocity } from "../domain/policy/velocity.ts";
import type { Queryable } from "./pool.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/**
 * How many and how much was asked for lately, kept as it is asked for. A sum has a row that names what was counted in it last,
 * and a row for each five minutes in which something was. Whoever was judged by a sum writes only if nothing was counted in it
 * since, and the row keeps the others waiting until it is known: nobody else waits, and no two see the same low sum.
 */

/** A sum as it was read. `last`: what was counted in it last, so that the write can see whether that is still so; null = none. */
export type SumRead = { last: string | null; counts: Counts };
export type VelocityRead = { now: Date; sums: ReadonlyMap<string, SumRead> };

const BUCKET = `interval '${BUCKET_MS} milliseconds'`;
/** Exact, so that what is taken back leaves what it had found, however large it was. Beyond a double: infinite. */
const sum = z.string().transform(Number);
const Row = z.object({
  sum: z.string(),
  last: z.string().nullable(),
  now: z.date(),
  count1h: z.int(),
  count24h: z.int(),
  sum1h: sum,
  sum24h: sum,
});

/**
 * The sums with these names. A window ends in the middle of a bucket and has all of it: it is up to five minutes longer than its
 * name says, and never shorter. `besides` is added in, such as what takes back what is judged once more.
 */
export async function readVelocity(
  db: Queryable,
  names: readonly string[],
  besides: readonly Counted[] = [],
): Promise<VelocityRead> {
  const { rows } = await db.query({
    name: "read_velocity",
    text: `WITH clock AS MATERIALIZED (SELECT db_now() AS at)
      SELECT s.name AS sum, v.last, clock.at AS now, c.* FROM clock, unnest($1::text[]) AS s(name)
      LEFT JOIN ${byKey("velocity_sum", "sum = decode(s.name, 'hex')")} v ON true
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(count) FILTER (WHERE starts_at > clock.at - interval '1 hour' - ${BUCKET}), 0)::int AS count1h,
          coalesce(sum(count), 0)::int AS count24h,
          coalesce(sum(amount) FILTER (WHERE starts_at > clock.at - interval '1 hour' - ${BUCKET}), 0)::text AS sum1h,
          coalesce(sum(amount), 0)::text AS sum24h
        FROM (SELECT b.starts_at, b.count, b.amount FROM velocity_bucket b
            WHERE b.workspace = ${WORKSPACE} AND b.sum = decode(s.name, 'hex')
          UNION ALL SELECT x.starts_at, x.count, x.amount
            FROM jsonb_to_recordset($2::jsonb) AS x(sum text, starts_at timestamptz, count int, amount numeric)
            WHERE x.sum = s.name) b
        WHERE starts_at > clock.at - interval '24 hours' - ${BUCKET}) c`,
    values: [names, JSON.stringify(besides.map(bucketRow))],
  });
  const read = z.array(Row).parse(rows);
  const [first] = read;
  if (first === undefined) throw new Error("no sum was asked for");
  return { now: first.now, sums: new Map(read.map(({ sum: name, last, now: _, ...counts }) => [name, { last, counts }])) };
}

/** What was read of an act's two sums: what it is judged by, and what its write is to find unchanged. */
export const velocityOf = ({ sums }: VelocityRead, { agent, target }: Sums): Velocity => ({
  agent: sums.get(agent)?.counts ?? NO_COUNTS,
  target: sums.get(target)?.counts ?? NO_COUNTS,
});
export const judgedBy = ({ sums }: VelocityRead, by: readonly Sums[]): { sum: string; last: string | null }[] =>
  [...new Set(by.flatMap(({ agent, target }) => [agent, target]))].map((sum) => ({ sum, last: sums.get(sum)?.last ?? null }));

/** Has everybody else who counts in these sums wait until the transaction ends, and begins those that are not there yet. */
export async function lockSums(tx: Queryable, names: readonly string[]): Promise<void> {
  await tx.query({
    name: "lock_sums",
    text: `INSERT INTO velocity_sum AS v (workspace, sum, last)
      SELECT ${WORKSPACE}, sum, ''
      FROM (SELECT DISTINCT decode(name, 'hex') AS sum FROM unnest($1::text[]) AS s(name)) s ORDER BY sum
      ON CONFLICT (workspace, sum) DO UPDATE SET last = v.last`,
    values: [names],
  });
}

/**
 * For the statement that writes escalations: `stale` names those (by `part`) in whose sums something was counted since they were
 * judged. All rows are taken in one order, and kept until the statement ends.
 */
export const judgedByText = (parameter: number): string => `
sums AS (SELECT * FROM jsonb_to_recordset($${parameter}::jsonb) AS x(part text, sum bytea, saw text, last text)),
marked AS (
  INSERT INTO velocity_sum AS v (workspace, sum, last, saw) SELECT ${WORKSPACE}, sum, last, saw FROM sums ORDER BY sum
  ON CONFLICT (workspace, sum) DO UPDATE SET last = excluded.last, saw = excluded.saw WHERE v.last = excluded.saw RETURNING sum),
stale AS (SELECT DISTINCT part FROM sums WHERE sum NOT IN (SELECT sum FROM marked))`;

/** What those in `written` count. What lies before the longest window is in nobody's sum any more, and its row may be gone. */
export const countText = (parameter: number): string => `,
counted AS (
  INSERT INTO velocity_bucket AS b (workspace, sum, starts_at, count, amount)
  SELECT ${WORKSPACE}, x.sum, x.starts_at, sum(x.count), sum(x.amount)
  FROM jsonb_to_recordset($${parameter}::jsonb) AS x(id text, sum bytea, starts_at timestamptz, count int, amount numeric)
  JOIN written USING (id) WHERE x.starts_at > (SELECT db_now()) - interval '24 hours' - ${BUCKET}
  GROUP BY x.sum, x.starts_at ORDER BY x.sum, x.starts_at
  ON CONFLICT (workspace, sum, starts_at) DO UPDATE SET count = b.count + excluded.count, amount = b.amount + excluded.amount)`;

export const bucketRow = ({ sum, startsAt, count, amount }: Counted) => ({ sum, starts_at: startsAt, count, amount });

/**
 * Buckets that no window reaches any more go, so many at a time, and the sums that have none left; returns how many went. That
 * they lie after the beginning of time is asked for because the index by time is for nobody else.
 */
export async function dropOldBuckets(db: Queryable, atMost: number): Promise<number> {
  const { rows } = await db.query({
    name: "drop_old_buckets",
    text: `WITH old AS (
        SELECT sum, starts_at FROM velocity_bucket
        WHERE workspace = ${WORKSPACE} AND starts_at < (SELECT db_now()) - interval '25 hours' AND starts_at > '-infinity'
        ORDER BY starts_at LIMIT $1 FOR UPDATE SKIP LOCKED),
      gone AS (
        DELETE FROM velocity_bucket b USING old WHERE b.workspace = ${WORKSPACE} AND b.sum = ANY (ARRAY(SELECT sum FROM old))
          AND b.sum = old.sum AND b.starts_at = old.starts_at),
      idle AS MATERIALIZED (
        SELECT v.sum, v.last FROM (SELECT sum, max(starts_at) AS newest FROM old GROUP BY sum) s
          CROSS JOIN ${byKey("velocity_sum", "sum = s.sum")} v
        WHERE s.newest = (SELECT b.starts_at FROM velocity_bucket b WHERE b.workspace = ${WORKSPACE} AND b.sum = s.sum
          ORDER BY b.starts_at DESC LIMIT 1)),
      ended AS (
        DELETE FROM velocity_sum v USING idle WHERE v.workspace = ${WORKSPACE} AND v.sum = ANY (ARRAY(SELECT sum FROM idle))
          AND v.sum = idle.sum AND v.last = idle.last)
      SELECT count(*)::int AS n FROM old`,
    values: [atMost],
  });
  return z.object({ n: z.int() }).parse(rows[0]).n;
}

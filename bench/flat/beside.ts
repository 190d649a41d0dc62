import type pg from "pg";
import { createDriver } from "../road/drive.ts";
import type { RealProcess } from "../road/real-process.ts";
import { HELD } from "../road/stand-in-slack.ts";
import { listTables, type Table } from "../rows.ts";

/** What piles up beside what is kept: lanes that wait, rows that were put off, and what velocity rules count. */

/**
 * One message that Slack does not take for a while, copied: with its lane into as many lanes, and put off by itself as often as that. A wait of hours would be taken for
 * a clock that was set back.
 */
export async function standStill(product: RealProcess, db: pg.Pool, wish: { lanes: number; postponed: number }): Promise<void> {
  const driver = createDriver(product, 1);
  const id = await driver.submit("bench.held");
  await driver.close();
  await product.slack.quiet();
  const tables = await listTables(db);
  const [outbox, lane] = ["outbox", "lane"].map((name) => tables.find((table) => table.name.endsWith(`.${name}`)));
  if (outbox === undefined || lane === undefined) throw new Error("there is no outbox, or no lane");
  const named = await db.query(
    "SELECT 1 FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE typname = 'delivery_status' AND enumlabel = 'later'",
  );
  const put = { ...(named.rows.length > 0 ? { status: "'later'" } : {}), run_at: "now() + interval '50 minutes'" };
  const other = (column: string) => `replace(t."${column}"::text, '${HELD}', 'C0H' || (n % ${wish.lanes}))`;
  const copy = (table: Table, count: number, as: Record<string, string>, where: string) => {
    const values = table.given.map((column) => as[column] ?? (table.types[column] === "text" ? other(column) : `t."${column}"`));
    const columns = table.given.map((column) => `"${column}"`).join();
    return db.query(
      `INSERT INTO ${table.name} (${columns}) SELECT ${values.join()} FROM ${table.name} t, generate_series(1, ${count}) n WHERE ${where}`,
    );
  };
  const about = `t.lane LIKE '%${HELD}%' AND t.escalation_id = '${id}'`;
  const ids = (prefix: string) => ({ delivery_id: `'dlv_${prefix}' || n`, dedupe: `'${prefix}' || n` });
  const { rowCount } = await copy(outbox, wish.lanes, ids("lane"), about);
  if (rowCount !== wish.lanes) throw new Error(`${rowCount} rows were copied into ${wish.lanes} lanes`);
  await copy(lane, wish.lanes, { not_before: "now() + interval '50 minutes'", lease: "NULL" }, `t.name LIKE '%${HELD}%'`);
  await copy(outbox, wish.postponed, { ...ids("later"), ...put }, about);
  await db.query("VACUUM ANALYZE");
}

/** As if so many of what was counted last had been asked for, evenly, over the whole day before. */
export async function countADay(db: pg.Pool, count: number): Promise<void> {
  const steps = 288;
  await db.query(
    `INSERT INTO velocity_bucket SELECT workspace, sum, starts_at - n * interval '5 minutes', $1::int, $1::int
     FROM (SELECT DISTINCT ON (workspace, sum) * FROM velocity_bucket ORDER BY workspace, sum, starts_at DESC) b, generate_series(1, ${steps - 1}) n
     ON CONFLICT (workspace, sum, starts_at) DO UPDATE SET count = excluded.count`,
    [Math.ceil(count / steps)],
  );
}

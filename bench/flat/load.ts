import pg from "pg";
import { timeOfId } from "../../src/engine/ids.ts";
import { listTables, namesIt, type Table } from "../rows.ts";

/**
 * Fills a database with escalations that are kept: what a few real ones have left, in whatever tables and columns that is by now, is copied under ids made
 * anew, in the order of time over the months before. Times are moved with them; times and hashes inside documents are not, so that copies read like others,
 * but do not verify.
 */
export type Load = {
  /** What is copied in turn: escalations that are over and of which everything was sent. */
  samples: readonly string[];
  count: number;
  /** How many there are already, and how many it will be in the end: over the days before now in even steps. */
  from: number;
  of: number;
  days: number;
};

const BATCH = 10_000;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** The time in an id, as `newEscalationId` writes it, and letters that nobody would draw twice. */
const FUNCTIONS = `
CREATE OR REPLACE FUNCTION pg_temp.time_name(at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE rest bigint := floor(extract(epoch FROM at) * 1000); name text := '';
BEGIN
  FOR i IN 1..8 LOOP
    name := substr('${ALPHABET}', (rest % ${ALPHABET.length})::int + 1, 1) || name;
    rest := rest / ${ALPHABET.length};
  END LOOP;
  RETURN name;
END $$;
CREATE TEMP TABLE IF NOT EXISTS batch (n bigint, sample int, id text, moved interval);`;

export async function loadKept(ownerUrl: string, load: Load, say: (line: string) => void): Promise<void> {
  const db = new pg.Client({ connectionString: ownerUrl });
  await db.connect();
  try {
    await db.query("SET synchronous_commit = off");
    await db.query(FUNCTIONS);
    await makeMonths(db, load.days);
    const copies = await prepareCopies(db, load.samples, say);
    const started = performance.now();
    let told = started;
    for (let done = 0; done < load.count; done += BATCH) {
      const size = Math.min(BATCH, load.count - done);
      await copyBatch(db, copies, load, load.from + done, size);
      if (performance.now() - told < 5000 && done + size < load.count) continue;
      told = performance.now();
      const each = (told - started) / (done + size);
      const left = Math.round((each * (load.count - done - size)) / 60_000);
      say(
        `  ${(done + size).toLocaleString("en-US")} of ${load.count.toLocaleString("en-US")} loaded, about ${left} minutes to go`,
      );
    }
    await db.query("DROP TABLE IF EXISTS batch");
    for (const { sample } of copies) await db.query(`DROP TABLE ${sample}`);
    say("  clearing up behind it");
    await db.query("VACUUM ANALYZE");
    await db.query("CHECKPOINT");
  } finally {
    await db.end();
  }
}

/** Months are made from this one on: by the owner's clock, set back for as long as its transaction lasts, also those that are over. */
async function makeMonths(db: pg.Client, days: number): Promise<void> {
  const { rows } = await db.query("SELECT to_regprocedure('make_partitions(text, integer)') IS NOT NULL AS there");
  if (rows[0].there !== true) return;
  await db.query("BEGIN");
  await db.query("UPDATE clock_shift SET shift = shift - make_interval(days => $1)", [days]);
  await db.query("SELECT make_partitions('', $1)", [Math.ceil(days / 28) + 1]);
  await db.query("UPDATE clock_shift SET shift = shift + make_interval(days => $1)", [days]);
  await db.query("COMMIT");
}

type Copy = { table: Table; sample: string; text: string };

/** A table of samples for each table in which any of them stands, and the statement that copies a batch from it. */
async function prepareCopies(db: pg.Client, samples: readonly string[], say: (line: string) => void): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const [i, table] of (await listTables(db)).entries()) {
    const sample = `sample_${i}`;
    await db.query(`DROP TABLE IF EXISTS ${sample}`);
    await db.query(
      `CREATE UNLOGGED TABLE ${sample} AS SELECT 0 AS sample_n, ''::text AS sample_id, t.* FROM ${table.name} t WHERE false`,
    );
    for (const [n, id] of samples.entries())
      await db.query(`INSERT INTO ${sample} SELECT ${n}, '${id}', t.* FROM ${table.name} t WHERE ${namesIt}`, [id]);
    const values = await valuesOf(db, table, sample);
    const { rows } = await db.query(`SELECT count(*)::int AS n FROM ${sample}`);
    const own = table.key.some((column) => values.get(column)?.renamed === true || !table.given.includes(column));
    if (rows[0].n === 0 || !own) {
      // A row that many share is not theirs to be copied.
      if (rows[0].n > 0) say(`  not copied, as its rows belong to more than one: ${table.name}`);
      await db.query(`DROP TABLE ${sample}`);
      continue;
    }
    const list = [...values.keys()].map((column) => `"${column}"`).join();
    const selected = [...values.values()].map(({ sql }) => sql).join();
    const text = `INSERT INTO ${table.name} (${list}) SELECT ${selected} FROM batch b JOIN ${sample} s ON s.sample_n = b.sample ORDER BY b.n`;
    copies.push({ table, sample, text });
    say(`  ${table.name}: ${(rows[0].n / samples.length).toFixed(1)} rows each`);
  }
  return copies;
}

type Value = { sql: string; renamed: boolean };

/** How each column of a copy is made from its sample. */
async function valuesOf(db: pg.Client, table: Table, sample: string): Promise<Map<string, Value>> {
  const values = new Map<string, Value>();
  for (const column of table.given) {
    const value = await copied(db, `s."${column}"`, table.types[column] ?? "text", sample);
    if (value !== null) values.set(column, value);
  }
  return values;
}

async function copied(db: pg.Client, column: string, type: string, sample: string): Promise<Value | null> {
  // Of the transaction that copies it.
  if (type === "xid8") return null;
  if (type.startsWith("timestamp")) return { sql: `${column} + b.moved`, renamed: false };
  const asText = type === "bytea" ? `encode(${column}, 'hex')` : `${column}::text`;
  const [was, is] = ["s.sample_id", "b.id"].map((id) => (type === "bytea" ? `encode(convert_to(${id}, 'UTF8'), 'hex')` : id));
  const { rows } = await db.query(
    `SELECT bool_or(${asText} LIKE '%' || ${was} || '%') AS named, bool_and(${asText} LIKE 'dlv\\_%') AS delivery FROM ${sample} s`,
  );
  if (rows[0].delivery === true) return { sql: "'dlv_' || substr(md5(random()::text), 1, 20)", renamed: true };
  if (rows[0].named !== true) return { sql: column, renamed: false };
  const renamed = `replace(${asText}, ${was}, ${is})`;
  return { sql: type === "bytea" ? `decode(${renamed}, 'hex')` : `(${renamed})::${type}`, renamed: true };
}

async function copyBatch(
  db: pg.Client,
  copies: readonly Copy[],
  { samples, days, of }: Load,
  from: number,
  size: number,
): Promise<void> {
  await db.query("BEGIN");
  await db.query("TRUNCATE batch");
  // A database is filled in the order in which things happened.
  const times = samples.map((id) => `'${(timeOfId(id) ?? new Date()).toISOString()}'`).join();
  await db.query(
    `INSERT INTO batch SELECT n, n % ${samples.length}, NULL, t.at - (ARRAY[${times}]::timestamptz[])[n % ${samples.length} + 1]
     FROM generate_series(${from}::bigint, ${from + size - 1}) n, LATERAL (SELECT now() - interval '${days} days' * (1 - n / ${of}.0) AS at) t`,
  );
  await db.query(
    `UPDATE batch SET id = 'esc_' || pg_temp.time_name((ARRAY[${times}]::timestamptz[])[sample + 1] + moved) || substr(md5('kept' || n), 1, 16)`,
  );
  for (const { text } of copies) await db.query(text);
  await db.query("COMMIT");
}

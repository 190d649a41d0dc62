import type pg from "pg";

/**
 * The rows that an escalation has in the database, whatever tables and columns that database has by now: a row belongs to it where it names it anywhere.
 * Values as text, because every type of Postgres reads what it has written.
 */
export type Row = Record<string, string | null>;
export type Table = {
  /** Quoted, with its schema. */
  name: string;
  columns: string[];
  types: Record<string, string>;
  /** Those that an insert has to give: not what Postgres counts up itself. */
  given: string[];
  key: string[];
};
/** By table, and in it by the values of its key. */
export type Snapshot = Map<Table, Map<string, Row>>;

/** What the product has made; what a benchmark has made begins with `bare` or `sample`. */
export async function listTables(db: pg.Pool | pg.Client): Promise<Table[]> {
  const { rows } = await db.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, a.columns, a.types, a.given, COALESCE(k.key, '{}') AS key
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
       LATERAL (SELECT array_agg(attname::text ORDER BY attnum) AS columns, array_agg(format_type(atttypid, atttypmod) ORDER BY attnum) AS types,
           array_agg(attname::text ORDER BY attnum) FILTER (WHERE attidentity = '' AND attgenerated = '') AS given
         FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
       LEFT JOIN LATERAL (SELECT array_agg(x.attname::text) AS key FROM pg_index i JOIN pg_attribute x ON x.attrelid = i.indrelid AND x.attnum = ANY (i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary) k ON true
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)' AND c.relname !~ '^(bare|sample)'
     ORDER BY c.oid`,
  );
  return rows.map(({ name, columns, types, given, key }) => ({
    name,
    columns,
    given,
    key,
    types: Object.fromEntries(columns.map((column: string, i: number) => [column, types[i]])),
  }));
}

/** A condition on a row that it names what `$1` says, written out or as bytes. */
export const namesIt = "t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'";

/** Reads every table to its end: for databases that hold little yet. */
export async function rowsNaming(db: pg.Pool | pg.Client, tables: readonly Table[], name: string): Promise<Snapshot> {
  const found: Snapshot = new Map();
  for (const table of tables) {
    const columns = table.columns.map((column) => `"${column}"::text AS "${column}"`).join();
    const { rows } = await db.query(`SELECT ${columns} FROM ${table.name} t WHERE ${namesIt}`, [name]);
    if (rows.length > 0) found.set(table, new Map(rows.map((row: Row) => [keyOf(table, row), row])));
  }
  return found;
}

const keyOf = (table: Table, row: Row): string =>
  (table.key.length > 0 ? table.key : table.columns).map((column) => row[column]).join("\u0000");

export type Change =
  | { kind: "insert"; table: Table; rows: Row[] }
  | { kind: "update"; table: Table; key: Row; set: Row }
  | { kind: "delete"; table: Table; key: Row };

/** What was done between two looks. */
export function changesBetween(before: Snapshot, after: Snapshot): Change[] {
  const changes: Change[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(table) ?? new Map<string, Row>(), after.get(table) ?? new Map<string, Row>()];
    const added = [...is].filter(([key]) => !was.has(key)).map(([, row]) => row);
    if (added.length > 0) changes.push({ kind: "insert", table, rows: added });
    for (const [key, row] of was) {
      const now = is.get(key);
      const own = (all: Row, columns: readonly string[]) => Object.fromEntries(columns.map((one) => [one, all[one] ?? null]));
      if (now === undefined) changes.push({ kind: "delete", table, key: own(row, table.key) });
      else {
        const changed = table.columns.filter((column) => now[column] !== row[column]);
        if (changed.length > 0) changes.push({ kind: "update", table, key: own(row, table.key), set: own(now, changed) });
      }
    }
  }
  return changes;
}

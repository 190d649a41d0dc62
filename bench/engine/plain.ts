import pg from "pg";
import { newDeliveryId, newEscalationId } from "../../src/engine/ids.ts";
import { perSecond } from "../per-second.ts";
import { type Change, changesBetween, listTables, type Row, rowsNaming, type Snapshot } from "../rows.ts";
import type { EngineAlone, Steps } from "./product.ts";

/**
 * The baseline: the same work as one cycle (submit → decide → resume), done by plain SQL. The same rows with the same documents go into the same tables, indexes,
 * CHECKs and triggers of theirs included, because that is what has to be durable; nothing of ours runs around it: no policy, no hashing. Each step is the
 * textbook transaction of five round trips: BEGIN, lock and read (or insert), write, attach, COMMIT. What a step has written is seen in the database, so that
 * this stays true of whatever it writes.
 */
export type Sample = { steps: Statement[][] };
type Statement = { name: string; text: string; values: ((ids: Ids) => string | null)[] };
/** What another cycle calls itself. */
type Ids = { id: string; delivery: () => string };

const STATEMENTS_EACH_STEP = 3;

/** One cycle of the product as the statements that would leave the same rows. */
export async function takeSample(ownerUrl: string, product: EngineAlone, steps: Steps): Promise<Sample> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const tables = await listTables(client);
  const taken: Statement[][] = [];
  const id = await steps.submit(product);
  let before: Snapshot = new Map();
  for (const [n, step] of [async () => {}, steps.decide, steps.resume].entries()) {
    await step(product, id);
    const after = await rowsNaming(client, tables, id);
    taken.push(statementsOf(changesBetween(before, after), id, `plain_${n}`));
    before = after;
  }
  await client.end();
  return { steps: taken };
}

/** Three statements: where a row is changed it is locked and read first. */
function statementsOf(changes: readonly Change[], id: string, name: string): Statement[] {
  const hot = changes.find((change) => change.kind === "update");
  const lock = hot === undefined ? [] : [lockOf(hot, id)];
  const [first, ...rest] = [...changes].sort((a, b) => Number(b.kind === "update") - Number(a.kind === "update"));
  const middle = Math.ceil(rest.length / 2);
  const groups = [
    first === undefined ? [] : [first],
    ...(lock.length > 0 ? [rest] : [rest.slice(0, middle), rest.slice(middle)]),
  ];
  return [...lock, ...groups.filter((group) => group.length > 0).map((group) => writeOf(group, id))]
    .slice(0, STATEMENTS_EACH_STEP)
    .map((statement, n) => ({ ...statement, name: `${name}_${n}` }));
}

type Values = Statement["values"];
const next = (values: Values, value: string | null | undefined, id: string): string => `$${values.push(anew(value, id))}`;

function anew(value: string | null | undefined, id: string): (ids: Ids) => string | null {
  if (value === null || value === undefined) return () => null;
  if (value.startsWith("dlv_")) return ({ delivery }) => delivery();
  return value.includes(id) ? (ids) => value.replaceAll(id, ids.id) : () => value;
}

const where = (key: Row, values: Values, id: string) =>
  Object.entries(key)
    .map(([column, value]) => `"${column}" = ${next(values, value, id)}`)
    .join(" AND ");

function lockOf({ table, key }: Extract<Change, { kind: "update" }>, id: string): Statement {
  const values: Values = [];
  return { name: "", text: `SELECT * FROM ${table.name} WHERE ${where(key, values, id)} FOR UPDATE`, values };
}

function writeOf(changes: readonly Change[], id: string): Statement {
  const values: Values = [];
  const texts = changes.map((change) => {
    const { table } = change;
    if (change.kind === "delete") return `DELETE FROM ${table.name} WHERE ${where(change.key, values, id)}`;
    if (change.kind === "update") {
      const set = Object.entries(change.set).map(([column, value]) => `"${column}" = ${next(values, value, id)}`);
      return `UPDATE ${table.name} SET ${set.join()} WHERE ${where(change.key, values, id)}`;
    }
    const rows = change.rows.map((row) => `(${table.given.map((column) => next(values, row[column], id)).join()})`);
    return `INSERT INTO ${table.name} (${table.given.map((column) => `"${column}"`).join()}) VALUES ${rows.join()}`;
  });
  const last = texts.pop() ?? "SELECT 1";
  const before = texts.map((text, n) => `w${n} AS (${text})`);
  return { name: "", text: before.length === 0 ? last : `WITH ${before.join()} ${last}`, values };
}

/** Cycles a second. */
export async function plainCycle(ownerUrl: string, { steps }: Sample, together: number, total: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: Math.min(16, together) });
  const rate = await perSecond(together, total, async () => {
    const ids = { id: newEscalationId(new Date(), ""), delivery: newDeliveryId };
    for (const statements of steps) await transaction(pool, statements, ids);
  });
  await pool.end();
  return rate;
}

async function transaction(pool: pg.Pool, statements: readonly Statement[], ids: Ids): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    for (const { name, text, values } of statements) await client.query({ name, text, values: values.map((as) => as(ids)) });
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

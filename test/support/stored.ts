import type pg from "pg";
import { canonicalJson } from "../../src/domain/shapes/canonical.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import type { Dispatch } from "../../src/store/owe.ts";
import type { Queryable } from "../../src/store/pool.ts";
import type { Write } from "../../src/store/write.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import type { TestDatabase } from "./database.ts";
import { opened, requestFor } from "./domain.ts";

/** Escalations as they lie in the database, for tests of the store; and what the database does to answer a query of the product. */
export const waitingOne = (): Escalation => ({
  ...opened(requestFor("cloud.restart_service", { service: "s" }, { action: { target: "i-prod-1" } })),
  auditSeq: 1,
  auditHash: "0".repeat(64),
});

export const writeOf = (before: Escalation | null, after: Escalation, owed: readonly Dispatch[] = []): Write => {
  const { request, ruling } = after;
  return {
    before,
    after,
    entries: [],
    owed,
    votes: [],
    decisions: [],
    onlyBefore: null,
    configuration: null,
    clockOffsetMs: null,
    opening:
      before === null ? { checkpoint: null, media: [], idempotencyKey: null, content: canonicalJson({ request, ruling }) } : null,
    counted: [],
    judgedBy: [],
  };
};

export async function storeFirst(db: TestDatabase, first: Escalation): Promise<void> {
  await db.owner.query("INSERT INTO policy_version (hash, source) VALUES ($1, '')", [first.ruling.policyVersion]);
  await db.owner.query("INSERT INTO agent (id, name, scopes, callback_secrets) VALUES ($1, $2, '{}', '{s}')", [
    first.agentId,
    first.agentName,
  ]);
  await writeEscalations(db.pool, [writeOf(null, first)]);
}

/** Copies what is stored as `id`, `count` times; `as`: SQL for the columns that differ, where `n` counts from 1. */
export async function storeCopies(
  db: { owner: Pick<pg.Client, "query"> },
  id: string,
  count: number,
  as: Record<string, string>,
): Promise<void> {
  for (const table of ["opened", "ended_at" in as ? "ended" : "live"]) {
    const { rows } = await db.owner.query("SELECT column_name FROM information_schema.columns WHERE table_name = $1", [table]);
    const columns = rows
      .map((row) => row.column_name as string)
      .filter((column) => column !== "ruling" || table === "opened" || "ruling" in as);
    await db.owner.query(
      `INSERT INTO ${table} (${columns.join()}) SELECT ${columns.map((column) => as[column] ?? `e.${column}`).join()}
       FROM ${table === "opened" ? "opened" : "escalation"} e, generate_series(1, ${count}) n WHERE e.id = $1`,
      [id],
    );
  }
}

export type Node = {
  "Node Type": string;
  "Index Name"?: string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: Node[];
};
const all = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(all)];

/** Every node of the plan that the product's own connections use for what `ask` asks: prepared, so the plan for any values. */
export async function planOf(pool: pg.Pool, ask: (db: Queryable) => Promise<unknown>): Promise<Node[]> {
  const [plan, ...more] = await plansOf(pool, ask);
  if (plan === undefined || more.length > 0) throw new Error(`${more.length + 1} queries`);
  return plan;
}

/** The same of several queries, one after the other. */
export async function plansOf(pool: pg.Pool, ask: (db: Queryable) => Promise<unknown>): Promise<Node[][]> {
  const asked: { text: string; values?: unknown[] }[] = [];
  const listen = async (query: { text: string; values?: unknown[] }) => {
    asked.push(query);
    return pool.query({ ...query, name: undefined } as unknown as pg.QueryConfig);
  };
  await ask({ query: listen } as unknown as Queryable);
  const client = await pool.connect();
  try {
    const plans: Node[][] = [];
    for (const query of asked) {
      const values = (query.values ?? []).map((value) => (value === null ? "NULL" : client.escapeLiteral(literalOf(value))));
      await client.query(`PREPARE looked_at AS ${query.text}`);
      const args = values.length === 0 ? "" : `(${values.join()})`;
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE looked_at${args}`);
      await client.query("DEALLOCATE looked_at");
      plans.push(all(rows[0]["QUERY PLAN"][0].Plan));
    }
    return plans;
  } finally {
    client.release();
  }
}

function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map((one) => (one === null ? "NULL" : JSON.stringify(String(one)))).join()}}`;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** Rows that a node has touched in all, whether it passed them on or not. */
export const touched = (node: Node): number =>
  node["Actual Loops"] *
  (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0));

/** Pages that the whole plan has looked at. */
export const pagesOf = ([root]: readonly Node[]): number =>
  (root?.["Shared Hit Blocks"] ?? 0) + (root?.["Shared Read Blocks"] ?? 0);

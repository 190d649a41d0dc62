import { randomUUID } from "node:crypto";
import pg from "pg";
import { perSecond } from "./per-second.ts";

/**
 * The baseline: the same work as one cycle (submit → decide → resume), done by plain SQL. The same rows with the same documents go into the same tables, indexes,
 * CHECKs and triggers of theirs included, because that is what has to be durable; nothing of ours runs around it: no policy, no HTTP, no rendering, no
 * hashing. Each step is the textbook transaction of five round trips: BEGIN, lock and read (or insert), write, attach, COMMIT.
 */
export type Sample = {
  opened: Record<string, unknown>;
  live: Record<string, unknown>;
  entries: { body: Buffer; hash: Buffer; secrets: unknown; step: number }[];
  owed: { lane: string; kind: string; payload: unknown; priority: number }[];
};

const STEPS = 3;

/** One cycle of the product as it lies in the database: what the baseline writes again under other ids. */
export async function takeSample(ownerUrl: string, id: string): Promise<Sample> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const opened = (await client.query("SELECT * FROM opened WHERE id = $1", [id])).rows[0];
  const live = (await client.query("SELECT * FROM live WHERE id = $1", [id])).rows[0];
  const audit = await client.query(
    "SELECT seq, body, hash, secrets FROM audit_entry LEFT JOIN audit_secret USING (stream, seq) WHERE stream = $1 ORDER BY seq",
    [`escalation/${id}`],
  );
  const outbox = await client.query("SELECT lane, kind, payload, priority FROM outbox WHERE escalation_id = $1 ORDER BY id", [
    id,
  ]);
  await client.end();
  const stepOf = (event: string) => (event === "opened" || event === "paged" ? 0 : event === "resumed" ? 2 : 1);
  const entries = audit.rows.map((row) => ({
    body: row.body as Buffer,
    hash: row.hash as Buffer,
    secrets: row.secrets ?? {},
    step: stepOf(JSON.parse((row.body as Buffer).toString("utf8")).event),
  }));
  return { opened, live, entries, owed: outbox.rows };
}

/** Cycles a second. */
export async function plainCycle(ownerUrl: string, sample: Sample, together: number, total: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: Math.min(16, together) });
  const insert = insertOf(sample);
  const rate = await perSecond(together, total, async () => {
    const id = `esc_${randomUUID().replaceAll("-", "")}`;
    for (let step = 0; step < STEPS; step++) await transaction(pool, sample, insert, id, step);
  });
  await pool.end();
  return rate;
}

async function transaction(pool: pg.Pool, sample: Sample, insert: string, id: string, step: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    if (step === 0)
      await client.query({
        name: "plain_insert",
        text: insert,
        values: [...rowOf(sample.opened, id), ...rowOf(sample.live, id)],
      });
    else {
      await client.query({ name: "plain_lock", text: "SELECT * FROM live WHERE id = $1 FOR UPDATE", values: [id] });
      await client.query({
        name: "plain_update",
        text: "UPDATE live SET state = $2, revision = revision + 1, progress = $3, due_at = $4, audit_seq = audit_seq + 1, updated_at = db_now() WHERE id = $1",
        values: [id, sample.live["state"], JSON.stringify(sample.live["progress"]), sample.live["due_at"]],
      });
    }
    await attach(client, sample, id, step);
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

/** Both rows of an escalation in one statement. */
function insertOf({ opened, live }: Sample): string {
  const first = Object.keys(opened);
  const into = (table: string, columns: readonly string[], from: number) =>
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((_, i) => `$${from + i}`).join(", ")})`;
  return `WITH opened AS (${into("opened", first, 1)}) ${into("live", Object.keys(live), first.length + 1)}`;
}

const JSON_COLUMNS = new Set(["request", "checkpoint", "ruling", "progress"]);
const rowOf = (row: Record<string, unknown>, id: string): unknown[] =>
  Object.entries({ ...row, id }).map(([name, value]) =>
    JSON_COLUMNS.has(name) && value !== null ? JSON.stringify(value) : value,
  );

/** Audit entries with their private values, what is owed, and the vote and the decision, each kind of row by a plain multi-row insert. */
async function attach(client: pg.PoolClient, sample: Sample, id: string, step: number): Promise<void> {
  const entries = sample.entries.map((entry, i) => ({ ...entry, seq: i + 1 })).filter((entry) => entry.step === step);
  const share = Math.ceil(sample.owed.length / STEPS);
  const owed = sample.owed.slice(step * share, (step + 1) * share);
  await client.query({
    name: "plain_audit",
    text: `WITH e AS (INSERT INTO audit_entry (stream, seq, at, body, hash) SELECT $1, u.seq, db_now(), u.body, u.hash FROM unnest($2::int[], $3::bytea[], $4::bytea[]) AS u(seq, body, hash)),
        s AS (INSERT INTO audit_secret (stream, seq, secrets) SELECT $1, u.seq, u.secrets FROM unnest($2::int[], $5::jsonb[]) AS u(seq, secrets)),
        v AS (INSERT INTO vote SELECT $6, 1, 1, 'U0NIK', 'T0LOCAL', 'approve', NULL, db_now() WHERE $7)
      INSERT INTO decision SELECT $6, 1, 'approve', 'human', 'hard_approval', db_now(), db_now() + interval '1 hour', $8 WHERE $7`,
    values: [
      `escalation/${id}`,
      entries.map((entry) => entry.seq),
      entries.map((entry) => entry.body),
      entries.map((entry) => entry.hash),
      entries.map((entry) => JSON.stringify(entry.secrets)),
      id,
      step === 1,
      sample.live["action_digest"],
    ],
  });
  await client.query({
    name: "plain_outbox",
    text: `INSERT INTO outbox (lane, kind, escalation_id, delivery_id, payload, priority, dedupe)
      SELECT u.lane, u.kind, $1, $1 || ':' || $6 || ':' || u.n, u.payload, u.priority, 'plain:' || $1 || ':' || $6 || ':' || u.n
      FROM unnest($2::text[], $3::delivery_kind[], $4::jsonb[], $5::int[]) WITH ORDINALITY AS u(lane, kind, payload, priority, n)`,
    values: [
      id,
      owed.map((one) => one.lane),
      owed.map((one) => one.kind),
      owed.map((one) => JSON.stringify(one.payload)),
      owed.map((one) => one.priority),
      String(step),
    ],
  });
}

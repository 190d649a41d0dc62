import pg from "pg";
import { call, type Product, REQUEST } from "./product.ts";

const SWEEPS = 400;

/** What time costs: a sweep that finds nothing, and one that finds a backlog. */
/** Median of a sweep with nothing due, over that many open escalations (copied in the database, due tomorrow). */
export async function sweepCost(product: Product, open: number): Promise<{ idleMs: number }> {
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  owner.on("error", () => {});
  await owner.connect();
  await owner.query(
    "UPDATE escalation SET due_at = due_at + interval '10 days', deadline = deadline + interval '10 days' WHERE ended_at IS NULL",
  );
  // One resumed escalation, copied as waiting until well after the bench; the copies carry no history of their own.
  await owner.query(
    `INSERT INTO escalation (id, agent_id, kind, state, tier, version, revision, round, queue, environment, policy_version, action_digest, request, ruling, progress,
      sla_at, deadline, due_at, state_since, request_hash, audit_seq, audit_hash, created_at, updated_at)
     SELECT 'esc_bench' || n, agent_id, kind, 'paused_pending_human', tier, version, revision, round, queue, environment, policy_version, action_digest, '{}', '{}', '{}',
      sla_at, now() + interval '10 days', now() + interval '10 days', state_since, request_hash, audit_seq, audit_hash, created_at, updated_at
     FROM (SELECT * FROM escalation WHERE state = 'resuming' LIMIT 1) e, generate_series((SELECT count(*)::int FROM escalation WHERE id LIKE 'esc_bench%') + 1, $1) n`,
    [open],
  );
  // What a million new rows leave behind (vacuum, dirty pages) is over before anything is timed.
  await owner.query("VACUUM ANALYZE escalation");
  await owner.query("CHECKPOINT");
  await owner.end();
  const times: number[] = [];
  for (let i = 0; i < SWEEPS; i++) {
    const started = performance.now();
    await product.running.engine.sweep();
    times.push(performance.now() - started);
  }
  return { idleMs: times.sort((a, b) => a - b)[SWEEPS / 2] ?? 0 };
}

/**
 * One pass over a backlog of overdue escalations (all past their deadline, so each is timed out with its audit entry and its deliveries), and how long something
 * waited that became due while the pass was under way: a backlog must not starve what is new.
 */
export async function sweepBacklog(
  product: Product,
  items: number,
): Promise<{ items: number; msEach: number; newcomerShare: number }> {
  const { id } = await call(product, "/escalations", REQUEST);
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  await owner.connect();
  const columns = await columnsOf(owner);
  const copy = (prefix: string, due: string, count: number) =>
    owner.query(
      `INSERT INTO escalation (id, due_at, deadline, ${columns})
       SELECT $2 || n, ${due}, ${due}, ${columns} FROM (SELECT * FROM escalation WHERE id = $1) e, generate_series(1, ${count}) n`,
      [id, prefix],
    );
  await copy("esc_newcomer", "now() + interval '9 days'", 1);
  await copy("esc_backlog", "now() + interval '9 days'", items);
  await owner.query(
    "UPDATE escalation SET due_at = due_at - interval '10 days', deadline = deadline - interval '10 days' WHERE id LIKE 'esc_backlog%'",
  );
  const started = performance.now();
  const passes = product.running.round();
  // By now the pass is in the middle of it.
  await new Promise((resolve) => setTimeout(resolve, Math.min(2000, items / 20)));
  await owner.query("UPDATE escalation SET due_at = now(), deadline = now() WHERE id = 'esc_newcomer1'");
  const due = performance.now();
  let waited = 0;
  while (waited === 0) {
    const { rows } = await owner.query("SELECT ended_at IS NOT NULL AS ended FROM escalation WHERE id = 'esc_newcomer1'");
    if (rows[0]?.ended === true) waited = performance.now() - due;
    else await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await passes;
  const took = performance.now() - started;
  await owner.end();
  return { items, msEach: took / items, newcomerShare: waited / took };
}

async function columnsOf(owner: pg.Client): Promise<string> {
  const { rows } = await owner.query(
    "SELECT string_agg(column_name, ', ') AS list FROM information_schema.columns WHERE table_name = 'escalation' AND column_name NOT IN ('id', 'due_at', 'deadline')",
  );
  return rows[0]?.list ?? "";
}

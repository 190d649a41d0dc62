import pg from "pg";
import { storeCopies } from "../../test/support/stored.ts";
import { type EngineAlone, STEPS } from "./product.ts";

const SWEEPS = 400;

/** What time costs: a sweep that finds nothing, and one that finds a backlog. */
/** Median of a sweep with nothing due, over that many open escalations (copied in the database, due tomorrow). */
export async function sweepCost(product: EngineAlone, open: number): Promise<{ idleMs: number }> {
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  owner.on("error", () => {});
  await owner.connect();
  const later = "now() + interval '10 days'";
  await owner.query(`UPDATE live SET due_at = ${later}, deadline = ${later}`);
  // One waiting escalation, copied as waiting until well after the bench; the copies carry no history of their own.
  const id = await STEPS.submit(product);
  const { rows } = await owner.query("SELECT count(*)::int AS n FROM live WHERE id LIKE 'esc_bench%'");
  const empty = { content: "''::bytea", progress: "'{}'" };
  await storeCopies({ owner }, id, open - rows[0].n, {
    ...empty,
    id: `'esc_bench' || n + ${rows[0].n}`,
    idempotency_key: "NULL",
    due_at: later,
    deadline: later,
  });
  // What a million new rows leave behind (vacuum, dirty pages) is over before anything is timed.
  await owner.query("VACUUM ANALYZE");
  await owner.query("CHECKPOINT");
  await owner.end();
  const times: number[] = [];
  for (let i = 0; i < SWEEPS; i++) {
    const started = performance.now();
    await product.engine.sweep();
    times.push(performance.now() - started);
  }
  return { idleMs: times.sort((a, b) => a - b)[SWEEPS / 2] ?? 0 };
}

/**
 * One pass over a backlog of overdue escalations (all past their deadline, so each is timed out with its audit entry and its deliveries), and how long something
 * waited that became due while the pass was under way: a backlog must not starve what is new.
 */
export async function sweepBacklog(
  product: EngineAlone,
  items: number,
): Promise<{ items: number; msEach: number; newcomerShare: number }> {
  const id = await STEPS.submit(product);
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  await owner.connect();
  const later = "now() + interval '9 days'";
  const copy = (prefix: string, count: number) =>
    storeCopies({ owner }, id, count, { id: `'${prefix}' || n`, idempotency_key: "NULL", due_at: later, deadline: later });
  await copy("esc_newcomer", 1);
  await copy("esc_backlog", items);
  await owner.query(
    "UPDATE live SET due_at = due_at - interval '10 days', deadline = deadline - interval '10 days' WHERE id LIKE 'esc_backlog%'",
  );
  const started = performance.now();
  const passes = product.engine.sweep();
  // By now the pass is in the middle of it.
  await new Promise((resolve) => setTimeout(resolve, Math.min(2000, items / 20)));
  await owner.query("UPDATE live SET due_at = now(), deadline = now() WHERE id = 'esc_newcomer1'");
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

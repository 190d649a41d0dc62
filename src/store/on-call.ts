import { z } from "zod";
import type { KeptAnswer } from "../domain/on-call/roster.ts";
import type { Override } from "../domain/on-call/rotation.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** What the replicas share about who is on call. */
const Answer = z.object({
  source: z.string(),
  user_ids: z.array(z.string()),
  at: z.date(),
  until: z.date().nullable(),
  fault: z.string().nullable(),
  asked_at: z.date(),
});
export type StoredAnswer = KeptAnswer & { source: string; askedAt: Date };

export async function readAnswers(db: Queryable): Promise<StoredAnswer[]> {
  const { rows } = await db.query({
    name: "on_call_answers",
    text: `SELECT source, user_ids, at, until, fault, asked_at FROM on_call_answer WHERE workspace = ${WORKSPACE}
      ORDER BY source LIMIT 1000`,
  });
  return z
    .array(Answer)
    .parse(rows)
    .map(({ user_ids, asked_at, ...rest }) => ({ ...rest, userIds: user_ids, askedAt: asked_at }));
}

/**
 * Takes the question for this process when nobody has asked it within `everyS`: only one replica asks an outside service at a
 * time. A source that was never asked gets its first, empty row here. One that was asked in the future was asked before the
 * database's clock was set back: it is asked again, or nobody would ask for as long as the clock was wrong.
 */
export async function beginAsking(db: Queryable, source: string, everyS: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "begin_asking",
    text: `INSERT INTO on_call_answer (workspace, source, user_ids, at, fault, asked_at)
      VALUES (${WORKSPACE}, $1, '{}', 'epoch', 'not answered yet', (SELECT db_now()))
      ON CONFLICT (workspace, source) DO UPDATE SET asked_at = (SELECT db_now())
        WHERE on_call_answer.asked_at <= (SELECT db_now()) - make_interval(secs => $2)
          OR on_call_answer.asked_at > (SELECT db_now())`,
    values: [source, everyS],
  });
  return rowCount === 1;
}

export async function saveAnswer(db: Queryable, source: string, userIds: readonly string[], until: Date | null): Promise<void> {
  await db.query({
    name: "save_on_call_answer",
    text: `INSERT INTO on_call_answer (workspace, source, user_ids, at, until, asked_at)
      VALUES (${WORKSPACE}, $1, $2, (SELECT db_now()), $3, (SELECT db_now()))
      ON CONFLICT (workspace, source) DO UPDATE
        SET user_ids = excluded.user_ids, at = excluded.at, until = excluded.until, fault = NULL,
        asked_at = excluded.asked_at`,
    values: [source, userIds, until],
  });
}

/** The last known answer stays; only why there is no newer one is written down. */
export async function saveFault(db: Queryable, source: string, fault: string): Promise<void> {
  await db.query({
    name: "save_on_call_fault",
    text: `UPDATE on_call_answer SET fault = $2 WHERE workspace = ${WORKSPACE} AND source = $1`,
    values: [source, fault.slice(0, 300)],
  });
}

const OverrideRow = z.object({ source: z.string(), user_id: z.string(), starts_at: z.date(), ends_at: z.date() });

/** Overrides that have not ended, oldest first: the newest of several counts. */
export async function readOverrides(db: Queryable): Promise<(Override & { source: string })[]> {
  const { rows } = await db.query({
    name: "on_call_overrides",
    text: `SELECT source, user_id, starts_at, ends_at FROM on_call_override WHERE workspace = ${WORKSPACE}
    AND ends_at > (SELECT db_now()) ORDER BY id
      LIMIT 1000`,
  });
  return z
    .array(OverrideRow)
    .parse(rows)
    .map((row) => ({ source: row.source, userId: row.user_id, from: row.starts_at, until: row.ends_at }));
}

export async function insertOverride(db: Queryable, source: string, override: Override, setBy: string): Promise<void> {
  await db.query({
    text: `INSERT INTO on_call_override (workspace, source, user_id, starts_at, ends_at, set_by)
      VALUES (${WORKSPACE}, $1, $2, $3, $4, $5)`,
    values: [source, override.userId, override.from, override.until, setBy],
  });
}

/** Ends the overrides of a source that are in force now; how many there were. */
export async function endOverrides(db: Queryable, source: string): Promise<number> {
  const { rowCount } = await db.query({
    text: `UPDATE on_call_override SET ends_at = GREATEST(starts_at, (SELECT db_now())) WHERE workspace = ${WORKSPACE}
      AND source = $1 AND ends_at > (SELECT db_now())`,
    values: [source],
  });
  return rowCount ?? 0;
}

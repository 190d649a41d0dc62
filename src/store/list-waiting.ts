import { z } from "zod";
import { type Escalation, Vote } from "../domain/shapes/escalation.ts";
import type { Glance } from "../domain/shapes/glance.ts";
import { Signals } from "../domain/shapes/request.ts";
import { Ruling } from "../domain/shapes/ruling.ts";
import { STATES } from "../domain/shapes/vocabulary.ts";
import { ESCALATION_COLUMNS, escalationsOf, openedContent } from "./escalation-row.ts";
import type { Queryable } from "./pool.ts";
import { readVotes } from "./progress.ts";
import { type LeftOut, parseReadable } from "./readable.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/** What waits for people: looked over by the little that tells whose it is and how pressing, and read whole where it is shown. */
const Row = z.object({
  id: z.string(),
  agentName: z.string(),
  agentOwner: z.string().nullable(),
  state: z.enum(STATES),
  version: z.int(),
  stateSince: z.date(),
  slaAt: z.date().nullable(),
  deadline: z.date().nullable(),
  takenOverBy: z.string().nullable(),
  votes: z.array(Vote),
  abstained: z.array(Vote),
  ruling: Ruling.pick({ tier: true, queue: true, requirement: true, slaS: true, impact: true, paging: true, review: true }),
  request: z.object({ requested_by: z.string().optional(), on_behalf_of: z.string().optional(), signals: Signals }),
});

/** Where a page ended. */
export type After = { deadline: Date | null; id: string };

/**
 * One page of what waits in these queues, oldest deadline first, and where it ends; `end` is null on the last. Each queue gives
 * its next ones in the order of its index: neither what waits behind them nor what other queues hold costs anything.
 */
export async function glanceAtWaiting(
  db: Queryable,
  queues: readonly string[],
  limit: number,
  after: After | null = null,
  leftOut: LeftOut = () => {},
): Promise<{ page: Glance[]; end: After | null }> {
  const { rows } = await db.query({
    name: "glance_at_waiting",
    text: `SELECT w.id, a.name AS "agentName", a.owner AS "agentOwner", w.state, w.version, w.state_since AS "stateSince",
        w.sla_at AS "slaAt", w.deadline, w.progress ->> 'takenOverBy' AS "takenOverBy", w.progress -> 'votes' AS votes,
        w.progress -> 'abstained' AS abstained,
        w.ruling, o.content, encode(o.key, 'hex') AS audit_key
      FROM (SELECT next.* FROM (SELECT DISTINCT unnest($1::text[]) AS queue) q CROSS JOIN LATERAL (
          SELECT w.* FROM live w
          WHERE w.workspace = ${WORKSPACE} AND w.state = 'paused_pending_human' AND w.queue = q.queue
            AND (w.deadline, w.id) > ($3::timestamptz, $4::text)
          ORDER BY w.deadline, w.id LIMIT $2) next
        ORDER BY next.deadline, next.id LIMIT $2) w
      CROSS JOIN ${byKey("opened", "id = w.id")} o CROSS JOIN ${byKey("agent", "id = o.agent_id")} a
      ORDER BY w.deadline, w.id`,
    values: [queues, limit, after?.deadline ?? "-infinity", after?.id ?? ""],
  });
  const last = rows.at(-1);
  const page = rows.flatMap((row) => {
    try {
      const { request, ruling } = JSON.parse(openedContent(row));
      return [
        Row.parse({ ...row, votes: readVotes(row.votes), abstained: row.abstained ?? [], request, ruling: row.ruling ?? ruling }),
      ];
    } catch (error) {
      leftOut(String(row.id), error);
      return [];
    }
  });
  return { page, end: rows.length < limit || last === undefined ? null : { deadline: last.deadline, id: last.id } };
}

/**
 * What waits, has come into a batch of this person and was not answered by them, oldest deadline first. `window`: of this
 * batch; null = of any of theirs. The index holds nothing but what is in batches; its condition is repeated so that it is used,
 * and the workspace, which no index of that kind begins with, is asked for afterwards, so that no other one is.
 */
export async function listBatched(
  db: Queryable,
  userId: string,
  window: Date | null,
  limit: number,
  leftOut: LeftOut = () => {},
): Promise<Escalation[]> {
  const batch = { userIds: [userId], ...(window === null ? {} : { window }) };
  const { rows } = await db.query({
    name: "list_batched",
    text: `WITH batched AS MATERIALIZED (
        SELECT w.workspace, w.id, w.deadline FROM live w
        WHERE w.state = 'paused_pending_human' AND w.progress -> 'paging' -> 'batches' <> '[]'
          AND w.progress -> 'paging' -> 'batches' @> $1::jsonb
          AND (w.progress -> 'votes' @> $2::jsonb) IS NOT TRUE),
      ids AS (SELECT id, deadline FROM batched WHERE workspace = ${WORKSPACE} ORDER BY deadline, id LIMIT $3)
      SELECT ${ESCALATION_COLUMNS} FROM ${escalationsOf("ids")} ORDER BY ids.deadline, ids.id`,
    values: [JSON.stringify([batch]), JSON.stringify([{ userId }]), limit],
  });
  return parseReadable(rows, leftOut);
}

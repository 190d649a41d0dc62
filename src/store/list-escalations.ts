import { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import { isOwnOf } from "../domain/life/agent.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import type { State } from "../domain/shapes/vocabulary.ts";
import { ESCALATION_COLUMNS, ESCALATIONS } from "./escalation-row.ts";
import type { Queryable } from "./pool.ts";
import { findByIdempotencyKey } from "./read-escalations.ts";
import { type LeftOut, parseReadable } from "./readable.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/**
 * Lists of escalations. Ids come from an index in the order in which they are shown, page after page behind the last one, and
 * only what is shown is read whole: nothing here grows with what an agent or a person has behind it.
 */
export type ListFilter = {
  state: string | null;
  sessionId: string | null;
  actionType: string | null;
  queue: string | null;
  idempotencyKey: string | null;
  /** Continue behind this id; the newest come first. */
  after: string | null;
  limit: number;
};
/** `next`: the id to continue behind; null at the end. */
export type Listed = { items: Escalation[]; next: string | null };

/** Whole rows of these, in this order; what cannot be read is left out. */
export async function readInOrder(db: Queryable, ids: readonly string[], leftOut: LeftOut): Promise<Escalation[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query({
    name: "read_in_order",
    text: `SELECT ${ESCALATION_COLUMNS} FROM ${ESCALATIONS} WHERE m.workspace = ${WORKSPACE} AND m.id = ANY($1::text[])`,
    values: [ids],
  });
  const read = new Map(parseReadable(rows, leftOut).map((one) => [one.id, one]));
  return ids.flatMap((id) => read.get(id) ?? []);
}

/**
 * One page of an agent's own escalations, newest first. It may be short before the end where a filter finds little; where all of
 * it cannot be read, the next one stands for it.
 */
export async function listForAgent(db: Queryable, agentId: string, filter: ListFilter, leftOut: LeftOut): Promise<Listed> {
  const items: Escalation[] = [];
  let next = filter.after;
  for (let more = 0; more <= LOOKS_MAX; more++) {
    const limit = filter.limit - items.length;
    const page = await pageOf(db, agentId, { ...filter, after: next, limit }, leftOut);
    const shown = page.items.filter((one) => isOwnOf(agentId, one));
    items.push(...shown);
    next = page.next;
    // A page that is short because something is kept from the agent is filled up: it would tell that there is something.
    if (next === null || (items.length > 0 && shown.length === page.items.length)) break;
  }
  return { items, next };
}

async function pageOf(db: Queryable, agentId: string, filter: ListFilter, leftOut: LeftOut): Promise<Listed> {
  const found: string[] = [];
  let after = filter.after;
  for (let looks = 0; ; looks++) {
    const looked = await lookFor(db, agentId, filter, after);
    for (const { id, fits } of looked.ids) {
      if (found.length === filter.limit) return listed(found);
      if (fits) found.push(id);
      after = id;
    }
    if (looked.isAll) return { ...(await listed(found)), next: null };
    if (looks === LOOKS_MAX) return { ...(await listed(found)), next: after };
  }
  async function listed(ids: string[]): Promise<Listed> {
    return { items: await readInOrder(db, ids, leftOut), next: ids.at(-1) ?? null };
  }
}

const LOOK = LIMITS.listedLookedAt.value;
const LOOKS_MAX = 4;
/** Behind every id. */
const FIRST = "~";

type Looked = { ids: { id: string; fits: boolean }[]; isAll: boolean };

/** The next ids of a list, by the index that leaves out most; the rest of the filter is looked at for each of them. */
async function lookFor(db: Queryable, agentId: string, filter: ListFilter, after: string | null): Promise<Looked> {
  const { idempotencyKey, sessionId, state, queue, actionType } = filter;
  if (idempotencyKey !== null) return lookForKey(db, agentId, filter, after);
  const name = sessionId !== null ? "session" : SETS[`${state === null ? "" : "state"}${queue === null ? "" : "queue"}`];
  if (name === undefined) throw new Error("a set of filters without its statement");
  const besides = name === "session" ? [state, queue, actionType] : [null, null, actionType];
  const isExact = besides.every((one) => one === null);
  const atMost = isExact ? filter.limit + 1 : LOOK;
  const ids = isExact
    ? await idsOf(db, name, [agentId, after ?? FIRST, atMost, ...BY[name](filter)])
    : await idsThatFit(db, name, [agentId, after ?? FIRST, atMost, ...BY[name](filter)], besides);
  return { ids, isAll: ids.length < atMost };
}

type By = "all" | "session" | "state" | "queue" | "state_queue";
const SETS: Record<string, By> = { "": "all", state: "state", queue: "queue", statequeue: "state_queue" };
const BY: Record<By, (filter: ListFilter) => (string | null)[]> = {
  all: () => [],
  session: ({ sessionId }) => [sessionId],
  state: ({ state }) => [state],
  queue: ({ queue }) => [queue],
  state_queue: ({ state, queue }) => [state, queue],
};

const ENDED_STATES = ["completed", "failed", "timed_out"] satisfies State[];

/** $1 agent, $2 behind this id, $3 how many. What is open is little, so that one of its indexes is enough. */
const open = (where: string) => `SELECT id FROM live WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND id < $2 AND ${where}`;
const ended = (where: string) => `(SELECT id FROM ended WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND id < $2 AND ${where}
  ORDER BY id DESC LIMIT $3)`;
/** Of one state, in whatever queue: the newest of each, by the one index for lists, from queue to queue. */
const QUEUES = `queues AS (
  (SELECT queue FROM ended WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND state = $4 AND queue > '' ORDER BY queue LIMIT 1)
  UNION ALL SELECT next.queue FROM queues CROSS JOIN LATERAL (
    SELECT queue FROM ended WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND state = $4 AND queue > queues.queue
    ORDER BY queue LIMIT 1) next)`;
const endedInAnyQueue = `SELECT found.id FROM (WITH RECURSIVE ${QUEUES} SELECT queue FROM queues) q
  CROSS JOIN LATERAL ${ended("state = $4 AND queue = q.queue")} found`;
const opened = (where: string) => `SELECT id FROM opened WHERE workspace = ${WORKSPACE} AND agent_id = $1 AND id < $2${where}`;
const IDS: Record<By, string> = {
  all: opened(""),
  session: opened(" AND session_id = $4"),
  state: `${open("state = $4")} UNION ALL ${endedInAnyQueue}`,
  queue: [open("queue = $4"), ...ENDED_STATES.map((state) => ended(`queue = $4 AND state = '${state}'`))].join(" UNION ALL "),
  state_queue: `${open("state = $4 AND queue = $5")} UNION ALL ${ended("state = $4 AND queue = $5")}`,
};
const ordered = (by: By) => `SELECT id FROM (${IDS[by]}) ids ORDER BY id DESC LIMIT $3`;
const Ids = z.array(z.object({ id: z.string(), fits: z.boolean() }));

async function idsOf(db: Queryable, by: By, values: (string | number | null)[]): Promise<Looked["ids"]> {
  const { rows } = await db.query({ name: `list_by_${by}`, text: ordered(by), values });
  return Ids.parse(rows.map(({ id }) => ({ id, fits: true })));
}

async function idsThatFit(
  db: Queryable,
  by: By,
  values: (string | number | null)[],
  besides: readonly (string | null)[],
): Promise<Looked["ids"]> {
  const [state, queue, actionType] = besides.map((_, i) => `$${values.length + i + 1}`);
  const { rows } = await db.query({
    name: `list_by_${by}_and`,
    text: `SELECT ids.id, (${state}::escalation_state IS NULL OR m.state = ${state})
        AND (${queue}::text IS NULL OR m.queue = ${queue})
        AND (${actionType}::text IS NULL OR o.action_type IS NOT DISTINCT FROM ${actionType}) AS fits
      FROM (${ordered(by)}) ids CROSS JOIN ${byKey("opened", "id = ids.id")} o
      CROSS JOIN ${byKey("moving", "id = ids.id")} m ORDER BY ids.id DESC`,
    values: [...values, ...besides],
  });
  return Ids.parse(rows);
}

/** A key has opened one at the most. */
async function lookForKey(db: Queryable, agentId: string, filter: ListFilter, after: string | null): Promise<Looked> {
  const { sessionId, state, queue, actionType, idempotencyKey } = filter;
  const found = await findByIdempotencyKey(db, agentId, idempotencyKey ?? "");
  if (found === null || (after !== null && found >= after)) return { ids: [], isAll: true };
  const { rows } = await db.query({
    name: "list_one",
    text: `SELECT o.id, ($2::text IS NULL OR o.session_id IS NOT DISTINCT FROM $2)
        AND ($3::escalation_state IS NULL OR m.state = $3) AND ($4::text IS NULL OR m.queue = $4)
        AND ($5::text IS NULL OR o.action_type IS NOT DISTINCT FROM $5) AS fits
      FROM opened o CROSS JOIN ${byKey("moving", "id = o.id")} m WHERE o.workspace = ${WORKSPACE} AND o.id = $1`,
    values: [found, sessionId, state, queue, actionType],
  });
  return { ids: Ids.parse(rows), isAll: true };
}

/** What a person voted on lately, newest first: of their last votes, as one escalation may have several. */
export async function listVotedBy(db: Queryable, userId: string, limit: number, leftOut: LeftOut): Promise<Escalation[]> {
  const { rows } = await db.query({
    name: "list_voted_by",
    text: `SELECT escalation_id AS id FROM (
        SELECT escalation_id, at FROM vote WHERE workspace = ${WORKSPACE} AND user_id = $1 ORDER BY at DESC LIMIT $2) newest
      GROUP BY escalation_id ORDER BY max(at) DESC LIMIT $3`,
    values: [userId, limit * VOTES_EACH, limit],
  });
  return readInOrder(
    db,
    z
      .array(z.object({ id: z.string() }))
      .parse(rows)
      .map(({ id }) => id),
    leftOut,
  );
}

const VOTES_EACH = 3;

/** Whose escalations: those of these queues, and of agents that this person owns. */
export type Within = { queues: readonly string[]; owner: string; agents: readonly string[] };

/**
 * Those whose id ends so, newest first: among all that wait, and the newest of the others. Their ids alone are read for it, from
 * indexes that are there anyway; one by their ends would be written all over the place with each escalation, for what people ask
 * for a few times a day.
 */
export async function findByEnding(db: Queryable, within: Within, ending: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "find_by_ending",
    text: `SELECT m.id FROM (
        SELECT id FROM (SELECT id FROM opened WHERE workspace = ${WORKSPACE} ORDER BY id DESC
          LIMIT ${LIMITS.byEnding.value}) newest
        WHERE right(id, length($2)) = $2
        UNION SELECT id FROM live
          WHERE workspace = ${WORKSPACE} AND state = 'paused_pending_human' AND right(id, length($2)) = $2) ids
      CROSS JOIN ${byKey("moving", "id = ids.id")} m
      WHERE m.queue = ANY($1::text[]) OR m.agent_id IN (SELECT id FROM agent
        WHERE workspace = ${WORKSPACE} AND (owner = $4 OR name = ANY($5::text[])))
      ORDER BY m.id DESC LIMIT $3`,
    values: [within.queues, ending, limit, within.owner, within.agents],
  });
  return rows.map((row) => z.string().parse(row.id));
}

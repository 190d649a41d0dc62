import type { StoredEntry } from "../../domain/audit/stored.ts";
import { LIMITS } from "../../domain/base/limits.ts";
import { inPriorityOrder } from "../../domain/paging/priority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Glance } from "../../domain/shapes/glance.ts";
import { type ClickedOn, findDrawn, findRendering, listAtPlace, type Rendering } from "../../store/cards.ts";
import type { Shown } from "../../store/drawn.ts";
import { isUnreadable } from "../../store/escalation-row.ts";
import {
  findByEnding,
  type Listed,
  type ListFilter,
  listForAgent,
  listVotedBy,
  readInOrder,
  type Within,
} from "../../store/list-escalations.ts";
import { type After, glanceAtWaiting, listBatched } from "../../store/list-waiting.ts";
import { type Loaded, loadEscalations, readCheckpoint, readMedia, readNow } from "../../store/read-escalations.ts";
import type { QueueDepth } from "../../store/stats.ts";
import { BATCHES } from "../commands/commit.ts";
import type { CarriedClock } from "../loops/carried-clock.ts";
import { notReady } from "../loops/database-away.ts";
import { coalesce } from "../loops/group-commit.ts";
import { answerInTime } from "../loops/patience.ts";
import type { EngineParts } from "../parts.ts";
import { readQueueDepths, readStats, type Stats } from "../watching/stats.ts";
import { auditOf } from "./audit.ts";
import type { Drawings } from "./drawings.ts";
import { isAddressed, type Memory } from "./memory.ts";

/** All that an edge may look at. Nothing here writes. */
export type Reading = {
  load(id: string): Promise<Loaded | null>;
  /**
   * The same for whoever draws what was owed at a revision: as this process remembers it, where that is as new, else read. Null =
   * whichever is the newest. `channel`: where it is drawn; its own card shows no way to that card.
   */
  loadSince(id: string, revision: number | null, channel?: string): Promise<Loaded | null>;
  /** What this process knows that is newer than a revision; null = nothing, and another replica may know more. */
  newerThan(id: string, revision: number): Escalation | null;
  /** What this process knows of it, whatever has become of it meanwhile; null = nothing. */
  known(id: string): Escalation | null;
  checkpoint(id: string): Promise<unknown>;
  /** The bytes of its pictures and files, in the order of its evidence. */
  media(id: string): Promise<Buffer[]>;
  list(agentId: string, filter: ListFilter): Promise<Listed>;
  /** Every entry of its stream, in order. */
  audit(escalationId: string): Promise<StoredEntry[]>;
  /** Cards show the end of an id only; this finds what it could be, among what the asker may look at. */
  idsEndingIn(within: Within, ending: string, limit: number): Promise<string[]>;
  /** What is most pressing now of what waits in these queues, at most `limit`: as far as one answer looks. */
  pressingIn(queues: readonly string[], now: Date, limit: number): Promise<Escalation[]>;
  /** Of these, what is `wanted`: as far as one answer looks. */
  findWaiting(queues: readonly string[], limit: number, wanted: (one: Glance) => boolean): Promise<FoundWaiting>;
  /** What waits in the batches of a person and was not answered by them; `window`: in one of them. */
  batchedFor(userId: string, window: Date | null, limit: number): Promise<Escalation[]>;
  votedBy(userId: string, limit: number): Promise<Escalation[]>;
  /**
   * The drawing of a card, a batch or a form that somebody had before them; null where that is not known. It stands on the row of
   * the card (`drawn`), or in `rendering` for forms, and its digest is what a vote names as seen.
   */
  findDrawn(escalationId: string, version: number, on: ClickedOn): Promise<Shown | null>;
  findRendering(escalationId: string, version: number, on: Pick<Rendering, "surface" | "userId">): Promise<Shown | null>;
  /** The escalations whose card stands in a place: more than one for a batch. */
  escalationsAt(place: string): Promise<string[]>;
  /** `days`: how far back decisions and answers count. */
  stats(days: number, queues: readonly string[]): Promise<Stats>;
  /** What waits in these queues now, in numbers. */
  queueDepths(queues: readonly string[]): Promise<QueueDepth[]>;
  now(): Promise<Date>;
};

type Parts = Pick<EngineParts, "pool" | "reads" | "log"> & { memory: Memory; drawings: Drawings; clock: CarriedClock };

export function createReading({ pool, reads, log, memory, drawings, clock }: Parts): Reading {
  const leftOut = (id: string, error: unknown) =>
    log.error({ err: error, escalation: id }, "an escalation cannot be read here; lists leave it out");
  const loadTogether = together<string, Loaded | null>(async (ids) => {
    const sentMs = performance.now();
    const found = await loadEscalations(pool, ids);
    const [first] = found.values();
    if (first !== undefined) clock.heard(first.now, sentMs);
    for (const { escalation } of found.values()) memory.remember(escalation);
    return ids.map((id) => found.get(id) ?? null);
  });
  const load = (id: string) =>
    loadTogether(id).catch((error: unknown) => {
      throw isUnreadable(error) ? notReady(`escalation ${id} cannot be read here`, error) : error;
    });
  const now = together<null, Date>(async (calls) => {
    const sentMs = performance.now();
    const at = await readNow(pool);
    clock.heard(at, sentMs);
    return calls.map(() => at);
  });
  const newerThan = (id: string, revision: number) => {
    const known = memory.recall(id);
    return known !== null && known.revision > revision && isAddressed(known) ? known : null;
  };
  return {
    load: inTime(load),
    async loadSince(id, revision, channel) {
      const known = memory.recall(id);
      const carried = clock.now();
      const isNew = known !== null && revision !== null && known.revision >= revision;
      const isKnown = isNew && (known.ruling.channel === channel || isAddressed(known));
      return isKnown && carried !== null ? { escalation: known, now: carried.at } : inTime(load)(id);
    },
    newerThan,
    known: memory.recall,
    media: inTime(async (id) => (await readMedia(pool, id)).map((data) => Buffer.from(data, "base64"))),
    checkpoint: inTime(async (id) => memory.checkpoint(id) ?? (await readCheckpoint(pool, id))),
    list: inTime((agentId, filter) => listForAgent(reads, agentId, filter, leftOut)),
    audit: inTime((id) => auditOf(reads, id)),
    idsEndingIn: inTime((within, ending, limit) => findByEnding(reads, within, ending, limit)),
    pressingIn: inTime(async (queues, at, limit) => {
      const { page } = await glanceAtWaiting(reads, queues, PRESSING_LOOKED_AT, null, leftOut);
      const ids = inPriorityOrder(page, at).map(({ id }) => id);
      return readInOrder(reads, ids.slice(0, limit), leftOut);
    }),
    findWaiting: inTime(async (queues, limit, wanted) => {
      const look = (after: After | null, atMost: number) => glanceAtWaiting(reads, queues, atMost, after, leftOut);
      const { ids, mayBeMore } = await findWaiting(look, limit, wanted);
      return { found: await readInOrder(reads, ids, leftOut), mayBeMore };
    }),
    batchedFor: inTime((userId, window, limit) => listBatched(pool, userId, window, limit, leftOut)),
    votedBy: inTime((userId, limit) => listVotedBy(reads, userId, limit, leftOut)),
    findRendering: inTime((id, version, on) => findRendering(pool, id, version, on)),
    findDrawn: inTime(async (id, version, on) => {
      const known = on.mark === null ? null : drawings.storedAs(id, version, on.mark);
      return known ?? findDrawn(pool, id, version, on);
    }),
    escalationsAt: inTime((place) => listAtPlace(pool, place)),
    stats: inTime((days, queues) => readStats(reads, days, queues)),
    queueDepths: inTime((queues) => readQueueDepths(reads, queues)),
    now: inTime(() => now(null)),
  };
}

/** A database that hangs answers nothing at all, not even that it is away: whoever asks is told so in time all the same. */
const inTime =
  <Asked extends unknown[], T>(read: (...asked: Asked) => Promise<T>) =>
  (...asked: Asked): Promise<T> =>
    answerInTime(() => read(...asked));

/** One query for all who ask in one turn. A query that hangs gives its place to the next when nobody waits for it any more. */
const together = <In, Out>(read: (inputs: In[]) => Promise<Out[]>) =>
  coalesce<In, Out>({ run: inTime(read), keyOf: () => null, kindOf: () => "", bytesOf: () => 0 }, BATCHES);

/** `mayBeMore`: there is more in the queues than one answer looks at, and fewer than were asked for were found so far. */
export type FoundWaiting = { found: Escalation[]; mayBeMore: boolean };

/** Of a longer queue the most pressing of those with the nearest deadlines are shown. */
const PRESSING_LOOKED_AT = 1000;
/** Most of what waits in somebody's queues waits for them: the first look is a short one. */
const WAITING_PAGE = { first: 40, next: 500 };

/** Page after page, because what is wanted may stand behind many others; what nobody wants is never counted against the limit. */
async function findWaiting(
  look: (after: After | null, atMost: number) => Promise<{ page: Glance[]; end: After | null }>,
  limit: number,
  wanted: (one: Glance) => boolean,
): Promise<{ ids: string[]; mayBeMore: boolean }> {
  const ids: string[] = [];
  const untilMs = performance.now() + LIMITS.waitingLookedFor.value;
  let after: After | null = null;
  for (let left: number = LIMITS.waitingLookedAt.value; left > 0 && performance.now() < untilMs; ) {
    const atMost = Math.min(left, after === null ? WAITING_PAGE.first : WAITING_PAGE.next);
    const { page, end } = await look(after, atMost);
    ids.push(...page.filter(wanted).map(({ id }) => id));
    if (end === null || ids.length >= limit) return { ids: ids.slice(0, limit), mayBeMore: false };
    after = end;
    left -= atMost;
  }
  return { ids, mayBeMore: true };
}

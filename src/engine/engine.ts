import type { Pool } from "pg";
import { LIMITS } from "../domain/base/limits.ts";
import type { Command, HumanCommand } from "../domain/shapes/commands.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import type { Event } from "../domain/shapes/events.ts";
import type { Refusal } from "../domain/shapes/refusal.ts";
import type { EscalationRequest } from "../domain/shapes/request.ts";
import type { Ruling } from "../domain/shapes/ruling.ts";
import { findPlace, findRendering, listAtPlace, type Rendering, type Surface, saveRenderings } from "../store/cards.ts";
import { countPage } from "../store/page-bursts.ts";
import {
  type ListFilter,
  type Loaded,
  listBatched,
  listForAgent,
  listVotedBy,
  listWaiting,
  loadEscalations,
  readCheckpoint,
  readNow,
  readRevisions,
} from "../store/read-escalations.ts";
import { alarmTold, keepAlarmBackMs } from "./alarms.ts";
import { BATCHES, createCommit } from "./commands/commit.ts";
import { foresee } from "./commands/foresee.ts";
import { type Handled, type HandleParts, handle, type Sender } from "./commands/handle.ts";
import { createSetBack } from "./commands/set-back.ts";
import { evaluate, type Submission, type SubmitParts, type Submitted, type SubmittingAgent, submit } from "./commands/submit.ts";
import { type Swept, sweep } from "./commands/sweep.ts";
import { createIntake } from "./intake/intake.ts";
import { coalesce } from "./loops/group-commit.ts";
import { createQueues } from "./loops/one-at-a-time.ts";
import type { EngineParts } from "./parts.ts";
import { createWaiting, type Waiting } from "./reading/long-polls.ts";

/** What the edges may call: the writers (`submit`, `handle`) and what may be read. */
export type Engine = {
  parts: SubmitParts;
  submit(submission: Submission): Promise<Submitted | Refusal>;
  evaluate(agent: SubmittingAgent, request: EscalationRequest): Promise<Ruling>;
  handle(id: string, command: Command, sender: Sender): Promise<Handled | Refusal>;
  /** What a person's command would bring about, without doing it. */
  foresee(loaded: Loaded, command: HumanCommand): Event[] | Refusal;
  load(id: string): Promise<Loaded | null>;
  checkpoint(id: string): Promise<unknown>;
  list(agentId: string, filter: ListFilter): Promise<Escalation[]>;
  /** What waits in these queues, oldest deadline first, at most `limit`. */
  waitingIn(queues: readonly string[], limit: number): Promise<Escalation[]>;
  /** Of these, what is `wanted`: as far as one answer looks. */
  findWaiting(queues: readonly string[], limit: number, wanted: (escalation: Escalation) => boolean): Promise<FoundWaiting>;
  /** What waits in the digests of a person and was not answered by them; `window`: in one of them. */
  batchedFor(userId: string, window: Date | null, limit: number): Promise<Escalation[]>;
  votedBy(userId: string, limit: number): Promise<Escalation[]>;
  saveRendering(rendering: Rendering): Promise<void>;
  saveRenderings(renderings: readonly Rendering[]): Promise<void>;
  findRendering(escalationId: string, version: number, on: Surface): Promise<{ digest: string; complete: boolean } | null>;
  /** The place a message stands for, such as a DM or a digest; null while its receipt is not saved. */
  placeOf(escalationId: string, channel: string, ts: string): Promise<string | null>;
  /** The escalations whose card stands in a place: more than one for a digest. */
  escalationsAt(place: string): Promise<string[]>;
  /** How long an alarm is kept back because its like was told in that place a moment ago, and that it was told now. */
  keepAlarmBackMs(about: string, place: string): Promise<number>;
  alarmTold(about: string, place: string): Promise<void>;
  /** Counts a page of this person: null = it is a message of its own; else the burst whose one message lists it. */
  countPage(userId: string): Promise<Date | null>;
  sweep(stopping?: () => boolean): Promise<Swept>;
  waiting: Waiting;
  now(): Promise<Date>;
};

/** `nudge` is called after each commit, so that the deliverer need not wait for its next pass. */
export function createEngine(parts: EngineParts, nudge: () => void): Engine {
  const { pool, reads } = parts;
  const load = coalesce<string, Loaded | null>(
    {
      run: async (ids) => {
        const found = await loadEscalations(pool, ids);
        return ids.map((id) => found.get(id) ?? null);
      },
      keyOf: () => null,
      bytesOf: () => 0,
    },
    BATCHES,
  );
  const now = coalesce<null, Date>(
    {
      run: async (calls) => {
        const at = await readNow(pool);
        return calls.map(() => at);
      },
      keyOf: () => null,
      bytesOf: () => 0,
    },
    BATCHES,
  );
  const waiting = createWaiting((ids) => readRevisions(pool, ids));
  const committed = (after: Escalation) => {
    waiting.announce(after.id, after.revision);
    nudge();
  };
  const handleParts: HandleParts = {
    ...parts,
    load,
    intake: createIntake(pool, () => parts.directory().limits),
    commit: createCommit({ pool, log: parts.log, committed }),
    committed,
    inTurn: createQueues(LIMITS.perEscalation.value),
    agentsInTurn: createQueues(LIMITS.agentsPerEscalation.value),
  };
  const sweepParts = { ...handleParts, setBack: createSetBack() };
  const countInTurn = createQueues(LIMITS.perActionType.value);
  const submitParts: SubmitParts = { ...handleParts, now: () => now(null), countInTurn };
  return {
    parts: submitParts,
    submit: (submission) => submit(submitParts, submission),
    evaluate: (agent, request) => evaluate(submitParts, agent, request),
    handle: (id, command, sender) => handle(handleParts, id, command, sender),
    foresee: (loaded, command) => foresee(parts, loaded, command),
    load,
    checkpoint: (id) => readCheckpoint(pool, id),
    list: (agentId, filter) => listForAgent(reads, agentId, filter),
    waitingIn: (queues, limit) => listWaiting(reads, queues, limit),
    findWaiting: (queues, limit, wanted) => findWaiting(reads, queues, limit, wanted),
    batchedFor: (userId, window, limit) => listBatched(pool, userId, window, limit),
    votedBy: (userId, limit) => listVotedBy(reads, userId, limit),
    saveRendering: (rendering) => saveRenderings(pool, [rendering]),
    saveRenderings: (renderings) => saveRenderings(pool, renderings),
    findRendering: (id, version, on) => findRendering(pool, id, version, on),
    placeOf: (id, channel, ts) => findPlace(pool, id, channel, ts),
    escalationsAt: (place) => listAtPlace(pool, place),
    keepAlarmBackMs: (about, place) => keepAlarmBackMs(parts, about, place),
    alarmTold: (about, place) => alarmTold(parts, about, place),
    async countPage(userId) {
      const { since, pages } = await countPage(pool, userId, LIMITS.burst.value);
      return pages > LIMITS.pagesInBurst.value ? since : null;
    },
    sweep: (stopping) => sweep(sweepParts, stopping),
    waiting,
    now: () => now(null),
  };
}

/** `mayBeMore`: there is more in the queues than one answer looks at, and fewer than were asked for were found so far. */
export type FoundWaiting = { found: Escalation[]; mayBeMore: boolean };

const WAITING_PAGE = 200;
/** Who asks waits for the answer, and everybody else for the processor: a backlog of any length costs the same. */
const WAITING_PAGES_MAX = 25;

/** Page after page, because what is wanted may stand behind many others; what nobody wants is never counted against the limit. */
async function findWaiting(
  pool: Pool,
  queues: readonly string[],
  limit: number,
  wanted: (escalation: Escalation) => boolean,
): Promise<FoundWaiting> {
  const found: Escalation[] = [];
  let after: Escalation | null = null;
  for (let pages = 0; pages < WAITING_PAGES_MAX; pages++) {
    const page: Escalation[] = await listWaiting(pool, queues, WAITING_PAGE, after);
    found.push(...page.filter(wanted));
    after = page.at(-1) ?? null;
    if (page.length < WAITING_PAGE || found.length >= limit) return { found: found.slice(0, limit), mayBeMore: false };
  }
  return { found, mayBeMore: true };
}

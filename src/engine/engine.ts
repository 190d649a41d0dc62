import { LIMITS } from "../domain/base/limits.ts";
import type { AlarmName, HouseAlarm } from "../domain/consequences/house-alarms.ts";
import { postLane } from "../domain/consequences/lanes.ts";
import type { Roster } from "../domain/on-call/roster.ts";
import type { Override } from "../domain/on-call/rotation.ts";
import type { Policy } from "../domain/policy/compile.ts";
import type { SessionKey, SessionNote, Standing, Taint } from "../domain/sessions/session.ts";
import type { Command, HumanCommand } from "../domain/shapes/commands.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import type { Event } from "../domain/shapes/events.ts";
import type { Refusal } from "../domain/shapes/refusal.ts";
import type { EscalationRequest } from "../domain/shapes/request.ts";
import type { Ruling } from "../domain/shapes/ruling.ts";
import { type Rendering, saveRenderings } from "../store/cards.ts";
import { oweMessage } from "../store/outbox.ts";
import { countPage } from "../store/page-bursts.ts";
import { type Loaded, readRevisions } from "../store/read-escalations.ts";
import { alarmTold, clearAlarm, keepAlarmBackMs, lastingAlarms, ringAlarm } from "./alarms.ts";
import { type Committed, createCommit } from "./commands/commit.ts";
import { type Caller, foresee, type Handled, type HandleParts, handle } from "./commands/handle.ts";
import { createOpenCounted } from "./commands/open-counted.ts";
import { createSetBack } from "./commands/set-back.ts";
import { evaluate, type Submission, type SubmitParts, type Submitted, type SubmittingAgent, submit } from "./commands/submit.ts";
import { type Swept, sweep } from "./commands/sweep.ts";
import { type Called, stillWanted } from "./delivery/still-wanted.ts";
import { type Told, toldBy } from "./delivery/told.ts";
import { newDeliveryId } from "./ids.ts";
import { createIntake } from "./intake/intake.ts";
import { createCarriedClock } from "./loops/carried-clock.ts";
import { createQueues } from "./loops/one-at-a-time.ts";
import { answerInTime } from "./loops/patience.ts";
import { clearOverrides, setOverride } from "./on-call/sources.ts";
import type { EngineParts } from "./parts.ts";
import { createDrawings, type Drawings } from "./reading/drawings.ts";
import { createWaiting, type Waiting } from "./reading/long-polls.ts";
import { createMemory } from "./reading/memory.ts";
import type { OpenHomes } from "./reading/open-homes.ts";
import { createReading, type Reading } from "./reading/reading.ts";
import { lostInRestore } from "./recovery/lost.ts";
import {
  acknowledgeSession,
  agentNamed,
  countSession,
  type Direction,
  directSession,
  type SessionCounts,
} from "./sessions/direct.ts";
import { clearTaints, noteFacts } from "./sessions/note.ts";

/** What the edges may call: the writers (`submit`, `handle`), what may be read, and how people are told. Never the database. */
export type Engine = Reading & {
  submit(submission: Submission): Promise<Submitted | Refusal>;
  evaluate(agent: SubmittingAgent, request: EscalationRequest): Promise<Ruling | Refusal>;
  handle(id: string, command: Command, caller: Caller): Promise<Handled | Refusal>;
  /** What a person's command would bring about, without doing it. */
  foresee(loaded: Loaded, command: HumanCommand): Event[] | Refusal;
  sweep(stopping?: () => boolean): Promise<Swept>;
  waiting: Waiting;
  /** The point of the restore in which an escalation that is unknown here was lost; null where it was not. */
  lostInRestore(id: string): Promise<Date | null>;
  /** The policy in force for what is opened now. */
  policy(): Policy;
  /** What is known of who is on call, as last read. */
  roster(): Roster;
  setOverride(source: string, userId: string, seconds: number, setBy: string): Promise<Override>;
  /** Ends every override of a source; how many there were. */
  clearOverrides(source: string, by: string): Promise<number>;
  homes: OpenHomes;
  /** How it stands with a session of an agent, and with what it has asked. */
  session(agentId: string, sessionId: string): Promise<Standing & SessionCounts>;
  /** What people, or the policy, tell a session (an empty id: the agent as a whole). */
  directSession(key: SessionKey, told: Direction): Promise<SessionNote | Refusal>;
  /** What a session has read. */
  taintSession(key: SessionKey, taints: readonly Taint[]): Promise<Refusal | null>;
  clearTaints(key: SessionKey, why: { reason: string; by: string }): Promise<boolean>;
  /** The agent knows what its session was told. */
  acknowledgeSession(agentId: string, sessionId: string): Promise<void>;
  /** An agent by its name, with the queues in which it has asked lately. */
  agentNamed(name: string): Promise<{ id: string; name: string; queues: string[] } | null>;
  /** The card in its channel stands at this address. */
  posted(id: string, channel: string, permalink: string): void;
  saveRenderings(renderings: readonly Rendering[]): Promise<void>;
  /** What this process has drawn lately, to be kept with what is said to it. */
  drawings: Drawings;
  /** The escalation that a page or a reminder is about, if its person is still waited for. */
  stillWanted(called: Called): Promise<Escalation | null>;
  /** Counts a page of this person: null = it is a message of its own; else the burst whose one message lists it. */
  countPage(userId: string): Promise<Date | null>;
  /** A direct message that is owed like everything else: it arrives also when Slack is away just now. */
  tellPerson(userId: string, text: string): Promise<void>;
  /** Tells the operators of a lasting condition, once until it is over. */
  ringAlarm(alarm: HouseAlarm): Promise<void>;
  clearAlarm(name: AlarmName): Promise<void>;
  lastingAlarms(names: readonly AlarmName[]): Promise<string[]>;
  /** How long an alarm is kept back because its like was told in that place a moment ago, and that it was told now. */
  keepAlarmBackMs(about: string, place: string): Promise<number>;
  alarmTold(about: string, place: string): Promise<void>;
};

/**
 * `tell` is called after each commit with what it owes at once, so that the deliverer need not wait for its next pass. `parts` is
 * what those senders are built from that write themselves; it stays with whoever puts the house together.
 */
export function createEngine(parts: EngineParts, tell: (owed: readonly Told[]) => void): { engine: Engine; parts: SubmitParts } {
  const { pool } = parts;
  const memory = createMemory();
  const clock = createCarriedClock();
  const drawings = createDrawings();
  const reading = createReading({ ...parts, memory, drawings, clock });
  const { load, now } = reading;
  const waiting = createWaiting((ids) => readRevisions(pool, ids));
  const committed = (write: Committed) => {
    const { after } = write;
    memory.remember(after);
    parts.sessions.written(write);
    waiting.announce(after.id, after.revision);
    tell(toldBy(write));
  };
  const handleParts: HandleParts = {
    ...parts,
    load,
    intake: createIntake(pool, () => parts.directory().limits),
    commit: createCommit({ pool, log: parts.log, clock, committed }),
    committed,
    memory,
    clock,
    inTurn: createQueues(LIMITS.perEscalation.value),
    agentsInTurn: createQueues(LIMITS.agentsPerEscalation.value),
  };
  const sweepParts = { ...handleParts, setBack: createSetBack() };
  const submitParts: SubmitParts = {
    ...handleParts,
    now,
    openCounted: createOpenCounted({ pool, log: parts.log, committed }),
  };
  const engine: Engine = {
    ...reading,
    submit: (submission) => submit(submitParts, submission),
    evaluate: (agent, request) => answerInTime(() => evaluate(submitParts, agent, request)),
    handle: (id, command, sender) => handle(handleParts, id, command, sender),
    foresee: (loaded, command) => foresee(parts, loaded, command),
    sweep: (stopping) => sweep(sweepParts, stopping),
    waiting,
    lostInRestore: (id) => answerInTime(() => lostInRestore(pool, id)),
    policy: () => parts.policies.current(),
    roster: () => parts.roster.current(),
    setOverride: (source, userId, seconds, setBy) => setOverride(parts, source, userId, seconds, setBy),
    clearOverrides: (source, by) => clearOverrides(parts, source, by),
    homes: parts.homes,
    session: (agentId, sessionId) =>
      answerInTime(async () => ({
        ...parts.sessions.standing(agentId, sessionId),
        ...(await countSession(parts, agentId, sessionId)),
      })),
    directSession: (key, told) => answerInTime(() => directSession(parts, key, told)),
    taintSession: (key, taints) => answerInTime(() => noteFacts(parts, key, { parent: null, taints })),
    clearTaints: (key, why) => answerInTime(() => clearTaints(parts, key, why)),
    acknowledgeSession: (agentId, sessionId) => answerInTime(() => acknowledgeSession(parts, agentId, sessionId)),
    agentNamed: (name) => answerInTime(() => agentNamed(parts, name)),
    posted: memory.posted,
    saveRenderings: (renderings) => saveRenderings(pool, renderings),
    drawings,
    stillWanted: (called) => stillWanted(handleParts, called),
    async countPage(userId) {
      const { since, pages } = await countPage(pool, userId, LIMITS.burst.value);
      return pages > LIMITS.pagesInBurst.value ? since : null;
    },
    tellPerson: (userId, text) => oweMessage(pool, postLane(userId), { channel: userId, text }, newDeliveryId()),
    ringAlarm: (alarm) => ringAlarm(parts, alarm),
    clearAlarm: (name) => clearAlarm(parts, name),
    lastingAlarms: (names) => answerInTime(() => lastingAlarms(parts, names), LIMITS.readWithin.value),
    keepAlarmBackMs: (about, place) => keepAlarmBackMs(parts, about, place),
    alarmTold: (about, place) => alarmTold(parts, about, place),
  };
  return { engine, parts: submitParts };
}

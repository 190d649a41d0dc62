import { LIMITS } from "../../domain/base/limits.ts";
import { isLimited } from "../../domain/intake/limited.ts";
import { isOwnOf } from "../../domain/life/agent.ts";
import { decide } from "../../domain/life/decide.ts";
import { IDENTITY_AGE_S_MAX, type Person } from "../../domain/people/authority.ts";
import { refuseStopped } from "../../domain/sessions/session.ts";
import { type Command, type HumanCommand, isAgents, isHuman } from "../../domain/shapes/commands.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Actor, Event } from "../../domain/shapes/events.ts";
import { isRefusal, type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import type { Loaded } from "../../store/read-escalations.ts";
import { say } from "../../words/en.ts";
import { newExecutionToken } from "../ids.ts";
import type { Intake } from "../intake/intake.ts";
import type { CarriedClock } from "../loops/carried-clock.ts";
import { busy } from "../loops/database-away.ts";
import type { InTurn } from "../loops/one-at-a-time.ts";
import { answerInTime, type Patience } from "../loops/patience.ts";
import type { EngineParts } from "../parts.ts";
import type { Memory } from "../reading/memory.ts";
import { lostInRestore } from "../recovery/lost.ts";
import { traceStep } from "../trace.ts";
import type { Commit, Committed } from "./commit.ts";
import { composeWrite } from "./compose-write.ts";
import { NEVER_JUDGED_AGAIN, prepareSecondJudgement } from "./policy-book.ts";
import { surroundingsAt } from "./surroundings.ts";

/**
 * The only way an escalation changes: what is known of it, or what is read, decided on (pure), one guarded write; a lost race is
 * decided anew on what is true then. Nothing is sent here and nothing is decided elsewhere.
 */
export type HandleParts = EngineParts & {
  load: (id: string) => Promise<Loaded | null>;
  /** Tells the deliverer and the long polls as well. */
  commit: Commit;
  /** Called after each commit: tells the deliverer and the long polls. */
  committed: (write: Committed) => void;
  /** Commands on one escalation follow each other: at once they would only race, and all but one be decided anew. */
  inTurn: InTurn;
  /** Where an agent's own stand first, so that one of them at a time waits among the people's: no agent can crowd them out. */
  agentsInTurn: InTurn;
  intake: Intake;
  /** What this process wrote or read last, and the database's clock as it was told last. */
  memory: Memory;
  clock: CarriedClock;
};

/**
 * Who sends a command; an agent sees only its own escalations. `lookUp`: asks what is known now of somebody who voted before;
 * without it no vote is let through after theirs.
 */
export type Caller =
  | { kind: "agent"; agentId: string }
  | { kind: "person"; lookUp?: (userId: string, teamId: string) => Promise<Person> }
  | { kind: "system" };
export type Handled = { escalation: Escalation; changed: boolean; now: Date };

/** Answers in time: see `answerInTime` for what it throws when the database does not. */
export function handle(parts: HandleParts, id: string, command: Command, caller: Caller): Promise<Handled | Refusal> {
  const since = performance.now();
  return answerInTime((patience) => {
    const inTurn = () => parts.inTurn(id, () => decideAndCommit(parts, id, command, caller, { since, patience }));
    return "agentId" in caller ? parts.agentsInTurn(id, inTurn) : inTurn();
  });
}

/** What one command has used up of what is allowed, however often it is decided. */
type Asked = { command: Command; caller: Caller; since: number; patience: Patience; admitted: boolean };

async function decideAndCommit(
  parts: HandleParts,
  id: string,
  command: Command,
  caller: Caller,
  { since, patience }: { since: number; patience: Patience },
): Promise<Handled | Refusal> {
  const asked: Asked = { command, caller, since, patience, admitted: false };
  const known = recallNow(parts, id);
  if (known !== null) {
    const handled = await decideOn(parts, known, asked);
    if (handled !== "lost" && !isRefusal(handled) && handled.changed) return handled;
    // Another replica may have moved it on: nobody is refused, or told that nothing is to do, by what is only remembered.
    if (handled === "lost") parts.memory.forget(id);
  }
  for (let race = 0; race < LIMITS.races.value; race++) {
    patience.demand();
    const loaded = await parts.load(id);
    if (loaded === null) return refuseUnknown(parts, id);
    const handled = await decideOn(parts, { ...loaded, clockOffsetMs: null }, asked);
    if (handled !== "lost") return handled;
  }
  throw busy(`escalation ${id} kept changing: gave up after ${LIMITS.races.value} races`);
}

async function refuseUnknown({ pool }: HandleParts, id: string): Promise<Refusal> {
  const lostTo = await lostInRestore(pool, id);
  if (lostTo !== null) return refuse("restored", say.refusedCalls.restoredLost(lostTo.toISOString()));
  return noSuchEscalation();
}

const noSuchEscalation = () => refuse("not_found", say.refusedCalls.noSuchEscalation);

/** `clockOffsetMs`: where the time was not read but carried. */
type Known = Loaded & { clockOffsetMs: number | null };

/** What this process knows of it, now; null where it has to be read. Nothing happens before what has happened to it already. */
function recallNow({ memory, clock }: HandleParts, id: string): Known | null {
  const escalation = memory.recall(id);
  const carried = clock.now();
  if (escalation === null || carried === null) return null;
  const now = carried.at < escalation.updatedAt ? escalation.updatedAt : carried.at;
  return { escalation, now, clockOffsetMs: carried.offsetMs };
}

const standingFor = ({ sessions }: HandleParts, { agentId, request }: Escalation) =>
  sessions.standing(agentId, request.session_id ?? null);

/** "lost": it is no longer as it was decided on. */
async function decideOn(parts: HandleParts, known: Known, asked: Asked): Promise<Handled | Refusal | "lost"> {
  const { escalation, now, clockOffsetMs } = known;
  const { command, caller, since, patience } = asked;
  const agentId = "agentId" in caller ? caller.agentId : null;
  if (agentId !== null && !isOwnOf(agentId, escalation)) return noSuchEscalation();
  if (agentId !== null && !asked.admitted && isAgents(command) && isLimited(command, escalation)) {
    const refusal = parts.intake.admitCall(agentId);
    if (refusal !== null) return refusal;
    asked.admitted = true;
  }
  const stopped = command.type === "resume" ? refuseStopped(standingFor(parts, escalation)) : null;
  if (stopped !== null) return stopped;
  const again =
    command.type === "modify" || command.type === "amend"
      ? await prepareSecondJudgement(parts.pool, parts.policies, escalation, now)
      : NEVER_JUDGED_AGAIN;
  if (isRefusal(again)) return again;
  // Who may decide is a matter of the newest configuration; what time and agents do goes on under any.
  const configuration = isHuman(command) ? parts.configuration.number() : null;
  const voters = await votersOf(command, caller, escalation);
  const around = surroundingsAt(parts, now, { executionToken: newExecutionToken(), judgeAgain: again.judge, voters });
  const told = withAgedIdentity(command, (performance.now() - since) / 1000);
  const events = decide(escalation, told, around);
  if (isRefusal(events)) return events;
  if (events.length === 0) return { escalation, changed: false, now };
  const onlyBefore = isHuman(told) ? earliest(escalation.deadline, freshUntil(told, now)) : null;
  const guard = { onlyBefore, opening: null, configuration, judgedBy: again.judgedBy, clockOffsetMs };
  const write = await composeWrite(parts, escalation, events, actorOf(command, caller, escalation), now, guard);
  if (await parts.commit(write, patience)) {
    traceStep(parts.trace, command.type, performance.timeOrigin + since, escalation, write.after);
    return { escalation: write.after, changed: true, now };
  }
  if (configuration !== null) await parts.configuration.catchUp(configuration);
  return "lost";
}

/**
 * Earlier voters are looked up where another vote may be the last one: a vote counts for as long as its author could still cast
 * it.
 */
async function votersOf(command: Command, caller: Caller, { votes }: Escalation): Promise<ReadonlyMap<string, Person>> {
  const counts =
    command.type === "approve" || command.type === "answer" || command.type === "amend" || command.type === "confirm";
  const lookUp = "lookUp" in caller ? caller.lookUp : undefined;
  if (lookUp === undefined || !counts) return new Map();
  const voters = await Promise.all(votes.map(({ userId, teamId }) => lookUp(userId, teamId)));
  return new Map(voters.map((voter) => [voter.userId, voter]));
}

/** What Slack said of a person grows old while the database is waited for. */
function withAgedIdentity(command: Command, seconds: number): Command {
  return isHuman(command) ? { ...command, by: { ...command.by, accountAgeS: command.by.accountAgeS + seconds } } : command;
}

/** Until when the facts about a person may be decided on; the write itself looks at the clock once more. */
const freshUntil = ({ by }: HumanCommand, now: Date): Date =>
  new Date(now.getTime() + Math.max(0, IDENTITY_AGE_S_MAX - by.accountAgeS) * 1000);

const earliest = (a: Date | null, b: Date): Date => (a !== null && a < b ? a : b);

/** Whom the audit names: a person by the command, else whoever sent it. */
function actorOf(command: Command, caller: Caller, escalation: Escalation): Actor {
  if (isHuman(command)) return { kind: "human", userId: command.by.userId, teamId: command.by.teamId };
  return "agentId" in caller ? { kind: "agent", agentId: escalation.agentId } : { kind: "policy" };
}

/**
 * What a command would bring about as things are, decided by the same rules and written nowhere: a form says beforehand what its
 * button will do.
 */
export function foresee(parts: EngineParts, { escalation, now }: Loaded, command: HumanCommand): Event[] | Refusal {
  return decide(escalation, command, surroundingsAt(parts, now));
}

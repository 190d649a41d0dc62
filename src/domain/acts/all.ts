import { say } from "../../words/en.ts";
import { authoriseMember, authoriseVoter, mayDecide, type Person } from "../people/authority.ts";
import type { Directory } from "../people/directory.ts";
import type { HumanCommand, Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { alreadyDecided, isRefusal, type Refusal, refuse } from "../shapes/refusal.ts";
import { abstain } from "./abstain.ts";
import type { Act, ActType } from "./act.ts";
import { amend } from "./amend.ts";
import { answer } from "./answer.ts";
import { approve } from "./approve.ts";
import { ask } from "./ask.ts";
import { claim } from "./claim.ts";
import { confirm } from "./confirm.ts";
import { edit } from "./edit.ts";
import { extend } from "./extend.ts";
import { finish } from "./finish.ts";
import { flag } from "./flag.ts";
import { handBack } from "./hand-back.ts";
import { modify } from "./modify.ts";
import { raise } from "./raise.ts";
import { reject } from "./reject.ts";
import { release } from "./release.ts";
import { rollback } from "./rollback.ts";
import { takeOver } from "./take-over.ts";
import { withdraw } from "./withdraw.ts";

/** Every act of a person; a command without its act does not compile. */
export const ACTS: { [T in ActType]: Act<T> } = {
  approve,
  answer,
  confirm,
  rollback,
  take_over: takeOver,
  finish,
  hand_back: handBack,
  reject,
  modify,
  amend,
  edit,
  ask,
  raise,
  claim,
  release,
  abstain,
  extend,
  withdraw,
  flag,
};
const ACT_TYPES = Object.keys(ACTS) as ActType[];

/** Who reads: then what this very person would be refused is left out as well. */
export type Reader = { userId: string; directory: Directory };

/**
 * What can be done about an escalation as it stands. Cards, Home, batches and consequences draw from it, and the same rows refuse
 * when a form opens and when the command is decided: a button that would be refused to everybody, or to its known reader, is
 * never drawn.
 */
export function possibleActs(escalation: Escalation, reader: Reader | null = null): ActType[] {
  return ACT_TYPES.filter((type) => {
    const act = ACTS[type];
    if (!(act.isAbout?.(escalation) ?? escalation.state === "paused_pending_human")) return false;
    const personally = reader === null ? null : act.refusePerson?.(escalation, reader.userId, reader.directory);
    return act.refuse(escalation) === null && (personally ?? null) === null;
  });
}

export type Attempt = { type: ActType; by: Person; version: number };

/**
 * Whether this person may do it to this version now; the authority comes first, so that a stranger is told nothing about what
 * became of it.
 */
export function refuseAct(
  escalation: Escalation,
  { type, by, version }: Attempt,
  around: Pick<Surroundings, "now" | "directory">,
): Refusal | null {
  const act = ACTS[type];
  const { directory, now } = around;
  const deciders = act.by === "voter" ? mayDecide(directory, escalation).map((one) => one.userId) : undefined;
  const member = authoriseMember(directory, escalation.ruling.queue, by, deciders);
  if (isRefusal(member)) return member;
  const closed = act.isAbout === undefined ? refuseUnlessOpen(escalation, version, now) : null;
  if (closed !== null) return closed;
  const voter = act.by === "voter" ? authoriseVoter(directory, escalation, by) : null;
  if (isRefusal(voter)) return voter;
  return act.refuse(escalation) ?? act.refusePerson?.(escalation, by.userId, directory) ?? null;
}

/** Common to every act of a person: it still waits, this very version is meant, and the deadline has not passed. */
function refuseUnlessOpen(escalation: Escalation, version: number, now: Date): Refusal | null {
  if (escalation.state !== "paused_pending_human") return alreadyDecided(escalation);
  if (escalation.deadline !== null && now >= escalation.deadline) {
    return refuse("deadline_passed", say.refusals.acts.deadlinePassed);
  }
  if (version !== escalation.version) {
    return refuse("stale_version", say.refusals.acts.staleVersion);
  }
  return null;
}

export function decideForPerson(escalation: Escalation, command: HumanCommand, around: Surroundings): Event[] | Refusal {
  const act = actOf(command);
  const { submission } = command;
  if (submission !== undefined && act.isRepeated?.(escalation, submission)) return [];
  const attempt = { type: command.type, by: command.by, version: command.seen.version };
  return refuseAct(escalation, attempt, around) ?? act.decide(escalation, command, around);
}

/** The row of a command is that of its type: what TypeScript cannot follow through a union is said here once. */
const actOf = <T extends ActType>(command: Extract<HumanCommand, { type: T }>): Act<T> =>
  ACTS[command.type as T] as unknown as Act<T>;

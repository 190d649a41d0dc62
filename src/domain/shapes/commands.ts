import type { OnCall } from "../on-call/roster.ts";
import type { Person } from "../people/authority.ts";
import type { Directory } from "../people/directory.ts";
import type { Requester } from "../people/requester.ts";
import type { CanonicalAction } from "./canonical.ts";
import type { Outcome } from "./escalation.ts";
import type { Plan, Precondition } from "./request.ts";
import type { Ruling } from "./ruling.ts";
import type { ReasonCode } from "./vocabulary.ts";

/** What people, agents and the sweep may want: a person's is decided by a pure function in `acts/`, the others in `life/`. */

/**
 * What the person had before them: the version in the button, the digest of the card or modal as it was rendered, and that
 * drawing itself, which is kept with what they say to it.
 */
export type Seen = { version: number; digest: string | null; complete: boolean; drawing?: string | null };
/** `submission`: the form it came from, where there was one: the same one sent twice is one command. */
type ByPerson = { by: Person; seen: Seen; submission?: string | undefined };

/** What a person makes of a step: it stays, with other parameters where they have changed some, or it goes. */
export type StepAnswer =
  | { approved: true; params: Record<string, string | number | boolean | null> | null }
  | { approved: false; reason: string | null };

export type HumanCommand =
  | ({ type: "approve"; reason: string | null } & ByPerson)
  | ({ type: "reject"; reasonCode: ReasonCode; reason: string | null } & ByPerson)
  | ({ type: "modify"; params: Record<string, string | number | boolean | null>; reason: string | null } & ByPerson)
  | ({ type: "amend"; steps: Record<string, StepAnswer>; reason: string | null } & ByPerson)
  | ({ type: "edit"; content: string; reason: string | null } & ByPerson)
  | ({ type: "answer"; option: string | null; text: string | null } & ByPerson)
  | ({ type: "confirm"; reason: string | null } & ByPerson)
  | ({ type: "rollback"; reason: string } & ByPerson)
  | ({ type: "ask"; text: string } & ByPerson)
  | ({ type: "raise"; reason: string } & ByPerson)
  | ({ type: "abstain"; reason: string | null } & ByPerson)
  | ({ type: "claim" } & ByPerson)
  | ({ type: "release" } & ByPerson)
  | ({ type: "withdraw" } & ByPerson)
  | ({ type: "extend"; seconds: number; reason: string } & ByPerson)
  | ({ type: "take_over" } & ByPerson)
  | ({ type: "finish"; result: string } & ByPerson)
  | ({ type: "hand_back" } & ByPerson)
  | ({ type: "flag"; text: string } & ByPerson);

export type ReportedOutcome = Omit<Outcome, "at" | "result"> & Partial<Pick<Outcome, "result">>;
export type AgentCommand =
  | { type: "tell"; text: string }
  | { type: "resume"; claimId: string; preconditions: readonly Precondition[]; leaseS?: number | undefined }
  | { type: "report"; outcome: ReportedOutcome; executionToken: string | null }
  | { type: "report_step"; step: string; outcome: ReportedOutcome; executionToken: string | null }
  | { type: "cancel"; reason: string };

/** `round`: of the decision that stood in what was received. */
export type SystemCommand =
  | { type: "tick" }
  | { type: "callback_received"; round: number }
  /** A machine that watches what agents do finds fault with what ran without being asked about. */
  | { type: "flag_by_machine"; name: string; text: string }
  /** What became known about the act that this review is about. */
  | { type: "inform"; text: string }
  /** What Slack says of whoever is named as having asked for it. */
  | { type: "requester_looked_up"; requester: Requester }
  /** Its agent is gone. */
  | { type: "retire"; reason: string }
  /** Its session was ended: by a person, or by the policy. */
  | { type: "terminate"; reason: string; userId: string | null };

export type Command = HumanCommand | AgentCommand | SystemCommand;

/** A person's command is the one that says who sent it: no list beside the type that somebody could forget to extend. */
export const isHuman = (command: Command): command is HumanCommand => "by" in command;

const OURS = {
  tick: true,
  callback_received: true,
  flag_by_machine: true,
  inform: true,
  requester_looked_up: true,
  retire: true,
  terminate: true,
} satisfies Record<SystemCommand["type"], true>;
export const isAgents = (command: Command): command is AgentCommand => !isHuman(command) && !(command.type in OURS);

/** What a decision may look at beside the escalation: all of it handed in, so that the same input gives the same answer. */
export type Surroundings = {
  now: Date;
  directory: Directory;
  /** Who is on call by a source of the configuration, at this moment. */
  onCall: (source: string) => OnCall;
  /** Judges a changed action, or a changed plan, under the pinned policy version. */
  judgeAgain: (changed: CanonicalAction | Plan) => Ruling;
  /** What Slack says now of those who have voted before; needed where a vote may be the last one. */
  voters: ReadonlyMap<string, Person>;
  /** The secret of an execution, should one be given. */
  executionToken: string;
};

import type { CanonicalAction } from "./canonical.ts";
import type { Decision, Escalation, Execution, Message, ModificationStep, Outcome, Vote } from "./escalation.ts";
import type { Page, Paging, Skipped } from "./paging.ts";
import type { Artifact, Plan } from "./request.ts";
import type { QueueTarget, Requirement, Ruling } from "./ruling.ts";
import type { EndedReason } from "./vocabulary.ts";

/** What can happen to an escalation. Each becomes one audit entry; together they are the whole of its history. */
export type Event =
  | { type: "opened"; escalation: Escalation }
  /** `drawing`: what they had before them, as JSON. */
  | { type: "voted"; vote: Vote; drawing?: string | null | undefined }
  /** "Not for me": it counts for nothing, and its author is asked no more. */
  | { type: "abstained"; vote: Vote }
  /** Taken back by its author, or counted no more because the account is none of a member now. */
  | { type: "vote_withdrawn"; userId: string; why: "own" | "account" }
  | {
      type: "modified";
      by: string;
      action: CanonicalAction;
      actionDigest: string;
      steps: ModificationStep[];
      ruling: Ruling;
      vote: Vote;
      drawing?: string | null | undefined;
    }
  | {
      type: "edited";
      by: string;
      artifact: Artifact;
      actionDigest: string;
      vote: Vote;
      drawing?: string | null | undefined;
    }
  /** Steps of a plan were taken out or given other parameters. */
  | {
      type: "amended";
      by: string;
      plan: Plan;
      rejected: { id: string; reason: string | null }[];
      actionDigest: string;
      steps: ModificationStep[];
      ruling: Ruling;
      vote: Vote;
      drawing?: string | null | undefined;
    }
  | { type: "asked" | "told"; message: Message }
  /** The clock stands still until then at the latest, because a reviewer has asked the agent something. */
  | { type: "clock_paused"; until: Date }
  /** The agent has answered, or its time is over. */
  | { type: "clock_resumed"; deadline: Date }
  /** Whether there is such a person as the agent names as having asked for it. */
  | { type: "requester_confirmed" | "requester_unknown" }
  /** A person or a machine finds fault with what ran without being asked about: it is looked at after the fact. */
  | { type: "flagged"; by: { userId: string } | { machine: string }; text: string }
  | { type: "raised"; by: string; reason: string; requirement: Requirement; submission?: string | undefined }
  | { type: "taken_over"; by: string }
  | { type: "handed_back"; by: string }
  /**
   * The next step of the chain that found somebody: who is paged, who was on call but may not decide, and when the chain moves
   * again.
   */
  | { type: "paged"; page: Page; notPaged: string[]; note: string | null; skipped: Skipped[]; next: Paging["next"] }
  | { type: "reminded"; userIds: string[]; next: Paging["next"] }
  /** Put into the batch of these people; with nobody to write to, `again` is the next one. */
  | { type: "batched"; userIds: string[]; window: Date; again: Date | null }
  | { type: "claimed"; by: string; until: Date }
  | { type: "released"; by: string; next: Paging["next"] }
  | { type: "claim_lapsed"; userId: string; next: Paging["next"] }
  | { type: "extended"; by: string; reason: string; seconds: number; deadline: Date }
  | { type: "decided"; decision: Decision; dueAt: Date }
  | { type: "timed_out"; decision: Decision | null; endedReason: EndedReason | null; dueAt: Date | null }
  | { type: "transferred"; to: QueueTarget; slaAt: Date; deadline: Date }
  | { type: "reopened"; changed: { name: string; was: string; is: string }[]; slaAt: Date; deadline: Date }
  /**
   * The database was put back to an earlier point (`to`): what was decided or run after that is not known any more. `again`:
   * people are asked anew, with these times; null = it ends.
   */
  | { type: "restored"; to: Date; again: { slaAt: Date; deadline: Date } | null; endedReason: EndedReason | null }
  | { type: "resumed"; execution: Execution; claimId: string }
  | { type: "regranted"; execution: Execution; claimId: string }
  /** What may run without anybody's decision has been taken up, by one claim. */
  | { type: "started"; execution: Execution; claimId: string }
  | { type: "lease_extended"; expiresAt: Date }
  | { type: "lease_lapsed"; dueAt: Date }
  | { type: "reached"; via: "resume" | "callback" | "time"; claimId: string | null; endedReason: EndedReason }
  | { type: "reported"; outcome: Outcome; endedReason: EndedReason }
  /**
   * The agent has acted while people are asked about it, or after they answered. `dueAt`: by when it has to begin to undo it,
   * where that is known by now.
   */
  | { type: "reported_meanwhile"; outcome: Outcome; dueAt: Date | null }
  /** Both what people (or their silence) say of it and what became of it are known, and nothing is left to do. */
  | { type: "settled"; endedReason: EndedReason }
  /** The agent reported after the end: kept, and told to whoever looks into it. */
  | { type: "reported_late"; outcome: Outcome }
  /** One step of a plan; `differs`: what ran is not what was approved. */
  | { type: "step_reported"; step: string; outcome: Outcome; differs: boolean }
  | { type: "expired"; endedReason: EndedReason }
  /** By the agent, unless the house withdrew it because its agent was revoked. */
  | { type: "cancelled"; reason: string; by: "agent" | "house" }
  /** Its session was ended: by a person, or by the policy where `userId` is null. */
  | { type: "terminated"; reason: string; userId: string | null };

/** What each event means beyond the state it makes: one row each, so that a new one cannot be forgotten anywhere. */
type Meaning = {
  /** An answer of a person; "I'm on it" is none. */
  isResponse: boolean;
  /** Somebody is at it, so whatever rings is looked at. */
  quietensPagers: boolean;
  /** Changes something that a card shows. */
  isSeen: boolean;
  /** The chain writes to people of its own accord. */
  callsPeople: boolean;
};
const told = { isResponse: false, quietensPagers: false, isSeen: true, callsPeople: false } as const;
const answered = { ...told, isResponse: true, quietensPagers: true } as const;
const unseen = { ...told, isSeen: false } as const;

export const MEANINGS = {
  opened: told,
  voted: answered,
  abstained: told,
  vote_withdrawn: told,
  modified: answered,
  edited: answered,
  amended: answered,
  asked: { ...told, isResponse: true },
  told,
  clock_paused: told,
  clock_resumed: told,
  requester_confirmed: unseen,
  requester_unknown: told,
  flagged: told,
  raised: told,
  taken_over: answered,
  handed_back: told,
  paged: { ...told, callsPeople: true },
  reminded: { ...unseen, callsPeople: true },
  batched: { ...unseen, callsPeople: true },
  claimed: { ...told, quietensPagers: true },
  released: told,
  claim_lapsed: told,
  extended: told,
  decided: told,
  timed_out: told,
  transferred: told,
  reopened: told,
  restored: told,
  resumed: told,
  regranted: told,
  started: unseen,
  lease_extended: unseen,
  lease_lapsed: told,
  reached: told,
  reported: told,
  reported_meanwhile: told,
  settled: told,
  reported_late: told,
  step_reported: told,
  expired: told,
  cancelled: told,
  terminated: told,
} as const satisfies Record<Event["type"], Meaning>;

type Meanings = typeof MEANINGS;
/** The events for which something goes out to those whom they name. */
export type CallingEvent = Extract<
  Event,
  { type: { [T in Event["type"]]: Meanings[T]["callsPeople"] extends true ? T : never }[Event["type"]] }
>;
export const callsPeople = (event: Event): event is CallingEvent => MEANINGS[event.type].callsPeople;

/** Who caused it: a person, the agent, or the policy's clock. */
export type Actor = { kind: "human"; userId: string; teamId: string } | { kind: "agent"; agentId: string } | { kind: "policy" };

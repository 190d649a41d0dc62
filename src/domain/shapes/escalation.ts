import { z } from "zod";
import type { CanonicalAction, Subject } from "./canonical.ts";
import { NO_PAGING, Paging } from "./paging.ts";
import { Artifact, EscalationRequest, Plan, Precondition, Question, SubmittedAction } from "./request.ts";
import { Ruling } from "./ruling.ts";
import {
  DECISION_SOURCES,
  DECISION_TYPES,
  ENDED_REASONS,
  REASON_CODES,
  STATES,
  STEP_STATES,
  SUPPORTED_KINDS,
  TIERS,
} from "./vocabulary.ts";

/** The escalation as it stands: what the store loads, the domain decides on and every edge shows. Times are Dates in memory. */

const date = z.coerce.date();
export const CanonicalActionShape = SubmittedAction.omit({
  title: true,
  params_schema: true,
}) satisfies z.ZodType<CanonicalAction>;

const SubjectShape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("action"), action: CanonicalActionShape }),
  z.object({ kind: z.literal("plan"), plan: Plan }),
  z.object({ kind: z.literal("question"), question: Question }),
  z.object({ kind: z.literal("artifact"), artifact: Artifact }),
]) satisfies z.ZodType<Subject>;

/** RFC 6902 operations plus `from`, the value before (so a diff can be shown without the old document). */
export const ModificationStep = z.object({
  op: z.enum(["replace", "add", "remove"]),
  path: z.string(),
  from: z.json().optional(),
  value: z.json().optional(),
});
export type ModificationStep = z.infer<typeof ModificationStep>;

export const Vote = z.object({
  userId: z.string(),
  teamId: z.string(),
  verdict: z.enum(["approve", "reject", "modify", "answer", "edit", "take_over", "abstain", "confirm", "rollback"]),
  at: date,
  reasonCode: z.enum(REASON_CODES).nullable(),
  reason: z.string().nullable(),
  /** Version that was voted on, and the digest of the card or modal the person had before them. */
  version: z.int(),
  seen: z.string().nullable(),
  /** The seat it filled, in words, where there are several. */
  as: z.string().optional(),
});
export type Vote = z.infer<typeof Vote>;

export const Answer = z.object({ option: z.string().nullable(), text: z.string().nullable() });

export const Decision = z.object({
  type: z.enum(DECISION_TYPES),
  source: z.enum(DECISION_SOURCES),
  decidedAt: date,
  reasonCode: z.enum(REASON_CODES).nullable(),
  reason: z.string().nullable(),
  votes: z.array(Vote),
  /** What was decided, exactly: null for what is no action. */
  action: CanonicalActionShape.nullable(),
  /** The text that was decided, exactly: null for what is none. */
  content: z.string().nullable(),
  /** The steps that were decided, exactly, and those that people took out of them: null and none for what is no plan. */
  plan: Plan.nullable(),
  rejectedSteps: z.array(z.object({ id: z.string(), reason: z.string().nullable() })),
  actionDigest: z.string(),
  modification: z.array(ModificationStep),
  answer: Answer.nullable(),
  result: z.string().nullable(),
  round: z.int(),
});
export type Decision = z.infer<typeof Decision>;

export const Message = z.object({
  from: z.enum(["reviewer", "agent"]),
  userId: z.string().nullable(),
  text: z.string(),
  at: date,
  /** The form it was written in: sent twice, it is one message. */
  submission: z.string().optional(),
});
export type Message = z.infer<typeof Message>;

/**
 * The one live right to act, given to the claim that asked for it: a resume, or a submission that names its claim and may
 * proceed.
 */
export const Execution = z.object({
  token: z.string(),
  attempt: z.int(),
  idempotencyKey: z.string(),
  expiresAt: date,
});
export type Execution = z.infer<typeof Execution>;

export const Outcome = z.object({
  status: z.enum(["completed", "failed", "skipped", "rolled_back"]),
  executedActionDigest: z.string().nullable(),
  detail: z.string().nullable(),
  /** What the agent wants back when it, or its successor, asks again. */
  result: z.json().default(null),
  at: date,
});
export type Outcome = z.infer<typeof Outcome>;

/** A step of a plan, in a row of its own: what exactly it does as decided, and what has become of it. */
export const Step = z.object({
  id: z.string(),
  action: CanonicalActionShape,
  digest: z.string(),
  tier: z.enum(TIERS),
  state: z.enum(STEP_STATES),
  /** Why a person took it out. */
  why: z.string().nullable(),
  outcome: Outcome.nullable(),
});
export type Step = z.infer<typeof Step>;

/** The part that changes while people and the agent act; stored as one JSON document beside the indexed columns. */
export const Progress = z.object({
  /** What is to be decided now; differs from the request after a modification. */
  subject: SubjectShape,
  /** How the subject differs from what was submitted, and who changed it. */
  modification: z.array(ModificationStep),
  modifiedBy: z.string().nullable(),
  votes: z.array(Vote),
  /** Who left it to the others: asked no more in this round, and free to decide all the same once they take that back. */
  abstained: z.array(Vote).default([]),
  messages: z.array(Message),
  decision: Decision.nullable(),
  pastDecisions: z.array(Decision),
  execution: Execution.nullable(),
  outcome: Outcome.nullable(),
  /** The right under which it ran that is being undone, and what was said of it; from then on the two above are the undoing's. */
  acted: z.object({ execution: Execution, outcome: Outcome.nullable() }).nullable().default(null),
  /** The person who has taken a hard-stopped task over, until they finish it or hand it back. */
  takenOverBy: z.string().nullable(),
  /**
   * The `claim_id` that holds the execution or has fetched the decision; another one is refused, the same gets the same answer.
   */
  claimId: z.string().nullable(),
  /** Preconditions found changed at the last resume, shown on the reopened card. */
  changedPreconditions: z.array(z.object({ name: z.string(), was: z.string(), is: z.string() })),
  /** The world as people have decided about it since it was reopened; null = as the agent submitted it. */
  preconditions: z.array(Precondition).nullable().default(null),
  transfers: z.int(),
  /** The Slack channel that it was handed over from last. */
  transferredFrom: z.string().nullable().default(null),
  /** What Slack says of whom the agent names as having asked for it; null = it has not been asked, or has not answered yet. */
  requester: z.enum(["person", "nobody"]).nullable().default(null),
  /** Why it was withdrawn: the agent's words, the house's when the agent was revoked, or those of whoever ended its session. */
  withdrawal: z
    .object({ by: z.enum(["agent", "house", "session"]), reason: z.string(), userId: z.string().optional() })
    .nullable()
    .default(null),
  /** Who found fault with what ran without being asked about, and why: a person, or a machine by its name. */
  flag: z
    .object({ userId: z.string().nullable(), machine: z.string().nullable(), text: z.string(), at: date })
    .nullable()
    .default(null),
  /** A review of something drawn at random, of which its agent learns nothing. */
  isSample: z.boolean().default(false),
  /** Who raised it to a senior, and why. */
  raisedBy: z.object({ userId: z.string(), reason: z.string(), submission: z.string().optional() }).nullable(),
  paging: Paging.default(NO_PAGING),
  /** The clock stands still because the agent owes an answer to a reviewer: since when, and until when at the latest. */
  pause: z.object({ from: date, until: date }).nullable().default(null),
  /** For how long it has stood still in this round before. */
  pausedMs: z.number().default(0),
  /** The first time a person voted, asked or took it over, in whatever round. */
  firstResponseAt: date.nullable().default(null),
  /**
   * After the database was put back to an earlier point: which one, and the round by which the agent's own receivers know what it
   * executes, so that what ran unremembered is not run again by another name.
   */
  restored: z.object({ to: date, keyRound: z.int() }).nullable().default(null),
  /** The trace that the agent began (W3C traceparent): what follows belongs to it. */
  traceparent: z.string().nullable().default(null),
});
export type Progress = z.infer<typeof Progress>;

export const Escalation = Progress.extend({
  id: z.string(),
  /** Of a plan, in the order in which they were submitted. */
  steps: z.array(Step),
  agentId: z.string(),
  agentName: z.string(),
  /** Slack id of the agent's owner, who may not decide. */
  agentOwner: z.string().nullable(),
  kind: z.enum(SUPPORTED_KINDS),
  state: z.enum(STATES),
  version: z.int(),
  revision: z.int(),
  round: z.int(),
  /** As submitted; the checkpoint is kept apart and only read on resume. */
  request: EscalationRequest,
  ruling: Ruling,
  hasCheckpoint: z.boolean(),
  /** Slack's address of its card in the channel where it is asked now; null until that is posted. */
  permalink: z.string().nullable(),
  actionDigest: z.string(),
  slaAt: date.nullable(),
  deadline: date.nullable(),
  /** When the sweep has to look next; null once ended. */
  dueAt: date.nullable(),
  stateSince: date,
  endedAt: date.nullable(),
  endedReason: z.enum(ENDED_REASONS).nullable(),
  reviewOf: z.string().nullable(),
  createdAt: date,
  updatedAt: date,
  /** What the salts of its audit stream follow from: 32 random bytes in hex. It leaves the house with nothing but an export. */
  auditKey: z.string(),
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type Escalation = z.infer<typeof Escalation>;

/** The preconditions that a resume is held against. */
export const worldOf = ({ preconditions, request }: Pick<Escalation, "preconditions" | "request">): Precondition[] =>
  preconditions ?? request.preconditions;

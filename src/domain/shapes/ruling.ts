import { z } from "zod";
import { PagingPlan } from "./paging.ts";
import { FALLBACKS, IMPACTS, TAINTS, TIERS, UNCONFIRMED } from "./vocabulary.ts";

/**
 * What the policy says about one escalation, pinned on it when it is opened. Later edits of the policy file do not move it;
 * a person's modification is judged again under the same policy version and can only add to it.
 */

/** Levels of a reviewer's authority go from 1 to this. */
export const LEVEL_MAX = 3;

/** One kind of person needed: `count` distinct people, each with the level and one of the roles or named as a user. */
export const Seat = z.object({
  /** How the card names it, such as "a lead engineer". */
  label: z.string(),
  /** Any one of these roles qualifies; empty = any role. */
  roles: z.array(z.string()),
  /** Only these people, by Slack user id; empty = anyone who fits otherwise. */
  users: z.array(z.string()),
  levelMin: z.int().min(1).max(3),
  count: z.int().min(1),
});
export type Seat = z.infer<typeof Seat>;

/** Every seat has to be filled, nobody fills two (the two-person rule follows from the sum of the counts). */
export const Requirement = z.object({
  seats: z.array(Seat),
  /** The person named in `requested_by` has to be present in the request. */
  requestedByRequired: z.boolean(),
});
export type Requirement = z.infer<typeof Requirement>;

/** All words of ours on a card: from the policy's templates and the canonical action, never from the agent. */
export const Presentation = z.object({
  title: z.string(),
  /** Every canonical parameter, labelled and formatted; what does not fit a card makes it unapprovable there, never shorter. */
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      value: z.string(),
      /** As it read before a person changed it. */
      was: z.string().optional(),
      /** Part of another one's value, as the currency is of an amount: shown by itself only where that one is an input. */
      within: z.literal(true).optional(),
      /** What a number is counted in. */
      unit: z.string().optional(),
    }),
  ),
  /** Such as "can't be undone", "can be undone", "can be compensated". */
  stakes: z.string(),
  isIrreversible: z.boolean(),
  buttons: z.object({ approve: z.string(), reject: z.string(), modify: z.string() }),
  /** What each answer does, in the policy's words. */
  effects: z.object({ approve: z.string(), reject: z.string(), modify: z.string(), silence: z.string() }),
  /** Slack user id of the workflow's owner, who hears its alarms. */
  owner: z.string().nullable(),
  basis: z.string().nullable(),
  playbookUrl: z.string().nullable(),
});
export type Presentation = z.infer<typeof Presentation>;

/** Of what the agent does while people are asked: how it is undone, and what becomes of it when nobody answers. */
const Review = z.object({
  unconfirmed: z.enum(UNCONFIRMED),
  undo: z.string(),
  requesterMayConfirm: z.boolean(),
  buttons: z.object({ confirm: z.string(), rollback: z.string() }),
});

/** `rejected`: the same act, lately; `by`: by whom last. */
export const SessionFacts = z.object({
  taints: z.array(z.object({ kind: z.enum(TAINTS), source: z.string() })),
  rejected: z.object({ times: z.int(), by: z.string().nullable() }).nullable(),
});
export type SessionFacts = z.infer<typeof SessionFacts>;

export const Reason = z.object({ rule: z.string(), tier: z.enum(TIERS), detail: z.string() });
export type Reason = z.infer<typeof Reason>;

/** What the policy says about one step of a plan. */
export const StepRuling = z.object({
  id: z.string(),
  tier: z.enum(TIERS),
  /** Strictest first. */
  reasons: z.array(Reason),
  /** Why the plan's approval does not cover it; null = it does. */
  own: z.string().nullable(),
  title: z.string(),
  fields: Presentation.shape.fields,
  stakes: z.string(),
  amountParam: z.string().nullable(),
  countedAs: z.string().nullable(),
});
export type StepRuling = z.infer<typeof StepRuling>;

/** A queue, its Slack channel id, and whom it pages; null where it pages nobody. */
const QueueTarget = z.object({ queue: z.string(), channel: z.string(), paging: PagingPlan.nullable().default(null) });
export type QueueTarget = z.infer<typeof QueueTarget>;

export const Ruling = z.object({
  policyVersion: z.string(),
  tier: z.enum(TIERS),
  /** Strictest first. */
  reasons: z.array(Reason),
  /** The stricter of what the agent claims and where it is registered. */
  environment: z.string(),
  queue: z.string(),
  /** Slack channel id of the queue. */
  channel: z.string(),
  requirement: Requirement,
  /** Seconds from the opening of a round to the first answer expected, and to the final deadline. */
  slaS: z.number(),
  deadlineS: z.number(),
  fallback: z.enum(FALLBACKS),
  /** Where a transfer goes and whom it pages there, next first; empty unless the fallback is transfer. */
  transferTo: z.union([z.array(QueueTarget), QueueTarget.transform((only) => [only]), z.null().transform(() => [])]),
  /** Seconds the agent has to resume after a decision, and to report an outcome after it may act. */
  resumeWithinS: z.number(),
  outcomeWithinS: z.number(),
  /** Declared idempotent in the risk map: after a lapsed lease it may be granted again. */
  idempotent: z.boolean(),
  presentation: Presentation,
  // What came later has a default: escalations that were opened before it are still read.
  /** Of the risk map; null for questions and unknown action types. */
  impact: z.enum(IMPACTS).nullable().default(null),
  /** Whom the queue pages; null where it pages nobody. */
  paging: PagingPlan.nullable().default(null),
  /**
   * The parameter that velocity rules add up; null where the action type has none. Here, so that no write has to read the policy
   * again.
   */
  amountParam: z.string().nullable(),
  /** What velocity rules count it as, its type or its group; null where none of them asks. */
  countedAs: z.string().nullable(),
  /**
   * When its evidence grows older than the action type allows (ISO 8601): no decision and no resumption after that; null = no
   * limit.
   */
  freshUntil: z.string().nullable(),
  /** The share of its type that people look at afterwards, where it runs unasked; left out where the policy asks for none. */
  sample: z.number().optional(),
  /** Of a plan, in the order of its steps; left out for everything else. */
  steps: z.array(StepRuling).optional(),
  /** Harmless enough to be answered in a batch with others. */
  batchable: z.boolean().default(false),
  /** Seconds after which an "I'm on it" lapses, and by which people may put the deadline off (0 = not at all). */
  claimS: z.number().default(900),
  extendMaxS: z.number().default(0),
  /** Seconds by which the clock of a round may stand still while the agent owes an answer; left out where it keeps running. */
  askPauseS: z.number().optional(),
  /** What was known of its session when it was asked; left out where that is nothing. */
  session: SessionFacts.optional(),
  /** Of a soft review; of nothing else. */
  review: Review.optional(),
});
export type Ruling = z.infer<typeof Ruling>;

import { z } from "zod";

/** The ways to reach a person; SMS and telephone are the pager's. */
export const ROUTES = ["dm", "email", "pager"] as const;

/**
 * Whom a queue pages, in which order and with which waits: pinned on the escalation when it opens, whatever the file says later.
 */
export const ChainStep = z.object({
  /** How people call the step, such as "secondary on-call". */
  label: z.string(),
  /** Name of the on-call source that is asked when the step is due. */
  source: z.string(),
  /** Seconds to the first reminder; the gaps then double. null = no reminders. */
  remindAfterS: z.number().nullable(),
  /** Seconds to the next step; the last one waits for the deadline. */
  waitS: z.number(),
  /** How a page of this step reaches its people: all of these at once. */
  via: z.array(z.enum(ROUTES)).min(1),
});
export type ChainStep = z.infer<typeof ChainStep>;

export const PagingPlan = z.object({
  chain: z.array(ChainStep),
  /** Urgent = would breach its SLA without an answer within this many seconds; only what is urgent interrupts. */
  urgentWithinS: z.number(),
  /** Seconds between batches of what can wait; null = no batches. */
  batchEveryS: z.number().nullable(),
});
export type PagingPlan = z.infer<typeof PagingPlan>;

const date = z.coerce.date();
export const Page = z.object({
  /** Which step of the chain; one past the last = everybody who may decide. */
  step: z.int(),
  label: z.string(),
  userIds: z.array(z.string()),
  /** When it was due (the next waits count from here), and when it was done. */
  due: date,
  at: date,
  /** Grows with every page: what was owed for an older one is recognised. */
  token: z.int(),
});
export type Page = z.infer<typeof Page>;

/** A step that found nobody to call: who was on call but may not decide, and what the source said of itself. */
export type Skipped = { label: string; notPaged: string[]; note: string | null };

/** How far the paging of one round has come. */
export const Paging = z.object({
  /** The step that is paged next. */
  step: z.int(),
  /**
   * `seniors`: it was escalated; the rest of the chain is asked first, and where that finds nobody, all who could decide now are
   * paged.
   */
  next: z.object({ kind: z.enum(["page", "remind", "seniors"]), at: date }).nullable(),
  reminders: z.int(),
  token: z.int(),
  pages: z.array(Page),
  /** When it goes into the batch of those who are on call then; null = never or already. */
  batchAt: date.nullable(),
  batches: z.array(z.object({ userIds: z.array(z.string()), window: date })),
  /** "I'm on it": holds reminders and pages back, not the deadline. */
  claim: z.object({ userId: z.string(), at: date, until: date }).nullable(),
  extension: z.object({ userId: z.string(), reason: z.string(), seconds: z.number() }).nullable(),
});
export type Paging = z.infer<typeof Paging>;

/** Stored rows leave these values out: one that is changed changes what they say. */
export const NO_PAGING: Paging = {
  step: 0,
  next: null,
  reminders: 0,
  token: 0,
  pages: [],
  batchAt: null,
  batches: [],
  claim: null,
  extension: null,
};

/** Who was paged in this round; what was before belongs to the history. */
export const pagesOfRound = ({ paging, stateSince }: { paging: Paging; stateSince: Date }): Page[] =>
  paging.pages.filter((page) => page.at >= stateSince);

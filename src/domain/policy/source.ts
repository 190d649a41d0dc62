import { z } from "zod";
import { WEEK_DAYS } from "../on-call/window.ts";
import { ROUTES } from "../shapes/paging.ts";
import { ACTION_TYPE_PATTERN } from "../shapes/request.ts";
import { FALLBACKS, TIERS, type Tier, UNCONFIRMED } from "../shapes/vocabulary.ts";
import { ASKED_FIRST } from "../tiers.ts";

/**
 * The policy section of the configuration file, as written: strict, so that a misspelt key is a fault and never a rule that is
 * silently missing.
 */
const DURATION = /^(\d+)(s|m|h|d)$/;
const UNIT_S = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** "10m" → 600 seconds. */
const DurationOrNone = z
  .string()
  .regex(DURATION, "use a whole number and s, m, h or d, such as 10m")
  .transform((text) => {
    const [, count = "0", unit = "s"] = DURATION.exec(text) ?? [];
    return Number(count) * UNIT_S[unit as keyof typeof UNIT_S];
  })
  .refine((seconds) => seconds <= 366 * UNIT_S.d, "a year is the longest");
/** What takes no time at all would repeat for ever or be over before it began. */
export const Duration = DurationOrNone.refine((seconds) => seconds >= 1, "a second is the shortest");

/** "5%" → 0.05. */
const Share = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3})?%$/, "use a share such as 5% or 0.5%")
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .refine((share) => share > 0 && share <= 1, "use more than 0% and at most 100%");

const tier = z.enum(TIERS);
const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "use a Slack user id, such as U0123456");
const button = z.string().min(1).max(30, "a button shows about 30 characters");
const text = (max: number) => z.string().min(1).max(max);
const cel = z.string().min(1).max(500, "keep an expression under 500 characters; split it into several rules");
const patterns = z.union([z.string(), z.array(z.string()).min(1)]).transform((one) => (Array.isArray(one) ? one : [one]));

const requestedBy = z
  .enum(["required", "optional"])
  .optional()
  .describe("required: the request has to name the person who asked, and that person never decides");

export const SeatSource = z.strictObject({
  label: text(60),
  roles: z.array(text(60)).default([]),
  users: z.array(slackUser).default([]),
  level: z.int().min(1).max(3).default(1),
  count: z.int().min(1).max(5).default(1),
});

/** What the clock does while the agent owes an answer to a reviewer's question; in seconds by which it may stand still. */
const askingClock = z
  .union([z.literal("keeps_running"), z.strictObject({ pauses_up_to: Duration })], "use keeps_running, or { pauses_up_to: 30m }")
  .transform((said) => (said === "keeps_running" ? 0 : said.pauses_up_to));

/** The queues an escalation goes on to when nobody answers, one after the other; more hops would be a circle, not an answer. */
const TRANSFERS_MAX = 3;
const transferTo = z
  .union([text(60), z.array(text(60)).min(1).max(TRANSFERS_MAX)])
  .optional()
  .describe("a queue, or up to three, each asked when the one before did not answer");

const asking = {
  queue: text(60).optional(),
  requires: z.array(text(60)).optional(),
  sla: Duration.optional(),
  deadline: Duration.optional(),
  fallback: z.enum(FALLBACKS).optional(),
  transfer_to: transferTo,
  requested_by: requestedBy,
  extend_max: DurationOrNone.optional().describe("how far people may put the deadline off, once"),
  asking: askingClock.optional().describe("what the clock does while the agent owes an answer to a reviewer"),
};

const FieldFormat = z.union([
  z.strictObject({ money: text(60) }).describe("a currency such as USD, or the name of the parameter that holds it"),
  z.strictObject({ unit: text(20) }),
  z.literal("plain").describe("a number that is a name, such as a port or a year: no thousands separated"),
]);

const buttons = { approve: button.optional(), reject: button.optional(), modify: button.optional() };
/** What buttons say and what each answer does. */
const wording = {
  buttons: z.strictObject(buttons).default({}),
  effects: z
    .strictObject({ approve: text(150).optional(), reject: text(150).optional(), modify: text(150).optional() })
    .default({}),
};

/** Nobody but the agent puts its text to use, and what was used cannot be taken back afterwards. */
const ARTIFACT_TIERS = ["autonomous", "notify", ASKED_FIRST] as const satisfies readonly Tier[];

export const ActionTypeSource = z.strictObject({
  impact: z.enum(["low", "medium", "high", "critical"]),
  reversibility: z.enum(["reversible", "compensable", "irreversible"]),
  idempotent: z.boolean().default(false),
  environments: z.record(z.string(), tier).default({}).describe("base tier in an environment, instead of the risk map's"),
  title: text(150).optional(),
  labels: z.record(z.string(), text(40)).default({}),
  formats: z.record(z.string(), FieldFormat).default({}),
  max_age: Duration.optional().describe("how old its evidence may be; what is older, or carries no time, waits for a person"),
  sample: Share.optional().describe("how many of those that run unasked are looked at afterwards, such as 5%"),
  in_plan: z.enum(["covered", "own"]).default("covered").describe("own: as a step of a plan it asks for itself"),
  outcome_within: Duration.optional().describe("how long running it takes at most, where that is not the default"),
  amount: text(60).optional().describe("the parameter that velocity rules add up"),
  velocity_group: z
    .string()
    .max(60)
    .regex(/^[a-z0-9][a-z0-9_-]*$/, "use lower case, digits, - and _, such as payouts")
    .optional()
    .describe("types that name the same group are counted together, so that a sum cannot be split over them"),
  undo: text(150).optional().describe("how it is undone or made good; needed for soft_review"),
  undo_rehearsed: Duration.optional().describe("how long ago it may have been undone last, to be done before people look at it"),
  unconfirmed: z.enum(UNCONFIRMED).optional().describe("what becomes of it when nobody answers a soft review in its window"),
  requester_may_confirm: z.boolean().default(false).describe("whoever asked for it may confirm a soft review of it"),
  ...wording,
  buttons: z.strictObject({ ...buttons, confirm: button.optional(), rollback: button.optional() }).default({}),
  owner: slackUser.optional(),
  basis: text(150).optional(),
  playbook: z.url({ protocol: /^https?$/ }).optional(),
  ...asking,
});
export type ActionTypeSource = z.infer<typeof ActionTypeSource>;

const everyRule = { name: text(60), for: patterns.optional(), tier, detail: text(200).optional(), ...asking };
export const RuleSource = z.union([
  z.strictObject({ ...everyRule, when: cel }),
  z.strictObject({ ...everyRule, signal: z.enum(["confidence"]), below: z.number().min(0).max(1) }),
  z.strictObject({ ...everyRule, signal: z.enum(["risk", "ood"]), above: z.number().min(0).max(1) }),
  z.strictObject({ ...everyRule, error_cost: cel, review_cost: z.number().min(0) }),
]);
export type RuleSource = z.infer<typeof RuleSource>;

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "use a time such as 09:00");

/** What is asked where neither the action type nor a rule says otherwise. */
const Defaults = z.strictObject({
  queue: text(60).describe("may be left out where there is only one"),
  sla: Duration.default(600),
  deadline: Duration.default(3600),
  fallback: z.enum(FALLBACKS).default("reject"),
  transfer_to: transferTo,
  resume_within: Duration.default(1800),
  outcome_within: Duration.default(900),
  claim_lapses: Duration.default(900).describe("how long “I'm on it” holds the chain when nothing follows"),
  extend_max: DurationOrNone.default(0),
  asking: askingClock.prefault("keeps_running"),
});

/** Whom a queue pages, in order. `who` names a source of the on_call section. */
const PagingSource = z.strictObject({
  chain: z
    .array(
      z.strictObject({
        who: text(60),
        label: text(60).optional(),
        remind: Duration.optional(),
        wait: Duration.optional(),
        via: z
          .array(z.enum(ROUTES, "use dm, email or pager"))
          .min(1, "name at least one way, or leave it out for a direct message")
          .refine((ways) => new Set(ways).size === ways.length, "each way is used once")
          .default(["dm"])
          .describe("how its people are reached, all ways at once; SMS is the pager's"),
      }),
    )
    .min(1, "name at least one step, or leave the queue out: then it pages nobody")
    .max(10),
  urgent_within: Duration.default(900).describe("urgent = would breach its SLA without an answer within this"),
  batch_every: Duration.refine((s) => s >= 60, "batches come at most once a minute").optional(),
});
export type PagingSource = z.infer<typeof PagingSource>;

/** The seat that every policy has: whoever reviews in the queue. */
const ANYBODY = "anybody";
const withAnybody = (seats: Record<string, z.output<typeof SeatSource>>): Record<string, z.output<typeof SeatSource>> => ({
  [ANYBODY]: { label: "a reviewer", roles: [], users: [], level: 1, count: 1 },
  ...seats,
});

export const PolicySource = z.strictObject({
  time_zone: text(60).default("UTC"),
  working_hours: z
    .strictObject({ days: z.array(z.enum(WEEK_DAYS)).min(1), from: time, to: time })
    .default({ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "18:00" }),
  environments: z
    .array(text(60))
    .min(1)
    .default(["sandbox", "dev", "staging", "production"])
    .describe("laxest first; one that is not listed counts as the strictest"),
  targets: z.record(z.string(), text(60)).default({}).describe("target glob → the environment it belongs to"),
  seats: z.record(z.string(), SeatSource).default({}).transform(withAnybody),
  defaults: Defaults,
  paging: z.record(z.string(), PagingSource).default({}).describe("queue → whom it pages, with which waits"),
  unknown: z
    .strictObject({
      tier: tier.default("hard_stop"),
      queue: text(60).optional(),
      requires: z.array(text(60)).min(1).default([ANYBODY]),
      requested_by: requestedBy,
    })
    .prefault({}),
  action_types: z
    .record(z.string().max(100).regex(ACTION_TYPE_PATTERN, "use dotted lower case, such as payments.refund"), ActionTypeSource)
    .default({}),
  rules: z.array(RuleSource).max(500).default([]),
  plan: z
    .strictObject({
      longest: Duration.default(1800).describe("how long the approval of a plan lets its steps run"),
      risk_sum: z
        .number()
        .min(0)
        .max(100)
        .default(1)
        .describe("how much risk it covers; the steps after that ask for themselves"),
    })
    .prefault({}),
  loop: z
    .strictObject({
      same_action_rejected: z.int().min(1).max(100).describe("so often in a day, in one session"),
      // biome-ignore lint/suspicious/noThenProperty: a word of the file, and no promise
      then: z.enum(["pause", "replan", "terminate"]).describe("what the session is told"),
    })
    .optional(),
  questions: z
    .strictObject({
      queues: z.record(z.string(), text(60)).default({}).describe("agent → queue that answers its questions"),
      requires: z.array(text(60)).min(1).default([ANYBODY]),
      sla: Duration.optional(),
      deadline: Duration.optional(),
      fallback: z.enum(FALLBACKS).optional(),
      transfer_to: transferTo,
      asking: asking.asking,
      requested_by: requestedBy,
    })
    .prefault({}),
  artifacts: z
    .strictObject({
      tier: z.enum(ARTIFACT_TIERS, `use ${ARTIFACT_TIERS.join(", ")}`).default(ASKED_FIRST),
      queues: z.record(z.string(), text(60)).default({}).describe("agent → queue that reads what it writes"),
      requires: z.array(text(60)).min(1).default([ANYBODY]),
      sla: Duration.optional(),
      deadline: Duration.optional(),
      fallback: z.enum(FALLBACKS).optional(),
      transfer_to: transferTo,
      requested_by: requestedBy,
      asking: asking.asking,
      extend_max: asking.extend_max,
      outcome_within: Duration.optional().describe("how long it takes at most until the text is used"),
      ...wording,
    })
    .prefault({}),
});
export type PolicySource = z.infer<typeof PolicySource>;

import { z } from "zod";
import { minutesOf, WEEK_DAYS } from "../domain/on-call/window.ts";
import { PolicySource } from "../domain/policy/source.ts";

/**
 * The configuration file as written. Memberships are live; only the `policy` section (and the queues' channels) make the policy
 * version.
 */
const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "use a Slack user id, such as U0123456");
export const ENTRIES_MAX = 20_000;
const slackChannel = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,20}$/, "use a Slack channel id, such as C0123456 (channel details → at the bottom)");
const name = z.string().min(1).max(60);
const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "use a time such as 09:00")
  .transform(minutesOf);
const callbackHost = z
  .string()
  .max(255)
  .regex(
    /^((\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:(\d{1,5}|\*))?$/,
    "use a host such as api.example.com, *.example.com or localhost:* (lower case, unicode names in their xn-- form)",
  );

const hours = {
  days: z
    .array(z.enum(WEEK_DAYS))
    .min(1)
    .default([...WEEK_DAYS]),
  from: clockTime,
  to: clockTime,
};
const Hours = z.strictObject(hours);
const email = z.email("use an e-mail address, such as anna@example.com").max(254);
const pager = z.string().regex(/^[a-z0-9_]{1,40}$/, "use the name of a pager, such as anna, whose key is in PAGER_KEY_ANNA");

const Layer = z.strictObject({
  people: z.array(slackUser).min(1, "name at least one person").max(100),
  time_zone: name.optional(),
  every: z
    .union(
      [z.enum(["day", "week"], "use day, week or { days: 14 }"), z.strictObject({ days: z.int().min(1).max(366) })],
      "use day, week or { days: 14 }",
    )
    .default("week"),
  hand_over: clockTime.default(540),
  starts: z.iso.date("use a date such as 2026-01-05: the day of the first person's first turn"),
  hours: Hours.optional().describe("only within these hours: follow the sun"),
});
const pagerDutyId = z.string().regex(/^[A-Z0-9]{5,20}$/, "use a PagerDuty id, such as PABC123");

/** Who is on call, by name; the policy's chains name these. */
const OnCallSource = z.union(
  [
    z.strictObject({ people: z.array(slackUser).min(1) }),
    z.strictObject({ roles: z.array(name).min(1) }),
    z.strictObject({ rotation: z.strictObject({ layers: z.array(Layer).min(1).max(20) }) }),
    z.strictObject({ slack_user_group: z.string().regex(/^S[A-Z0-9]{2,20}$/, "use a Slack user group id, such as S0123456") }),
    z.strictObject({
      pagerduty: z
        .strictObject({ schedules: z.array(pagerDutyId).default([]), escalation_policies: z.array(pagerDutyId).default([]) })
        .refine((one) => one.schedules.length + one.escalation_policies.length > 0, "name a schedule or an escalation policy"),
    }),
    z.strictObject({ ical: z.url({ protocol: /^(https?|webcal)$/ }).max(2000) }),
  ],
  "use one of people, roles, rotation, slack_user_group, pagerduty, ical",
);
export type OnCallSource = z.infer<typeof OnCallSource>;

const entry = z.union([z.string().min(1).max(300), z.number().transform(String)], "use a text or a number");
const beside = z
  .string()
  .max(200)
  .regex(/^(?!.*\.\.)[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, "use the name of a file beside the configuration, such as sanctions.csv");

/** What rules look things up in: written here, or one column of a CSV file that lies beside the configuration. */
const ListSource = z.union(
  [
    z.array(entry).min(1, "an empty list finds nothing; name at least one entry").max(ENTRIES_MAX),
    z.strictObject({ csv: beside, column: z.string().min(1).max(100).optional() }),
  ],
  "use a list of entries, or { csv: FILE, column: NAME }",
);
export type ListSource = z.infer<typeof ListSource>;

const count = (most: number) => z.int().min(1, "use a whole number from 1").max(most);

/** Beyond these an agent is told to come back later. The defaults are far from what one machine meets. */
const LimitsSource = z.strictObject({
  agent: z
    .strictObject({
      submits_per_minute: count(1_000_000).default(600),
      burst: count(100_000).default(200).describe("at once, before the pace holds"),
      open: count(1_000_000).default(2000).describe("of one agent, not ended"),
      messages_per_minute: count(100_000).default(60).describe("messages to reviewers, and reports made again"),
    })
    .prefault({}),
  queue: z.strictObject({ open: count(1_000_000).default(1000).describe("waiting for people in one queue") }).prefault({}),
});

export const ConfigFile = z.strictObject({
  schema: z.literal(1, "this version reads schema: 1"),
  workspace: z
    .string()
    .regex(/^[TE][A-Z0-9]{2,20}$/, "use a Slack team id, such as T0123456")
    .optional(),
  admins: z.array(slackUser).default([]),
  alarms_channel: slackChannel.optional(),
  alarms: z
    .strictObject({ email: email.optional(), pager: pager.optional() })
    .default({})
    .describe("when Slack does not take them"),
  agents: z
    .record(
      z.string(),
      z.strictObject({
        owner: slackUser.optional(),
        environment: name.optional(),
        callback_hosts: z.array(callbackHost).default([]),
      }),
    )
    .default({}),
  reviewers: z.record(
    slackUser,
    z.strictObject({
      name,
      level: z
        .union([z.literal(1), z.literal(2), z.literal(3)], "use level 1 (standard), 2 (manager) or 3 (compliance)")
        .default(1),
      roles: z.array(name).default([]),
      time_zone: name.optional(),
      working_hours: Hours.optional(),
      quiet_hours: Hours.optional(),
      email: email.optional(),
      pager: pager.optional(),
    }),
  ),
  on_call: z.record(name, OnCallSource).default({}),
  queues: z.record(
    name,
    z.strictObject({
      channel: slackChannel,
      members: z
        .array(slackUser)
        .min(1, "an empty queue lets nobody decide; name at least one reviewer")
        .describe("left out: all reviewers"),
    }),
  ),
  limits: LimitsSource.prefault({}),
  lists: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/, "use lower-case letters, digits, - and _"), ListSource)
    .default({})
    .describe("what in_list() looks things up in"),
  policy: PolicySource,
});
export type ConfigFile = z.infer<typeof ConfigFile>;

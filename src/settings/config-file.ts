import { z } from "zod";
import { PolicySource } from "../domain/policy/source.ts";

/** The configuration file as written. Memberships are live; only the `policy` section (and the queues' channels) make the policy version. */
const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "use a Slack user id, such as U0123456");
const slackChannel = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,20}$/, "use a Slack channel id, such as C0123456 (channel details → at the bottom)");
const name = z.string().min(1).max(60);
const callbackHost = z
  .string()
  .max(255)
  .regex(
    /^((\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:(\d{1,5}|\*))?$/,
    "use a host such as api.example.com, *.example.com or localhost:* (lower case, unicode names in their xn-- form)",
  );

export const ConfigFile = z.strictObject({
  schema: z.literal(1, "this version reads schema: 1"),
  workspace: z
    .string()
    .regex(/^[TE][A-Z0-9]{2,20}$/, "use a Slack team id, such as T0123456")
    .optional(),
  admins: z.array(slackUser).default([]),
  alarms_channel: slackChannel.optional(),
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
    }),
  ),
  queues: z.record(
    name,
    z.strictObject({
      channel: slackChannel,
      members: z.array(slackUser).min(1, "an empty queue lets nobody decide; name at least one reviewer"),
    }),
  ),
  policy: PolicySource,
});
export type ConfigFile = z.infer<typeof ConfigFile>;

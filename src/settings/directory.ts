import type { Layer } from "../domain/on-call/rotation.ts";
import type { Directory, Reviewer, Source } from "../domain/people/directory.ts";
import type { Limits } from "../domain/shapes/limits.ts";
import type { ConfigFile, OnCallSource } from "./config-file.ts";

/** The live part of the configuration: people, queues, agents and who is on call, with what was left out filled in. */
export function directoryOf(file: ConfigFile): Directory {
  const agents = Object.entries(file.agents).map(([name, agent]) => {
    const one = { name, owner: agent.owner ?? null, environment: agent.environment ?? null, callbackHosts: agent.callback_hosts };
    return [name, one] as const;
  });
  const reviewers = Object.entries(file.reviewers).map(([userId, one]) => [userId, reviewerOf(file, userId, one)] as const);
  const onCall = Object.entries(file.on_call).map(([name, source]) => [name, sourceOf(file, source)] as const);
  return {
    teamId: file.workspace ?? null,
    reviewers: new Map(reviewers),
    queues: new Map(Object.entries(file.queues).map(([name, queue]) => [name, { name, ...queue }])),
    agents: new Map(agents),
    admins: new Set(file.admins),
    alarmsChannel: file.alarms_channel ?? null,
    alarmRoutes: { email: file.alarms.email ?? null, pager: file.alarms.pager ?? null },
    onCall: new Map(onCall),
    limits: limitsOf(file),
  };
}

const limitsOf = ({ limits: { agent, queue } }: ConfigFile): Limits => ({
  agent: {
    submitsPerMinute: agent.submits_per_minute,
    burst: agent.burst,
    open: agent.open,
    messagesPerMinute: agent.messages_per_minute,
  },
  queue: { open: queue.open },
});

function reviewerOf(file: ConfigFile, userId: string, one: ConfigFile["reviewers"][string]): Reviewer {
  const timeZone = one.time_zone ?? file.policy.time_zone;
  return {
    userId,
    name: one.name,
    level: one.level,
    roles: one.roles,
    timeZone,
    workingHours: one.working_hours === undefined ? null : { ...one.working_hours, timeZone },
    quietHours: one.quiet_hours === undefined ? null : { ...one.quiet_hours, timeZone },
    email: one.email ?? null,
    pager: one.pager ?? null,
  };
}

function sourceOf(file: ConfigFile, source: OnCallSource): Source {
  if ("people" in source) return { kind: "people", people: source.people };
  if ("roles" in source) return { kind: "roles", roles: source.roles };
  if ("slack_user_group" in source) return { kind: "slack_user_group", group: source.slack_user_group };
  if ("ical" in source) return { kind: "ical", url: source.ical };
  if ("pagerduty" in source) {
    const { schedules, escalation_policies: escalationPolicies } = source.pagerduty;
    return { kind: "pagerduty", schedules, escalationPolicies };
  }
  const layers = source.rotation.layers.map((layer): Layer => {
    const days = typeof layer.every === "object" ? layer.every.days : layer.every === "week" ? 7 : 1;
    return {
      people: layer.people,
      timeZone: layer.time_zone ?? file.policy.time_zone,
      everyDays: days,
      handOver: layer.hand_over,
      start: layer.starts,
      hours: layer.hours ?? null,
    };
  });
  return { kind: "rotation", rotation: { layers } };
}

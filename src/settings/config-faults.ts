import type { Directory } from "../domain/directory.ts";
import { globMatcher } from "../domain/policy/glob.ts";
import { isTimeZone } from "../domain/policy/hours.ts";
import { riskTier } from "../domain/policy/judge.ts";
import { requirementOf } from "../domain/policy/requirement.ts";
import { emptySeat } from "../domain/policy/satisfiable.ts";
import type { ActionTypeSource, PolicySource } from "../domain/policy/source.ts";
import { isHardTier, type Tier } from "../domain/vocabulary.ts";
import type { ConfigFile } from "./config-file.ts";
import { onCallFaults, pagingFaults } from "./paging-faults.ts";

/** What a schema cannot see: names that point nowhere, requirements nobody can meet, silence that would approve. */
export type Fault = { path: PropertyKey[]; message: string };

type Asking = Pick<ActionTypeSource, "queue" | "requires" | "sla" | "deadline" | "fallback" | "transfer_to">;
/** One place of the file that can shape an asking, with the action types it can meet and the tier it would lead to. */
export type Speaker = {
  path: PropertyKey[];
  asking: Asking;
  queues: string[];
  tiers: Tier[];
  type: ActionTypeSource | undefined;
};

export function faultsOf(file: ConfigFile, directory: Directory): Fault[] {
  const speakers = speakersOf(file.policy);
  return [
    ...nameFaults(file),
    ...onCallFaults(file),
    ...pagingFaults(file, speakers),
    ...defaultsFaults(file),
    ...speakers.flatMap((speaker) => askingFaults(file.policy, directory, speaker)),
    ...speakers.flatMap((speaker) => satisfactionFaults(file, directory, speaker)),
  ];
}

function speakersOf(policy: PolicySource): Speaker[] {
  const fallbackQueue = policy.defaults.queue;
  const types = Object.entries(policy.action_types).map(([name, type]): Speaker => {
    const tiers = [riskTier(type), ...Object.values(type.environments)];
    return { path: ["policy", "action_types", name], asking: type, queues: [type.queue ?? fallbackQueue], tiers, type };
  });
  const rules = policy.rules.map((rule, index): Speaker => {
    return {
      path: ["policy", "rules", index],
      asking: rule,
      queues: queuesOfRule(policy, rule),
      tiers: [rule.tier],
      type: undefined,
    };
  });
  const { unknown, questions } = policy;
  const answering = [...new Set([fallbackQueue, ...Object.values(questions.queues)])];
  return [
    ...types,
    ...rules,
    {
      path: ["policy", "unknown"],
      asking: unknown,
      queues: [unknown.queue ?? fallbackQueue],
      tiers: [unknown.tier],
      type: undefined,
    },
    { path: ["policy", "questions"], asking: questions, queues: answering, tiers: ["hard_approval"], type: undefined },
  ];
}

/** A rule without a queue of its own is answered where the action types that it matches are. */
function queuesOfRule(policy: PolicySource, rule: PolicySource["rules"][number]): string[] {
  if (rule.queue !== undefined) return [rule.queue];
  const matches = globMatcher(rule.for ?? ["**"]);
  const types = Object.entries(policy.action_types).filter(([name]) => matches(name));
  return [...new Set(types.map(([, type]) => type.queue ?? policy.defaults.queue))];
}

function nameFaults(file: ConfigFile): Fault[] {
  const faults: Fault[] = [];
  const zones = [{ path: ["policy", "time_zone"], zone: file.policy.time_zone }];
  for (const [id, reviewer] of Object.entries(file.reviewers)) {
    if (reviewer.time_zone !== undefined) zones.push({ path: ["reviewers", id, "time_zone"], zone: reviewer.time_zone });
  }
  for (const { path, zone } of zones) {
    if (!isTimeZone(zone)) faults.push({ path, message: `"${zone}" is not a time zone; use a name such as Europe/Berlin` });
  }
  for (const [queue, { members }] of Object.entries(file.queues)) {
    members.forEach((id, index) => {
      if (!(id in file.reviewers))
        faults.push({ path: ["queues", queue, "members", index], message: `${id} is not among the reviewers; add it there` });
    });
  }
  const seen = new Set<string>();
  file.policy.rules.forEach((rule, index) => {
    if (seen.has(rule.name))
      faults.push({
        path: ["policy", "rules", index, "name"],
        message: `there is another rule named "${rule.name}"; give each its own name`,
      });
    seen.add(rule.name);
  });
  const order = file.policy.environments;
  const named = [
    ...Object.entries(file.agents).flatMap(([name, agent]) =>
      agent.environment === undefined ? [] : [{ path: ["agents", name, "environment"], environment: agent.environment }],
    ),
    ...Object.entries(file.policy.targets).map(([glob, environment]) => ({ path: ["policy", "targets", glob], environment })),
    ...Object.entries(file.policy.action_types).flatMap(([type, one]) =>
      Object.keys(one.environments).map((environment) => ({
        path: ["policy", "action_types", type, "environments", environment],
        environment,
      })),
    ),
  ];
  for (const { path, environment } of named) {
    if (!order.includes(environment))
      faults.push({ path, message: `"${environment}" is not listed under policy.environments (${order.join(", ")})` });
  }
  return faults;
}

function defaultsFaults(file: ConfigFile): Fault[] {
  const { defaults } = file.policy;
  const faults: Fault[] = [];
  if (defaults.deadline < defaults.sla)
    faults.push({
      path: ["policy", "defaults", "deadline"],
      message: "the deadline comes before the sla; make it the same or longer",
    });
  if (!(defaults.queue in file.queues))
    faults.push({ path: ["policy", "defaults", "queue"], message: `there is no queue "${defaults.queue}"` });
  if (defaults.fallback === "approve")
    faults.push({
      path: ["policy", "defaults", "fallback"],
      message: "silence may never approve what waits for a person; use reject, transfer or fail",
    });
  if (defaults.fallback === "transfer" && !(defaults.transfer_to !== undefined && defaults.transfer_to in file.queues)) {
    faults.push({ path: ["policy", "defaults", "fallback"], message: "a transfer needs transfer_to with the name of a queue" });
  }
  return faults;
}

function askingFaults(policy: PolicySource, directory: Directory, { path, asking, tiers }: Speaker): Fault[] {
  const faults: Fault[] = [];
  const at = (key: string, message: string) => faults.push({ path: [...path, key], message });
  if (asking.queue !== undefined && !directory.queues.has(asking.queue)) at("queue", `there is no queue "${asking.queue}"`);
  for (const seat of asking.requires ?? [])
    if (!(seat in policy.seats)) at("requires", `there is no seat "${seat}" under policy.seats`);
  const deadline = asking.deadline ?? policy.defaults.deadline;
  if ((asking.sla ?? 0) > deadline) at("sla", "the deadline comes before the sla; make the sla shorter or the deadline longer");
  if (asking.fallback === "approve" && (tiers.some(isHardTier) || tiers.length === 0)) {
    at("fallback", "silence may never approve a hard tier; use reject, transfer or fail");
  }
  if (asking.fallback === "transfer") {
    const queue = asking.queue ?? policy.defaults.queue;
    if (asking.transfer_to === undefined || !directory.queues.has(asking.transfer_to))
      at("fallback", "a transfer needs transfer_to with the name of a queue");
    else if (asking.transfer_to === queue) at("transfer_to", "this is the queue it comes from; name another one");
  }
  return faults;
}

/** Every asking that can come to wait for people must be one that its queue can answer, with any one agent's owner left out. */
function satisfactionFaults(
  file: ConfigFile,
  directory: Directory,
  { path, asking, queues: own, tiers, type }: Speaker,
): Fault[] {
  const { policy } = file;
  if (!tiers.some(isHardTier) || (asking.requires ?? []).some((seat) => !(seat in policy.seats))) return [];
  const queues = [...own, ...(asking.fallback === "transfer" && asking.transfer_to !== undefined ? [asking.transfer_to] : [])];
  const requirement = requirementOf(policy, type, "hard_approval", [asking]);
  const isRule = path[1] === "rules" && asking.requires === undefined;
  if (isRule) return [];
  const owners = [...new Set(Object.values(file.agents).map((agent) => agent.owner))];
  return queues
    .filter((queue) => directory.queues.has(queue))
    .flatMap((queue) => {
      for (const owner of owners.length === 0 ? [undefined] : owners) {
        const seat = emptySeat(requirement, directory, queue, owner === undefined ? [] : [owner]);
        if (seat !== null) {
          const without = owner === undefined ? "" : ` (without ${owner}, who owns an agent)`;
          return [
            {
              path: [...path, "requires"],
              message: `nobody in the queue "${queue}" can fill the seat "${seat}"${without}; add a reviewer there or change what is required`,
            },
          ];
        }
      }
      return [];
    });
}

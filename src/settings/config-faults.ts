import type { Directory } from "../domain/people/directory.ts";
import { isTimeZone } from "../domain/policy/hours.ts";
import { hopsOf, type Silence } from "../domain/policy/silence.ts";
import type { PolicySource } from "../domain/policy/source.ts";
import { isHardTier } from "../domain/tiers.ts";
import type { ConfigFile } from "./config-file.ts";
import { onCallFaults, pagingFaults } from "./paging-faults.ts";
import { type Fault, type PolicyEntry, policyEntriesOf, rulesFor, tiersOf } from "./policy-entries.ts";
import { satisfactionFaults } from "./satisfaction-faults.ts";
import { softReviewFaults } from "./soft-review-faults.ts";

/** What a schema cannot see: names that point nowhere, requirements nobody can meet, silence that would approve. */
export function faultsOf(file: ConfigFile, directory: Directory): Fault[] {
  const entries = policyEntriesOf(file.policy);
  return [
    ...nameFaults(file),
    ...onCallFaults(file),
    ...pagingFaults(file, entries),
    ...defaultsFaults(file),
    ...entries.flatMap((entry) => faultsOfEntry(file.policy, directory, entry)),
    ...silentApprovals(file.policy),
    ...softReviewFaults(file.policy),
    ...satisfactionFaults(file, directory, entries),
  ];
}

/** A type whose own tier is soft can still be made to wait by a rule; its silence must not approve then either. */
function silentApprovals(policy: PolicySource): Fault[] {
  return Object.entries(policy.action_types).flatMap(([name, type]): Fault[] => {
    if (type.fallback !== "approve" || tiersOf(type).some(isHardTier)) return [];
    const rule = rulesFor(policy, name).find(({ rule: { tier } }) => isHardTier(tier))?.rule;
    if (rule === undefined) return [];
    const message = [
      `the rule "${rule.name}" makes it wait for people, and silence may never approve that;`,
      "use reject, transfer or fail",
    ].join(" ");
    return [{ path: ["policy", "action_types", name, "fallback"], message }];
  });
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
  const { defaults, unknown, questions, seats } = file.policy;
  const faults: Fault[] = [];
  if (!isHardTier(unknown.tier))
    faults.push({
      path: ["policy", "unknown", "tier"],
      message: "what nobody has described is never done without a person; use hard_approval or hard_stop",
    });
  if (questions.requires.reduce((sum, seat) => sum + (seats[seat]?.count ?? 1), 0) > 1)
    faults.push({
      path: ["policy", "questions", "requires"],
      message: "a question has one answer, so one person gives it; name a single seat for one person",
    });
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
  return [...faults, ...transferFaults(["policy", "defaults"], defaults, Object.keys(file.queues), [])];
}

function faultsOfEntry(policy: PolicySource, directory: Directory, { path, wants, tiers }: PolicyEntry): Fault[] {
  const faults: Fault[] = [];
  const at = (key: string, message: string) => faults.push({ path: [...path, key], message });
  if (wants.queue !== undefined && !directory.queues.has(wants.queue)) at("queue", `there is no queue "${wants.queue}"`);
  for (const seat of wants.requires ?? [])
    if (!(seat in policy.seats)) at("requires", `there is no seat "${seat}" under policy.seats`);
  const deadline = wants.deadline ?? policy.defaults.deadline;
  if ((wants.sla ?? 0) > deadline) at("sla", "the deadline comes before the sla; make the sla shorter or the deadline longer");
  if (wants.fallback === "approve" && (tiers.some(isHardTier) || tiers.length === 0)) {
    at("fallback", "silence may never approve a hard tier; use reject, transfer or fail");
  }
  return [...faults, ...transferFaults(path, wants, [...directory.queues.keys()], [wants.queue ?? policy.defaults.queue])];
}

/** `from`: the queues an escalation has been in before; it never comes back to one of them. */
function transferFaults(path: PropertyKey[], silence: Silence, queues: readonly string[], from: readonly string[]): Fault[] {
  const at = (key: string, message: string): Fault[] => [{ path: [...path, key], message }];
  if (silence.fallback !== "transfer" && silence.transfer_to !== undefined)
    return at("transfer_to", "this goes with fallback: transfer; add that here, or remove this");
  const hops = hopsOf(silence);
  if (silence.fallback === "transfer" && hops.length === 0)
    return at("fallback", "a transfer needs transfer_to with the name of a queue");
  const unknown = hops.find((hop) => !queues.includes(hop));
  if (unknown !== undefined) return at("transfer_to", `there is no queue "${unknown}"`);
  const again = hops.find((hop, index) => [...from, ...hops.slice(0, index)].includes(hop));
  return again === undefined ? [] : at("transfer_to", `it has been in the queue "${again}" before; name another one`);
}

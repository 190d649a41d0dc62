import { chainOf } from "../domain/policy/chain.ts";
import { isTimeZone } from "../domain/policy/hours.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Fault, PolicyEntry } from "./policy-entries.ts";

/** Faults of who is on call and whom a queue pages: people nobody knows, steps that can never be reached. */
export function onCallFaults(file: ConfigFile): Fault[] {
  const unknown = (path: PropertyKey[], id: string): Fault[] =>
    id in file.reviewers ? [] : [{ path, message: `${id} is not among the reviewers; add it there` }];
  return Object.entries(file.on_call).flatMap(([name, source]): Fault[] => {
    const path = ["on_call", name];
    if ("people" in source) return source.people.flatMap((id, i) => unknown([...path, "people", i], id));
    if ("roles" in source) return rolesFaults(file, path, source.roles);
    if (!("rotation" in source)) return [];
    return source.rotation.layers.flatMap((layer, at) => {
      const where = [...path, "rotation", "layers", at];
      const zone = layer.time_zone === undefined || isTimeZone(layer.time_zone);
      const zones = zone ? [] : [{ path: [...where, "time_zone"], message: `"${layer.time_zone}" is not a time zone` }];
      return [...zones, ...layer.people.flatMap((id, i) => unknown([...where, "people", i], id))];
    });
  });
}

function rolesFaults(file: ConfigFile, path: PropertyKey[], roles: string[]): Fault[] {
  const held = new Set(Object.values(file.reviewers).flatMap((reviewer) => reviewer.roles));
  return roles.flatMap((role, i) =>
    held.has(role) ? [] : [{ path: [...path, "roles", i], message: `no reviewer has the role "${role}"` }],
  );
}

export function pagingFaults(file: ConfigFile, entries: readonly PolicyEntry[]): Fault[] {
  const { policy, alarms } = file;
  const routed = alarms.email !== undefined || alarms.pager !== undefined;
  const nowhere: Fault[] =
    routed && file.alarms_channel === undefined
      ? [
          {
            path: ["alarms"],
            message: "alarms go to Slack first, and by these routes when that fails: set alarms_channel as well",
          },
        ]
      : [];
  return [...nowhere, ...chainFaults(file, policy, entries)];
}

function chainFaults(file: ConfigFile, policy: ConfigFile["policy"], entries: readonly PolicyEntry[]): Fault[] {
  return Object.entries(policy.paging).flatMap(([queue, paging]): Fault[] => {
    const path = ["policy", "paging", queue];
    if (!(queue in file.queues)) return [{ path, message: `there is no queue "${queue}"` }];
    const names = paging.chain.flatMap((step, i): Fault[] => {
      const known = step.who in file.on_call;
      return known ? [] : [{ path: [...path, "chain", i, "who"], message: `there is no "${step.who}" under on_call` }];
    });
    return [...names, ...unreachable(file, queue, entries)];
  });
}

/** A step that would be due after the deadline is never paged: better to hear of it now than in the night. */
function unreachable(file: ConfigFile, queue: string, entries: readonly PolicyEntry[]): Fault[] {
  const { policy } = file;
  const chain = chainOf(policy.paging[queue] ?? { chain: [] });
  const lastDueS = chain.slice(0, -1).reduce((sum, step) => sum + step.waitS, 0);
  const asked = entries.filter((entry) => entry.queues.includes(queue));
  const deadlines = asked.map((entry) => entry.wants.deadline ?? policy.defaults.deadline);
  const shortest = Math.min(...deadlines, ...(asked.length === 0 ? [policy.defaults.deadline] : []));
  if (lastDueS < shortest) return [];
  const minutes = (s: number) => `${Math.round(s / 60)} min`;
  const message = [
    `the last step is due after ${minutes(lastDueS)}, but something in this queue ends after ${minutes(shortest)};`,
    "shorten the waits",
  ].join(" ");
  return [{ path: ["policy", "paging", queue, "chain"], message }];
}

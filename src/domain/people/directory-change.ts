import { canonicalJson } from "../shapes/canonical.ts";
import type { Directory } from "./directory.ts";

/** What an edit of the configuration changed about who may decide, for the audit stream `reviewers`: ids, roles and levels, nothing private. */
export type DirectoryChange = { what: string; was: unknown; is: unknown };

type Facts = Map<string, unknown>;

/** Everything authority hangs on, by name. Names of people and their addresses are no part of it. */
function authorityOf(directory: Directory): Facts {
  const reviewers = [...directory.reviewers.values()].map(
    ({ userId, level, roles }) => [`reviewer ${userId}`, { level, roles }] as const,
  );
  const queues = [...directory.queues.values()].map(
    ({ name, channel, members }) => [`queue ${name}`, { channel, members }] as const,
  );
  const agents = [...directory.agents.values()].map(
    ({ name, owner, environment }) => [`agent ${name}`, { owner, environment }] as const,
  );
  const admins = [...directory.admins].map((userId) => [`admin ${userId}`, true] as const);
  return new Map<string, unknown>([["workspace", directory.teamId], ...reviewers, ...queues, ...agents, ...admins]);
}

export function directoryChanges(before: Directory | null, after: Directory): DirectoryChange[] {
  const was: Facts = before === null ? new Map() : authorityOf(before);
  const is = authorityOf(after);
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  return names.flatMap((what): DirectoryChange[] => {
    const [a, b] = [was.get(what) ?? null, is.get(what) ?? null];
    return canonicalJson(a) === canonicalJson(b) ? [] : [{ what, was: a, is: b }];
  });
}

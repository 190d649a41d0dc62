import { canonicalJson } from "../shapes/canonical.ts";
import type { Directory, Reviewer, Source } from "./directory.ts";

/**
 * What an edit of the configuration changed about who may decide, who is paged, and where decisions go, for the audit stream
 * `reviewers`. Nothing private: of an address it says that there is one, of a calendar its host.
 */
export type DirectoryChange = { what: string; was: unknown; is: unknown };

/** `shown` goes on record; `whole` is what is compared, so that a change is seen although its value is not told. */
type Facts = Map<string, { shown: unknown; whole: unknown }>;

const open = (value: unknown) => ({ shown: value, whole: value });

/** Everything authority and paging hang on, by name. Names of people are no part of it. */
function factsOf(directory: Directory): Facts {
  const reviewers = [...directory.reviewers.values()].flatMap((one) => [
    [`reviewer ${one.userId}`, open({ level: one.level, roles: one.roles })] as const,
    [`paging of ${one.userId}`, pagingOf(one)] as const,
  ]);
  const queues = [...directory.queues.values()].map(
    ({ name, channel, members }) => [`queue ${name}`, open({ channel, members })] as const,
  );
  const agents = [...directory.agents.values()].map(
    ({ name, owner, environment, callbackHosts }) =>
      [`agent ${name}`, open({ owner, environment, callback_hosts: callbackHosts })] as const,
  );
  const admins = [...directory.admins].map((userId) => [`admin ${userId}`, open(true)] as const);
  const onCall = [...directory.onCall].map(
    ([name, source]) => [`on call ${name}`, { shown: shownSource(source), whole: source }] as const,
  );
  const { email, pager } = directory.alarmRoutes;
  const alarms = {
    shown: { channel: directory.alarmsChannel, email: email !== null, pager },
    whole: [directory.alarmsChannel, email, pager],
  };
  return new Map([
    ["workspace", open(directory.teamId)],
    ["alarms", alarms],
    ...reviewers,
    ...queues,
    ...agents,
    ...admins,
    ...onCall,
  ]);
}

function pagingOf({ timeZone, workingHours, quietHours, email, pager }: Reviewer) {
  const times = { time_zone: timeZone, working_hours: workingHours, quiet_hours: quietHours, pager };
  return { shown: { ...times, email: email !== null }, whole: { ...times, email } };
}

/** The address of a calendar is often the only secret that protects it. */
const shownSource = (source: Source): unknown =>
  source.kind === "ical" ? { kind: source.kind, host: URL.parse(source.url)?.host ?? null } : source;

export function directoryChanges(before: Directory | null, after: Directory): DirectoryChange[] {
  const was: Facts = before === null ? new Map() : factsOf(before);
  const is = factsOf(after);
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  return names.flatMap((what): DirectoryChange[] => {
    const [a, b] = [was.get(what) ?? null, is.get(what) ?? null];
    const same = canonicalJson(a?.whole ?? null) === canonicalJson(b?.whole ?? null);
    return same ? [] : [{ what, was: a?.shown ?? null, is: b?.shown ?? null }];
  });
}

import type { Directory, Source } from "../people/directory.ts";
import { nextOnCall, type Override, onCallAt } from "./rotation.ts";

/** The last answer of a source, kept in the database; `fault` says why a newer one could not be had. */
export type KeptAnswer = { userIds: readonly string[]; at: Date; until: Date | null; fault: string | null };
/** What the replicas share about on-call: answers that were fetched, and overrides that people set. */
export type Roster = { kept: ReadonlyMap<string, KeptAnswer>; overrides: ReadonlyMap<string, readonly Override[]> };
export const EMPTY_ROSTER: Roster = { kept: new Map(), overrides: new Map() };

/** `note`: why this is not a fresh answer, in words; null when it is. */
export type OnCall = { userIds: readonly string[]; note: string | null };

/** An answer older than this is told with its age. */
const FRESH_MS = 5 * 60_000;
/**
 * A question may have been put a moment before its answer came; an answer further ahead is from before the database's clock was
 * set back.
 */
const AHEAD_MS = 60_000;

export function isFetched(source: Source): boolean {
  return source.kind === "slack_user_group" || source.kind === "pagerduty" || source.kind === "ical";
}

/**
 * The people on call by a source, now. A source that cannot be asked, or has left the file, gives its last known answer and says
 * so.
 */
export function whoIsOnCall(directory: Directory, roster: Roster, name: string, at: Date): OnCall {
  const override = overrideAt(roster, name, at);
  if (override !== undefined) return { userIds: [override.userId], note: null };
  const source = directory.onCall.get(name);
  if (source !== undefined && !isFetched(source)) return { userIds: computed(directory, source, at), note: null };
  const kept = roster.kept.get(name);
  if (kept === undefined) return { userIds: [], note: `${name} has not answered yet` };
  if (source === undefined) return { userIds: kept.userIds, note: `${name} has left the configuration; this is its last answer` };
  const ageMs = at.getTime() - kept.at.getTime();
  const fresh = ageMs >= -AHEAD_MS && ageMs <= FRESH_MS;
  const why = kept.fault === null ? "" : `: ${kept.fault}`;
  return { userIds: kept.userIds, note: fresh && kept.fault === null ? null : `last known answer, ${ageInWords(ageMs)}${why}` };
}

const ageInWords = (ageMs: number): string =>
  ageMs < -AHEAD_MS ? "from before the clock was set back" : `${Math.max(0, Math.floor(ageMs / 60_000))} min old`;

const overrideAt = (roster: Roster, name: string, at: Date): Override | undefined =>
  (roster.overrides.get(name) ?? []).findLast((one) => one.from <= at && at < one.until);

/** What we can tell without asking anybody. */
function computed(directory: Directory, source: Source, at: Date): readonly string[] {
  switch (source.kind) {
    case "people":
      return source.people;
    case "roles":
      return [...directory.reviewers.values()]
        .filter((reviewer) => reviewer.roles.some((role) => source.roles.includes(role)))
        .map((reviewer) => reviewer.userId);
    case "rotation":
      return [onCallAt(source.rotation, at)];
    case "slack_user_group":
    case "pagerduty":
    case "ical":
      return [];
    default:
      return source satisfies never;
  }
}

/** Who follows and when, where that is known; nobody named = the source said only until when its answer holds. */
export function whoIsNext(
  directory: Directory,
  roster: Roster,
  name: string,
  at: Date,
): { userIds: readonly string[]; from: Date } | null {
  const source = directory.onCall.get(name);
  const overrides = roster.overrides.get(name) ?? [];
  if (source?.kind === "rotation") {
    const next = nextOnCall(source.rotation, at, overrides);
    return next === null ? null : { userIds: [next.userId], from: next.from };
  }
  const override = overrideAt(roster, name, at);
  if (override === undefined) {
    const until = source !== undefined && isFetched(source) ? (roster.kept.get(name)?.until ?? null) : null;
    return until === null || until <= at ? null : { userIds: [], from: until };
  }
  const then = whoIsOnCall(directory, roster, name, override.until);
  return { userIds: then.userIds, from: override.until };
}

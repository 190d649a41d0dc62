import type { Pool } from "pg";
import { type SessionKey, type SessionNote, type Standing, standingOf } from "../../domain/sessions/session.ts";
import type { SessionFacts } from "../../domain/shapes/ruling.ts";
import { type Rejection, readRejections, readSessionNotes } from "../../store/sessions.ts";
import type { Write } from "../../store/write.ts";

/**
 * What there is to know of sessions, as this process last read it: each half second what changed, and at once after a change
 * of its own. That is how fast a stop is promised to hold everywhere, so nobody asks the database for it at a submission or a
 * resume; what was taken in the second between is ended with the rest (settle.ts looks for it for a minute).
 */
export type SessionBook = {
  /** `parent`: as the request itself names it. */
  standing(agentId: string, sessionId: string | null, parent?: SessionKey | null): Standing;
  note(key: SessionKey): SessionNote | null;
  all(): Iterable<SessionNote>;
  /** How often people rejected the same act in this session within a day; null = never. */
  rejected(key: SessionKey, digest: () => string): SessionFacts["rejected"];
  /** The sessions in which one act was rejected so often since they were told something last. */
  looping(times: number): SessionKey[];
  /** What was rejected here just now need not be read. */
  written(write: Pick<Write, "after" | "decisions">): void;
  refresh(): Promise<void>;
};

const nameOf = ({ agentId, id }: SessionKey): string => `${agentId} ${id}`;
const DAY_MS = 86_400_000;
/** The newest of a day; whoever rejects more than this has other troubles. */
const REJECTIONS_MAX = 20_000;

export function createSessionBook(pool: Pool): SessionBook {
  const notes = new Map<string, SessionNote>();
  let readUntil: Date | null = null;
  const rejections = new Map<string, Rejection>();
  let rejectedUntil: Date | null = null;
  const note = (key: SessionKey) => notes.get(nameOf(key)) ?? null;
  const keep = (one: Rejection) => {
    rejections.set(`${one.id}:${one.round}`, one);
    if (rejectedUntil === null || one.at > rejectedUntil) rejectedUntil = one.at;
  };
  const ofSession = new Map<string, Rejection[]>();
  const gather = () => {
    const newest = rejectedUntil?.getTime() ?? 0;
    ofSession.clear();
    for (const [name, one] of rejections) {
      if (one.at.getTime() < newest - DAY_MS || rejections.size > REJECTIONS_MAX) rejections.delete(name);
      else push(ofSession, nameOf({ agentId: one.agentId, id: one.sessionId }), one);
    }
  };
  /** What was rejected before people told the session something is dealt with. */
  const counted = (key: SessionKey): Rejection[] => {
    const since = note(key)?.at ?? null;
    return (ofSession.get(nameOf(key)) ?? []).filter(({ at }) => since === null || at > since);
  };
  return {
    note,
    standing: (agentId, sessionId, parent = null) => standingOf(note, agentId, sessionId, parent),
    all: () => notes.values(),
    rejected(key, digestOf) {
      const all = counted(key);
      if (all.length === 0) return null;
      const digest = digestOf();
      const same = all.filter((one) => one.digest === digest).toSorted((a, b) => a.at.getTime() - b.at.getTime());
      return same.length === 0 ? null : { times: same.length, by: same.at(-1)?.by ?? null };
    },
    looping(times) {
      const keys = [...ofSession.values()].flatMap(([one]) =>
        one === undefined ? [] : [{ agentId: one.agentId, id: one.sessionId }],
      );
      return keys.filter((key) =>
        [...Map.groupBy(counted(key), ({ digest }) => digest).values()].some((same) => same.length >= times),
      );
    },
    written({ after, decisions }) {
      const { session_id: sessionId } = after.request;
      if (sessionId === undefined || after.reviewOf !== null) return;
      for (const { type, source, round, decidedAt, votes } of decisions) {
        if (type !== "reject" || source !== "human") continue;
        const by = votes.findLast(({ verdict }) => verdict === "reject")?.userId ?? null;
        const { id, agentId, actionDigest: digest } = after;
        keep({ id, round, at: decidedAt, agentId, sessionId, digest, by });
        gather();
      }
    },
    async refresh() {
      const [read, rejected] = await Promise.all([
        readSessionNotes(pool, readUntil),
        readRejections(pool, rejectedUntil, REJECTIONS_MAX),
      ]);
      readUntil = read.until;
      for (const one of read.notes) notes.set(nameOf(one), one);
      if (rejected.length === 0) return;
      for (const one of rejected.toReversed()) keep(one);
      gather();
    },
  };
}

function push(lists: Map<string, Rejection[]>, name: string, one: Rejection): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [one]);
  else list.push(one);
}

import type { Pool } from "pg";
import { type SessionKey, type SessionNote, type Standing, standingOf } from "../../domain/sessions/session.ts";
import { readSessionNotes } from "../../store/sessions.ts";

/**
 * What there is to know of sessions, as this process last read it: each second what changed, and at once after a change of its
 * own. That is how fast a stop is promised to hold everywhere, so nobody asks the database for it at a submission or a resume;
 * what was taken in the second between is ended with the rest (settle.ts looks for it for a minute).
 */
export type SessionBook = {
  /** `parent`: as the request itself names it. */
  standing(agentId: string, sessionId: string | null, parent?: SessionKey | null): Standing;
  note(key: SessionKey): SessionNote | null;
  all(): Iterable<SessionNote>;
  refresh(): Promise<void>;
};

const nameOf = ({ agentId, id }: SessionKey): string => `${agentId} ${id}`;

export function createSessionBook(pool: Pool): SessionBook {
  const notes = new Map<string, SessionNote>();
  let readUntil: Date | null = null;
  const note = (key: SessionKey) => notes.get(nameOf(key)) ?? null;
  return {
    note,
    standing: (agentId, sessionId, parent = null) => standingOf(note, agentId, sessionId, parent),
    all: () => notes.values(),
    async refresh() {
      const read = await readSessionNotes(pool, readUntil);
      readUntil = read.until;
      for (const one of read.notes) notes.set(nameOf(one), one);
    },
  };
}

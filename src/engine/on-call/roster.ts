import type { Pool } from "pg";
import { EMPTY_ROSTER, type OnCall, type Roster, whoIsOnCall } from "../../domain/on-call/roster.ts";
import type { Override } from "../../domain/on-call/rotation.ts";
import type { Directory } from "../../domain/people/directory.ts";
import { readAnswers, readOverrides } from "../../store/on-call.ts";

/**
 * The roster as this process last read it: at every sweep, and at once after a change of its own. Being a second behind harms
 * nobody, because who is paged gains no authority by it; asking the database at every submit would be felt by all.
 */
export type RosterBook = {
  current(): Roster;
  /** Who is on call by a source; worked out once a second, since turns begin on whole minutes. */
  onCall(directory: Directory, source: string, at: Date): OnCall;
  refresh(): Promise<void>;
};

export function createRosterBook(pool: Pool): RosterBook {
  let roster = EMPTY_ROSTER;
  let known: { second: number; directory: Directory; roster: Roster; answers: Map<string, OnCall> } | null = null;
  return {
    current: () => roster,
    onCall(directory, source, at) {
      const second = Math.floor(at.getTime() / 1000);
      if (known === null || known.second !== second || known.directory !== directory || known.roster !== roster)
        known = { second, directory, roster, answers: new Map() };
      const answer = known.answers.get(source) ?? whoIsOnCall(directory, roster, source, at);
      known.answers.set(source, answer);
      return answer;
    },
    async refresh() {
      const [answers, inForce] = await Promise.all([readAnswers(pool), readOverrides(pool)]);
      const overrides = new Map<string, Override[]>();
      for (const { source, ...override } of inForce) overrides.set(source, [...(overrides.get(source) ?? []), override]);
      // A source that has been asked but never answered is not yet known.
      const answered = answers.filter((answer) => answer.at.getTime() > 0);
      roster = { kept: new Map(answered.map((answer) => [answer.source, answer])), overrides };
    },
  };
}

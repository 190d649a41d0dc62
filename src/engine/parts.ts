import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Telling } from "../domain/consequences/effects.ts";
import type { Directory } from "../domain/people/directory.ts";
import type { PolicyBook } from "./commands/policy-book.ts";
import type { RosterBook } from "./on-call/roster.ts";
import type { OpenHomes } from "./reading/open-homes.ts";
import type { SessionBook } from "./sessions/book.ts";
import type { Trace } from "./trace.ts";

/**
 * Which of the numbered configurations this process goes by. It is read before anything else is: what is judged with a newer part
 * of it is judged once more.
 */
export type ConfigurationInForce = {
  number(): number;
  /** Takes the newest one unless it has this number; says whether there was another. */
  catchUp(number: number): Promise<boolean>;
};

/** Which ways beside Slack are set up at all, whatever the configuration names. */
export type Routes = { email: boolean; pager: (name: string) => boolean };

/** What the engine is built from, once, by main. */
export type EngineParts = {
  /** For what is decided, due or delivered. */
  pool: Pool;
  /** For what is only looked at: few connections, and little patience. */
  reads: Pool;
  log: Logger;
  /** Which of several databases this is: the beginning of every id and key made here; empty where there is one. */
  cell: string;
  /** Live memberships, as the last good configuration says. */
  directory: () => Directory;
  policies: PolicyBook;
  configuration: ConfigurationInForce;
  /** What the replicas share about on-call, as last read. */
  roster: RosterBook;
  /** Whose Homes are open, as last read. */
  homes: OpenHomes;
  /** What people told sessions, as last read. */
  sessions: SessionBook;
  routes: Routes;
  /** Words of the Slack edge for threads and alarms. */
  words: Pick<Telling, "threadLine" | "alarmLine" | "requesterLine">;
  trace: Trace;
};

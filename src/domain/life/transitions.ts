import type { EndedReason, State } from "../shapes/vocabulary.ts";
import { SOFT_REVIEW_TRANSITIONS } from "./soft-review-transitions.ts";

/**
 * The one table of legal transitions. Everything else about states is derived from it: where each event leads, which states wait
 * or have ended, and docs/state-machine.md. The database repeats the states and the end reasons as CHECK constraints.
 */
export type Transition = {
  /** The event that causes it. */
  on: string;
  /** null = the escalation comes into being. */
  from: State | null;
  to: State;
  /** null = not ended by this transition. */
  endedReason: EndedReason | null;
  /** In words, for the generated documentation. */
  what: string;
};

export const TRANSITIONS = [
  {
    on: "opened",
    from: null,
    to: "running",
    endedReason: null,
    what: "submitted; the policy lets the agent proceed (autonomous, notify)",
  },
  {
    on: "opened",
    from: null,
    to: "paused_pending_human",
    endedReason: null,
    what: "submitted; people are asked, before it is done (hard_approval, hard_stop, any question) or while it is (soft_review)",
  },

  { on: "decided", from: "paused_pending_human", to: "human_responded", endedReason: null, what: "quorum met, or a reject" },
  {
    on: "timed_out",
    from: "paused_pending_human",
    to: "timed_out",
    endedReason: null,
    what: "deadline; the fallback is approve, transfer or fail, or nobody confirmed a soft review in its window",
  },
  {
    on: "timed_out",
    from: "paused_pending_human",
    to: "timed_out",
    endedReason: "timed_out",
    what: "deadline; the fallback is reject",
  },
  { on: "cancelled", from: "paused_pending_human", to: "completed", endedReason: "cancelled", what: "the agent withdraws" },

  {
    on: "resumed",
    from: "timed_out",
    to: "resuming",
    endedReason: null,
    what: "fallback approve, or rollback; the agent resumes",
  },
  {
    on: "transferred",
    from: "timed_out",
    to: "paused_pending_human",
    endedReason: null,
    what: "fallback transfer: a new round in the next queue",
  },
  { on: "expired", from: "timed_out", to: "failed", endedReason: "timed_out", what: "fallback fail" },
  {
    on: "expired",
    from: "timed_out",
    to: "failed",
    endedReason: "never_resumed",
    what: "fallback approve, or rollback, and the agent did not resume in time",
  },
  { on: "cancelled", from: "timed_out", to: "completed", endedReason: "cancelled", what: "the agent withdraws (not once final)" },

  {
    on: "resumed",
    from: "human_responded",
    to: "resuming",
    endedReason: null,
    what: "the agent resumes something to execute or to roll back",
  },
  {
    on: "reached",
    from: "human_responded",
    to: "completed",
    endedReason: "rejected",
    what: "a reject has reached the agent, or its time to fetch it passed",
  },
  {
    on: "reached",
    from: "human_responded",
    to: "completed",
    endedReason: "answered",
    what: "an answer has reached the agent, or its time to fetch it passed",
  },
  {
    on: "reached",
    from: "human_responded",
    to: "completed",
    endedReason: "handled_by_human",
    what: "a person did the work, and the agent knows or its time passed",
  },
  {
    on: "reopened",
    from: "human_responded",
    to: "paused_pending_human",
    endedReason: null,
    what: "preconditions changed at resume: a new round (at most 5)",
  },
  {
    on: "expired",
    from: "human_responded",
    to: "failed",
    endedReason: "never_resumed",
    what: "approved, or to be rolled back, and the agent did not resume in time",
  },
  { on: "cancelled", from: "human_responded", to: "completed", endedReason: "cancelled", what: "the agent withdraws" },

  {
    on: "restored",
    from: "paused_pending_human",
    to: "paused_pending_human",
    endedReason: null,
    what: "the database was put back to an earlier point: people are asked again, in a new round",
  },
  {
    on: "restored",
    from: "human_responded",
    to: "failed",
    endedReason: "outcome_unknown",
    what: "the same, and it may have run since: a person is asked whether it did",
  },
  {
    on: "restored",
    from: "timed_out",
    to: "failed",
    endedReason: "outcome_unknown",
    what: "the same after a fallback approve",
  },
  {
    on: "restored",
    from: "resuming",
    to: "failed",
    endedReason: "outcome_unknown",
    what: "the same for what was being executed",
  },
  {
    on: "restored",
    from: "running",
    to: "failed",
    endedReason: "outcome_unreported",
    what: "the same for what may run without anybody's decision",
  },

  { on: "reported", from: "running", to: "completed", endedReason: "executed", what: "outcome: completed" },
  { on: "reported", from: "running", to: "completed", endedReason: "skipped", what: "outcome: skipped" },
  { on: "reported", from: "running", to: "completed", endedReason: "rolled_back", what: "outcome: rolled back" },
  { on: "reported", from: "running", to: "failed", endedReason: "execution_failed", what: "outcome: failed" },
  {
    on: "reported",
    from: "running",
    to: "failed",
    endedReason: "executed_differs",
    what: "outcome: what ran is not what was permitted",
  },
  {
    on: "expired",
    from: "running",
    to: "failed",
    endedReason: "outcome_unreported",
    what: "no outcome within the policy's time",
  },
  { on: "cancelled", from: "running", to: "completed", endedReason: "cancelled", what: "the agent withdraws" },

  ...(["running", "paused_pending_human", "human_responded", "timed_out"] as const).map(
    (from) =>
      ({
        on: "terminated",
        from,
        to: "completed",
        endedReason: "session_terminated",
        what: "its session, its agent or the session it works for was ended (not what is being executed)",
      }) as const,
  ),

  ...SOFT_REVIEW_TRANSITIONS,

  { on: "reported", from: "resuming", to: "completed", endedReason: "executed", what: "outcome: completed" },
  { on: "reported", from: "resuming", to: "completed", endedReason: "skipped", what: "outcome: skipped" },
  { on: "reported", from: "resuming", to: "completed", endedReason: "rolled_back", what: "outcome: rolled back" },
  { on: "reported", from: "resuming", to: "failed", endedReason: "execution_failed", what: "outcome: failed" },
  {
    on: "reported",
    from: "resuming",
    to: "failed",
    endedReason: "executed_differs",
    what: "outcome: what ran is not what was approved",
  },
  {
    on: "expired",
    from: "resuming",
    to: "failed",
    endedReason: "outcome_unknown",
    what: "the lease lapsed without an outcome: a person is asked whether it ran",
  },
] as const satisfies readonly Transition[];

/** The events that move an escalation; with all others it stays in its state. */
export type Moving = Exclude<(typeof TRANSITIONS)[number]["on"], "opened">;

/** Which of several transitions an event means: where it leads, or the reason for which it ends (null = it does not end). */
type Distinction = { to?: State; endedReason?: EndedReason | null };

/**
 * Where an event leads from a state. What the table lacks, or leaves open, is a bug of ours, never an answer to anybody: it stops
 * the command before anything is written.
 */
export function transitionFor(on: Moving | "opened", from: State | null, by: Distinction): Transition {
  const { to, endedReason } = by;
  const [only, ...others] = TRANSITIONS.filter(
    (t) =>
      t.on === on &&
      t.from === from &&
      (to === undefined || t.to === to) &&
      (endedReason === undefined || t.endedReason === endedReason),
  );
  if (only !== undefined && others.length === 0) return only;
  const which = only === undefined ? "illegal" : "ambiguous";
  throw new Error(`${which} transition: ${on} from ${from ?? "nothing"} (${JSON.stringify(by)})`);
}

/** The states an event can happen in, such as the ones an agent may cancel from. */
export function statesFor(on: (typeof TRANSITIONS)[number]["on"]): State[] {
  return [...new Set(TRANSITIONS.filter((t) => t.on === on).flatMap((t) => (t.from === null ? [] : [t.from])))];
}

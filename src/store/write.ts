import type { AuditEntry } from "../domain/audit/chain.ts";
import type { Counted } from "../domain/policy/velocity.ts";
import type { Decision, Escalation, Vote } from "../domain/shapes/escalation.ts";
import type { Dispatch } from "./owe.ts";

/** What one guarded write stores (write-escalation.ts), and what it was decided on. */
export type Write = {
  before: Escalation | null;
  after: Escalation;
  entries: readonly AuditEntry[];
  owed: readonly Dispatch[];
  votes: readonly Vote[];
  decisions: readonly Decision[];
  /** Earlier than this on the database's clock; null = whenever. */
  onlyBefore: Date | null;
  /** The configuration it was judged by: refused once another one is in force; null = whatever is in force. */
  configuration: number | null;
  /**
   * How far the database's clock was believed to be ahead of this process's own (`performance.now()`), where it was decided by
   * that: refused when this is wrong by more than a quarter of a second. Null = the time was read for it.
   */
  clockOffsetMs: number | null;
  /**
   * For an opening only. `content`: the canonical JSON of what was asked and ruled; `media`: bytes as base64, in the order of the
   * evidence.
   */
  opening: { checkpoint: unknown; media: readonly string[]; idempotencyKey: string | null; content: string } | null;
  /** How the sums of velocity rules change with it. */
  counted: readonly Counted[];
  /** The sums it was judged by, and what was counted last in each (null = nothing yet): refused once that is another. */
  judgedBy: readonly { sum: string; last: string | null }[];
};

/** Which statement writes it: those of one kind share one, of which all or nothing happens. */
export function kindOf({ before }: Pick<Write, "before">): "opening" | "change" | "late" {
  if (before === null) return "opening";
  return before.endedAt === null ? "change" : "late";
}

import { say } from "../../words/en.ts";
import { isSoftReview } from "../kinds/all.ts";
import { actionOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { refuse } from "../shapes/refusal.ts";
import { targetOf } from "../shapes/request.ts";
import { REASON_CODES, type ReasonCode } from "../shapes/vocabulary.ts";
import type { Act } from "./act.ts";
import { refuseIfTaken } from "./take-over.ts";
import { decidedBy, voteOf } from "./vote.ts";

/** Nobody declines to answer because of an amount or a target. */
const FOR_QUESTIONS: readonly ReasonCode[] = ["not_needed", "insufficient_evidence", "wrong_timing", "against_policy", "other"];
const LIKELY_MAX = 3;

/**
 * The reasons there can be for a no to this, the likely ones first: of money its amount, of a machine that it is the wrong one or
 * the wrong hour, of what is critical or can't be undone the risk. "Something else" is the last of them.
 */
export function reasonsFor(escalation: Pick<Escalation, "subject" | "ruling">): ReasonCode[] {
  const action = actionOf(escalation);
  if (action === null) return [...FOR_QUESTIONS];
  const { amountParam, impact, presentation } = escalation.ruling;
  const isMoney = amountParam !== null || presentation.fields.some((field) => field.unit !== undefined);
  const likely: ReasonCode[] = [
    ...(isMoney ? ["wrong_amount" as const] : []),
    ...(targetOf(action) === undefined ? [] : ["wrong_target" as const]),
    ...(impact === "critical" || presentation.isIrreversible ? ["too_risky" as const] : []),
    ...(isMoney ? ["insufficient_evidence" as const] : ["wrong_timing" as const]),
  ];
  const first = likely.slice(0, LIKELY_MAX);
  return [...first, ...REASON_CODES.filter((code) => !first.includes(code))];
}

/**
 * One person's no is enough. While somebody does the task it is theirs to finish or to hand back, and nobody stops it over their
 * head.
 */
export const reject: Act<"reject"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) =>
    isSoftReview(escalation) ? refuse("not_for_this_kind", say.refusals.acts.onlyUndone) : refuseIfTaken(escalation),
  decide(escalation, command, around) {
    if (command.reasonCode === "other" && (command.reason ?? "").trim() === "") {
      return refuse("invalid_fields", say.refusals.acts.whyMissing, [{ field: "reason", detail: say.refusals.acts.whyInWords }]);
    }
    const vote = voteOf(command, "reject", around.now, escalation.version);
    return [
      { type: "voted", vote, drawing: command.seen.drawing },
      decidedBy(escalation, "reject", [...escalation.votes, vote], around.now),
    ];
  },
};

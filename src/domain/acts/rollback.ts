import { say } from "../../words/en.ts";
import { isSoftReview } from "../kinds/all.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { decidedBy, voteOf } from "./vote.ts";

/** One person is enough to have it undone, and says why. */
export const rollback: Act<"rollback"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) => (isSoftReview(escalation) ? null : refuse("not_for_this_kind", say.refusals.acts.nothingToConfirm)),
  decide(escalation, command, around) {
    if (command.reason.trim() === "")
      return refuse("invalid_fields", say.refusals.acts.whyMissing, [{ field: "reason", detail: say.refusals.acts.whyRollback }]);
    const vote = voteOf(command, "rollback", around.now, escalation.version);
    return [
      { type: "voted", vote, drawing: command.seen.drawing },
      decidedBy(escalation, "rollback", [...escalation.votes, vote], around.now),
    ];
  },
};

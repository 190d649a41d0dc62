import { say } from "../../words/en.ts";
import { isSoftReview } from "../kinds/all.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { isRefusal, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { decidedIfLast, refuseIdleVote, voteOf, withStandingVotes } from "./vote.ts";

/** What the agent does, or has done, while people are asked may stay as it is. */
export const confirm: Act<"confirm"> = {
  by: "voter",
  opens: "form_unless_shown",
  refuse: (escalation) =>
    isSoftReview(escalation)
      ? refuseUnknownRequester(escalation)
      : refuse("not_for_this_kind", say.refusals.acts.nothingToConfirm),
  refusePerson: refuseIdleVote,
  decide(escalation, command, around) {
    if (!command.seen.complete) return refuse("cannot_show", say.refusals.acts.cardNotInFull);
    const unconfirmed = refuseUnconfirmedRequester(escalation);
    if (unconfirmed !== null) return unconfirmed;
    const votes = withStandingVotes(escalation, around);
    if (isRefusal(votes)) return votes;
    const vote = voteOf(command, "confirm", around.now, escalation.version);
    return [
      ...votes.gone,
      { type: "voted", vote, drawing: command.seen.drawing },
      ...decidedIfLast(votes.standing, vote, around),
    ];
  },
};

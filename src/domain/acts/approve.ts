import { say } from "../../words/en.ts";
import { wantedOf } from "../kinds/all.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { isRefusal, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { decidedIfLast, refuseIdleVote, voteOf, withStandingVotes } from "./vote.ts";

/** Consent to exactly what was shown. */
export const approve: Act<"approve"> = {
  by: "voter",
  opens: "form_unless_shown",
  refuse: (escalation) =>
    wantedOf(escalation) === "approval"
      ? refuseUnknownRequester(escalation)
      : refuse("not_for_this_kind", say.refusals.acts.notApprovable),
  refusePerson: refuseIdleVote,
  decide(escalation, command, around) {
    if (!command.seen.complete) {
      return refuse("cannot_show", say.refusals.acts.cardNotInFull);
    }
    const unconfirmed = refuseUnconfirmedRequester(escalation);
    if (unconfirmed !== null) return unconfirmed;
    const votes = withStandingVotes(escalation, around);
    if (isRefusal(votes)) return votes;
    const vote = voteOf(command, "approve", around.now, escalation.version);
    return [
      ...votes.gone,
      { type: "voted", vote, drawing: command.seen.drawing },
      ...decidedIfLast(votes.standing, vote, around),
    ];
  },
};

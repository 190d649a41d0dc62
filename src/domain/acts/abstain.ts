import { say } from "../../words/en.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { refuseIfTaken } from "./take-over.ts";
import { voteOf } from "./vote.ts";

/**
 * "Not for me", such as where somebody knows too little of it or has a part in it: on the record, and no answer. Their place
 * stays open, they are asked no more, and the chain goes on to whoever is left.
 */
export const abstain: Act<"abstain"> = {
  by: "voter",
  opens: "form",
  refuse: refuseIfTaken,
  refusePerson: ({ votes, abstained }, userId) =>
    [...votes, ...abstained].some((vote) => vote.userId === userId)
      ? refuse("already_voted", say.refusals.acts.alreadyAnswered)
      : null,
  decide: (escalation, command, { now }) => [{ type: "abstained", vote: voteOf(command, "abstain", now, escalation.version) }],
};

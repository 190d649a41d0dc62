import { say } from "../../words/en.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { refuseOthers, refuseUnlessTaken } from "./hand-back.ts";
import { decidedBy, voteOf } from "./vote.ts";

/** The result of a task that a person has done. */
export const finish: Act<"finish"> = {
  by: "voter",
  opens: "form",
  refuse: refuseUnlessTaken,
  refusePerson: refuseOthers,
  decide(escalation, command, around) {
    const result = command.result.trim();
    if (result === "")
      return refuse("invalid_fields", say.refusals.acts.resultMissing, [
        { field: "result", detail: say.refusals.acts.resultGoesToAgent },
      ]);
    const vote = voteOf(command, "take_over", around.now, escalation.version);
    return [
      { type: "voted", vote, drawing: command.seen.drawing },
      decidedBy(escalation, "take_over", [...escalation.votes, vote], around.now, { result }),
    ];
  },
};

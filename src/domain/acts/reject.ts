import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { refuseIfTaken } from "./take-over.ts";
import { decidedBy, voteOf } from "./vote.ts";

/**
 * One person's no is enough. While somebody does the task it is theirs to finish or to hand back, and nobody stops it over their
 * head.
 */
export const reject: Act<"reject"> = {
  by: "voter",
  opens: "form",
  refuse: refuseIfTaken,
  decide(escalation, command, around) {
    if (command.reasonCode === "other" && (command.reason ?? "").trim() === "") {
      return refuse("invalid_fields", "Please say why.", [
        { field: "reason", detail: "“Something else” needs a few words, so that the agent can do better." },
      ]);
    }
    const vote = voteOf(command, "reject", around.now, escalation.version);
    return [{ type: "voted", vote }, decidedBy(escalation, "reject", [...escalation.votes, vote], around.now)];
  },
};

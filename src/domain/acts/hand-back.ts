import { say } from "../../words/en.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { mention, type Refusal, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

export const refuseUnlessTaken = ({ takenOverBy }: Pick<Escalation, "takenOverBy">): Refusal | null =>
  takenOverBy === null ? refuse("not_taken_over", say.refusals.acts.notTakenOver) : null;

export const refuseOthers = ({ takenOverBy }: Pick<Escalation, "takenOverBy">, userId: string): Refusal | null =>
  takenOverBy === null || takenOverBy === userId
    ? null
    : refuse("not_taken_over", say.refusals.acts.takenOverByOther(mention([takenOverBy])));

/** Whoever took it over gives it up, whatever they may still decide: the others are asked again. */
export const handBack: Act<"hand_back"> = {
  by: "member",
  opens: "nothing",
  refuse: refuseUnlessTaken,
  refusePerson: refuseOthers,
  decide: (_escalation, command) => [{ type: "handed_back", by: command.by.userId }],
};

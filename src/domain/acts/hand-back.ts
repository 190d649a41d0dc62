import type { Escalation } from "../shapes/escalation.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

export const refuseUnlessTaken = ({ takenOverBy }: Pick<Escalation, "takenOverBy">): Refusal | null =>
  takenOverBy === null
    ? refuse("not_taken_over", "Nobody has taken this over yet. Only whoever does can finish it or hand it back.")
    : null;

export const refuseOthers = ({ takenOverBy }: Pick<Escalation, "takenOverBy">, userId: string): Refusal | null =>
  takenOverBy === null || takenOverBy === userId
    ? null
    : refuse("not_taken_over", `<@${takenOverBy}> has taken this over. Only that person can finish it or hand it back.`);

/** Whoever took it over gives it up, whatever they may still decide: the others are asked again. */
export const handBack: Act<"hand_back"> = {
  by: "member",
  opens: "nothing",
  refuse: refuseUnlessTaken,
  refusePerson: refuseOthers,
  decide: (_escalation, command) => [{ type: "handed_back", by: command.by.userId }],
};

import { say } from "../../words/en.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { mention, type Refusal, refuse } from "../shapes/refusal.ts";
import { tierOf } from "../tiers.ts";
import type { Act } from "./act.ts";

/** Whoever has taken a task over is on it, and nobody else can be. */
export const refuseIfTaken = ({ takenOverBy }: Pick<Escalation, "takenOverBy">): Refusal | null =>
  takenOverBy === null ? null : refuse("taken_over", say.refusals.acts.takenOver(mention([takenOverBy])));

/** A stopped task is done by the person who takes it. */
export const takeOver: Act<"take_over"> = {
  by: "voter",
  opens: "nothing",
  refuse: (escalation) =>
    tierOf(escalation).doneBy === "person"
      ? refuseIfTaken(escalation)
      : refuse("not_for_this_kind", say.refusals.acts.notStopped),
  decide: (_escalation, command) => [{ type: "taken_over", by: command.by.userId }],
};

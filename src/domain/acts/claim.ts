import { say } from "../../words/en.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";
import { refuseIfTaken } from "./take-over.ts";

/**
 * "I'm on it": nobody else is paged for a while. The deadline stays, everybody may still decide, and may take it over from
 * whoever has it.
 */
export const claim: Act<"claim"> = {
  by: "voter",
  opens: "nothing",
  refuse: refuseIfTaken,
  refusePerson: ({ paging }, userId) =>
    paging.claim?.userId === userId ? refuse("already_claimed", say.refusals.acts.alreadyClaimed) : null,
  decide: (escalation, command, around) => [
    { type: "claimed", by: command.by.userId, until: new Date(around.now.getTime() + escalation.ruling.claimS * 1000) },
  ],
};

import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

/** One's own vote of this version, taken back while others are still needed; a change that came with it stays. */
export const withdraw: Act<"withdraw"> = {
  by: "member",
  opens: "nothing",
  refuse: ({ votes }) =>
    votes.length === 0 ? refuse("not_voted", "Nobody has approved this yet, so there is nothing to take back.") : null,
  refusePerson: ({ votes }, userId) =>
    votes.some((vote) => vote.userId === userId)
      ? null
      : refuse("not_voted", "You have not approved this, so there is nothing of yours to take back."),
  decide: (_escalation, command) => [{ type: "vote_withdrawn", userId: command.by.userId, why: "own" }],
};

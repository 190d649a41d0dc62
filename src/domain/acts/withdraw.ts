import { say } from "../../words/en.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

/**
 * One's own vote of this version, taken back while others are still needed, or that one left it to them; a change that came with
 * it stays.
 */
export const withdraw: Act<"withdraw"> = {
  by: "member",
  opens: "nothing",
  refuse: ({ votes, abstained }) =>
    votes.length + abstained.length === 0 ? refuse("not_voted", say.refusals.acts.nobodyVoted) : null,
  refusePerson: ({ votes, abstained }, userId) =>
    [...votes, ...abstained].some((vote) => vote.userId === userId) ? null : refuse("not_voted", say.refusals.acts.notVoted),
  decide: (_escalation, command) => [{ type: "vote_withdrawn", userId: command.by.userId, why: "own" }],
};

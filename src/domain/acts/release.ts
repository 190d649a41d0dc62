import { say } from "../../words/en.ts";
import { mention, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

/** Gives up "I'm on it", so that the paging goes on. */
export const release: Act<"release"> = {
  by: "member",
  opens: "nothing",
  refuse: ({ paging }) => (paging.claim === null ? refuse("not_claimed", say.refusals.acts.nobodyOnIt) : null),
  refusePerson: ({ paging }, userId) =>
    paging.claim === null || paging.claim.userId === userId
      ? null
      : refuse("not_claimed", say.refusals.acts.otherOnIt(mention([paging.claim.userId]))),
  decide: ({ paging }, command, { now }) => {
    const next = paging.next === null ? null : { ...paging.next, at: paging.next.at < now ? now : paging.next.at };
    return [{ type: "released", by: command.by.userId, next }];
  },
};

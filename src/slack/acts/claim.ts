import { say } from "../../words/en.ts";
import type { SlackAct } from "./act.ts";

export const claim: SlackAct<"claim"> = {
  button: "claim",
  place: "menu",
  label: ({ paging }) => (paging.claim === null ? say.acts.claim : say.acts.claimInstead),
  bare: () => ({ type: "claim" }),
};

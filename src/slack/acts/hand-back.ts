import { say } from "../../words/en.ts";
import type { SlackAct } from "./act.ts";

export const handBack: SlackAct<"hand_back"> = {
  button: "hand_back",
  place: "row",
  label: () => say.acts.handBack,
  effect: () => say.acts.handBackDoes,
  bare: () => ({ type: "hand_back" }),
};

import { say } from "../../words/en.ts";
import type { SlackAct } from "./act.ts";

export const takeOver: SlackAct<"take_over"> = {
  button: "take_over",
  place: "row",
  label: () => say.acts.takeOver,
  effect: () => say.acts.takeOverDoes,
  bare: () => ({ type: "take_over" }),
};

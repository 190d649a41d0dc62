import { say } from "../../words/en.ts";
import type { SlackAct } from "./act.ts";

export const release: SlackAct<"release"> = {
  button: "release",
  place: "menu",
  label: () => say.acts.release,
  bare: () => ({ type: "release" }),
};

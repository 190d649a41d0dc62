import { say } from "../../words/en.ts";
import type { SlackAct } from "./act.ts";

export const withdraw: SlackAct<"withdraw"> = {
  button: "withdraw",
  place: "menu",
  isPersonal: ({ votes }) => votes.length === 0,
  label: ({ votes }) => (votes.length === 0 ? say.acts.decideAfterAll : say.acts.withdraw),
  bare: () => ({ type: "withdraw" }),
};

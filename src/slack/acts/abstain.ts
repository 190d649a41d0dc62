import { say } from "../../words/en.ts";
import { textOf } from "../modals/inputs.ts";
import { abstainModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const abstain: SlackAct<"abstain"> = {
  button: "abstain",
  place: "menu",
  isPersonal: () => true,
  label: () => say.acts.abstain,
  form: {
    id: "abstain_modal",
    draw: abstainModal,
    read: (values) => ({ type: "abstain", reason: textOf(values, "reason") }),
  },
};

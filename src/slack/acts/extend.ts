import { say } from "../../words/en.ts";
import { choiceOf, textOf } from "../modals/inputs.ts";
import { extendModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const extend: SlackAct<"extend"> = {
  button: "extend",
  place: "menu",
  label: () => say.acts.extend,
  form: {
    id: "extend_modal",
    draw: extendModal,
    read: (values) => ({
      type: "extend",
      seconds: Number(choiceOf(values, "extend_by") ?? 0),
      reason: textOf(values, "reason") ?? "",
    }),
  },
};

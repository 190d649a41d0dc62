import { say } from "../../words/en.ts";
import { textOf } from "../modals/inputs.ts";
import { finishModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const finish: SlackAct<"finish"> = {
  button: "finish",
  place: "row",
  label: () => say.acts.finish,
  name: () => say.acts.done,
  effect: () => say.acts.finishDoes,
  form: {
    id: "finish_modal",
    draw: finishModal,
    read: (values) => ({ type: "finish", result: textOf(values, "result") ?? "" }),
  },
};

import { say } from "../../words/en.ts";
import { textOf } from "../modals/inputs.ts";
import { askModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const ask: SlackAct<"ask"> = {
  button: "ask",
  place: "menu",
  label: () => say.acts.ask,
  form: { id: "ask_modal", draw: askModal, read: (values) => ({ type: "ask", text: textOf(values, "reason") ?? "" }) },
};

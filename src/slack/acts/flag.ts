import { say } from "../../words/en.ts";
import { textOf } from "../modals/inputs.ts";
import { flagModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const flag: SlackAct<"flag"> = {
  button: "flag",
  place: "row",
  label: () => say.acts.flag,
  form: { id: "flag_modal", draw: flagModal, read: (values) => ({ type: "flag", text: textOf(values, "reason") ?? "" }) },
};

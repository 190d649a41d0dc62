import { foreseenIn } from "../../domain/acts/raise.ts";
import { say } from "../../words/en.ts";
import { textOf } from "../modals/inputs.ts";
import { escalateModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

export const raise: SlackAct<"raise"> = {
  button: "escalate",
  place: "menu",
  label: () => say.acts.escalate,
  form: {
    id: "escalate_modal",
    foresees: { type: "raise", reason: "" },
    draw: (escalation, events) => escalateModal(escalation, foreseenIn(escalation, events)),
    read: (values) => ({ type: "raise", reason: textOf(values, "reason") ?? "" }),
  },
};

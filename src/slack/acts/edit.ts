import { editAgainModal, editModal, readText } from "../modals/edit.ts";
import { textOf } from "../modals/inputs.ts";
import type { SlackAct } from "./act.ts";

export const edit: SlackAct<"edit"> = {
  button: "edit",
  place: "row",
  label: ({ ruling }) => ruling.presentation.buttons.modify.replace(/…?$/, "…"),
  effect: ({ ruling }) => ruling.presentation.effects.modify,
  form: {
    id: "edit_modal",
    draw: editModal,
    written: readText,
    drawAgain: editAgainModal,
    read: (values, _escalation, between) => ({
      type: "edit",
      content: readText(values, between),
      reason: textOf(values, "reason"),
    }),
  },
};

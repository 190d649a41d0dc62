import { textOf } from "../modals/inputs.ts";
import { fitsModify, modifyModal, readModifyForm } from "../modals/modify.ts";
import type { SlackAct } from "./act.ts";

export const modify: SlackAct<"modify"> = {
  button: "modify",
  place: "row",
  label: ({ ruling }) => ruling.presentation.buttons.modify.replace(/…?$/, "…"),
  effect: ({ ruling }) => ruling.presentation.effects.modify,
  form: {
    id: "modify_modal",
    draw: modifyModal,
    fits: fitsModify,
    read: (values, escalation) => ({
      type: "modify",
      params: readModifyForm(values, escalation),
      reason: textOf(values, "reason"),
    }),
  },
};

import { isRefusal } from "../../domain/shapes/refusal.ts";
import { textOf } from "../modals/inputs.ts";
import { fitsPlan, planModal, readPlanForm } from "../modals/plan.ts";
import type { SlackAct } from "./act.ts";

export const amend: SlackAct<"amend"> = {
  button: "choose",
  place: "row",
  label: ({ ruling }) => ruling.presentation.buttons.modify.replace(/…?$/, "…"),
  effect: ({ ruling }) => ruling.presentation.effects.modify,
  form: {
    id: "plan_modal",
    draw: planModal,
    fits: fitsPlan,
    read: (values, escalation) => {
      const steps = readPlanForm(values, escalation);
      return isRefusal(steps) ? steps : { type: "amend", steps, reason: textOf(values, "reason") };
    },
  },
};

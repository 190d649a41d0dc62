import { planOf } from "../../domain/shapes/canonical.ts";
import { say } from "../../words/en.ts";
import { approvalConfirmation, approvalEffect } from "../cards/confirm.ts";
import { fullParameters } from "../modals/in-full.ts";
import { textOf } from "../modals/inputs.ts";
import { approveModal } from "../modals/modals.ts";
import { fitsPlan, planModal } from "../modals/plan.ts";
import type { SlackAct } from "./act.ts";

export const approve: SlackAct<"approve"> = {
  button: "approve",
  place: "row",
  label: ({ ruling }, complete) => (complete ? ruling.presentation.buttons.approve : say.acts.reviewInFull),
  labelInList: () => say.acts.review,
  effect: approvalEffect,
  confirm: approvalConfirmation,
  bare: () => ({ type: "approve", reason: null }),
  form: {
    id: "approve_modal",
    // Of a plan that the card does not show in full, people choose among the steps where they see them.
    draw: (escalation) => (planOf(escalation) === null ? approveModal(escalation) : planModal(escalation)),
    fits: (escalation) => (planOf(escalation) === null ? fullParameters(escalation) !== null : fitsPlan(escalation)),
    read: (values) => ({ type: "approve", reason: textOf(values, "reason") }),
  },
};

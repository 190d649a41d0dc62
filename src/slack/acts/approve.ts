import { say } from "../../words/en.ts";
import { approvalConfirmation, approvalEffect } from "../cards/confirm.ts";
import { fullParameters } from "../modals/in-full.ts";
import { textOf } from "../modals/inputs.ts";
import { approveModal } from "../modals/modals.ts";
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
    draw: approveModal,
    fits: (escalation) => fullParameters(escalation) !== null,
    read: (values) => ({ type: "approve", reason: textOf(values, "reason") }),
  },
};

import { say } from "../../words/en.ts";
import { fullParameters } from "../modals/in-full.ts";
import { textOf } from "../modals/inputs.ts";
import { confirmModal } from "../modals/soft-review.ts";
import type { SlackAct } from "./act.ts";

export const confirm: SlackAct<"confirm"> = {
  button: "confirm",
  place: "row",
  label: ({ ruling }, complete) => (complete ? (ruling.review?.buttons.confirm ?? say.acts.confirm) : say.acts.reviewInFull),
  labelInList: () => say.acts.review,
  effect: () => say.acts.confirmDoes,
  bare: () => ({ type: "confirm", reason: null }),
  form: {
    id: "confirm_modal",
    draw: confirmModal,
    fits: (escalation) => fullParameters(escalation) !== null,
    read: (values) => ({ type: "confirm", reason: textOf(values, "reason") }),
  },
};

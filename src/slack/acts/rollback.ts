import { textOf } from "../modals/inputs.ts";
import { nameOfRollback, rollbackEffect, rollbackModal } from "../modals/soft-review.ts";
import type { SlackAct } from "./act.ts";

export const rollback: SlackAct<"rollback"> = {
  button: "rollback",
  place: "row",
  label: (escalation) => `${nameOfRollback(escalation)}…`,
  name: nameOfRollback,
  effect: rollbackEffect,
  form: {
    id: "rollback_modal",
    draw: rollbackModal,
    read: (values) => ({ type: "rollback", reason: textOf(values, "reason") ?? "" }),
  },
};

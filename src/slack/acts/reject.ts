import { kindOf } from "../../domain/kinds/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { refuse } from "../../domain/shapes/refusal.ts";
import { REASON_CODES } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { choiceOf, textOf } from "../modals/inputs.ts";
import { nameOfNo, rejectModal } from "../modals/reject.ts";
import type { SlackAct } from "./act.ts";

const isAnswered = (escalation: Escalation): boolean => kindOf(escalation).consent === "answer";

export const reject: SlackAct<"reject"> = {
  button: "reject",
  place: "row",
  label: (escalation) => (isAnswered(escalation) ? say.acts.decline : `${nameOfNo(escalation)}…`),
  labelInList: (escalation) => (isAnswered(escalation) ? say.acts.decline : say.acts.reject),
  name: nameOfNo,
  effect: ({ ruling }) => ruling.presentation.effects.reject,
  form: {
    id: "reject_modal",
    draw: rejectModal,
    read(values) {
      const reasonCode = REASON_CODES.find((one) => one === choiceOf(values, "reason_code"));
      if (reasonCode === undefined)
        return refuse("invalid_fields", say.refusals.acts.reasonMissing, [
          { field: "reason_code", detail: say.refusals.acts.chooseReason },
        ]);
      return { type: "reject", reasonCode, reason: textOf(values, "reason") };
    },
  },
};

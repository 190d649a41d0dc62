import type { ModalView } from "@slack/types";
import { reasonsFor } from "../../domain/acts/reject.ts";
import { kindOf } from "../../domain/kinds/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { REASON_CODE_LABELS } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { escapeMrkdwn, literal, plain, section } from "../text.ts";
import { modal, TITLE_MAX, textInput } from "./frame.ts";

/** What a no is called: by the policy's button; where it goes is what the effect tells. */
export const nameOfNo = (escalation: Escalation): string =>
  kindOf(escalation).consent === "answer"
    ? say.acts.decline.replace(/…$/, "")
    : escalation.ruling.presentation.buttons.reject.replace(/…$/, "");

/** Its title names the act, as the button that approves does: "Approve refund" becomes "Reject refund". */
function titleOf(escalation: Escalation): string {
  const name = nameOfNo(escalation);
  const [, act] = /^Approve (.+)$/.exec(escalation.ruling.presentation.buttons.approve) ?? [];
  const full = name === say.modals.reject && act !== undefined ? say.modals.rejectAct(act) : name;
  return full.length <= TITLE_MAX ? full : say.modals.reject;
}

export function rejectModal(escalation: Escalation): ModalView {
  const { presentation } = escalation.ruling;
  const name = nameOfNo(escalation);
  const isQuestion = kindOf(escalation).consent === "answer";
  const submit = isQuestion ? say.modals.decline : name.length <= TITLE_MAX ? name : say.modals.reject;
  const effect = isQuestion ? presentation.effects.reject : say.modals.rejectEffect(presentation.effects.reject);
  return modal("reject_modal", titleOf(escalation), submit, escalation, [
    section(`*${escapeMrkdwn(name)}:* ${effect}`),
    section(`*${literal(presentation.title)}*`),
    {
      type: "input",
      block_id: "reason_code",
      label: plain(say.modals.why),
      element: {
        type: "radio_buttons",
        action_id: "reason_code",
        options: reasonsFor(escalation).map((code) => ({
          text: plain(REASON_CODE_LABELS[code], 75),
          value: code,
          ...(code === "other" ? { description: plain(say.modals.sayItBelow, 75) } : {}),
        })),
      },
    },
    textInput("reason", say.modals.inYourOwnWords, { optional: true, hint: say.modals.neededFor(REASON_CODE_LABELS.other) }),
  ]);
}

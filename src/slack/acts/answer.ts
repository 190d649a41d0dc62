import { exactText } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { allowsFreeText, optionsOf } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { choiceOf, textOf } from "../modals/inputs.ts";
import { answerModal } from "../modals/modals.ts";
import type { SlackAct } from "./act.ts";

const OPTIONS_MAX = 4;
/** What a button takes; a card has room for this much of a question. */
const LABEL_CHARS_MAX = 75;
const QUESTION_CHARS_MAX = 400;

/** The options as buttons of their own, where there are few of them, whole, and a card has room for the question as it is. */
export function optionButtons({ request }: Pick<Escalation, "request">): { id: string; label: string }[] {
  if (!("question" in request) || request.question.text.length > QUESTION_CHARS_MAX) return [];
  const options = optionsOf(request.question);
  const isWhole = ({ label }: { label: string }) => label.length <= LABEL_CHARS_MAX && exactText(label) === label;
  return options.length <= OPTIONS_MAX && options.every(isWhole) ? options : [];
}

/** Whether there is more to an answer than its buttons. */
export const hasAnswerForm = (escalation: Pick<Escalation, "request">): boolean =>
  optionButtons(escalation).length === 0 || ("question" in escalation.request && allowsFreeText(escalation.request.question));

export const answer: SlackAct<"answer"> = {
  button: "answer",
  place: "row",
  label: (escalation, complete) => (complete && optionButtons(escalation).length > 0 ? say.acts.inYourWords : say.acts.answer),
  labelInList: () => say.acts.answer,
  /** Where each option has a button, none of them is called "Answer". */
  name: (escalation) => (optionButtons(escalation).length > 0 ? say.acts.anyAnswer : say.acts.answer.replace(/…$/, "")),
  effect: ({ ruling }) => ruling.presentation.effects.approve,
  bare: (option) => (option === null ? null : { type: "answer", option, text: null }),
  form: {
    id: "answer_modal",
    draw: answerModal,
    read: (values) => ({
      type: "answer",
      option: choiceOf(values, "answer_option"),
      text: textOf(values, "answer_text"),
    }),
  },
};

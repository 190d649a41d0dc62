import { say } from "../../words/en.ts";
import { kindOf } from "../kinds/all.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { isRefusal, type Refusal, refuse } from "../shapes/refusal.ts";
import { allowsFreeText, optionsOf } from "../shapes/request.ts";
import type { Act, Of } from "./act.ts";
import { decidedIfLast, refuseIdleVote, voteOf, withStandingVotes } from "./vote.ts";

/** One of the options that the agent offers, words of one's own where it takes them, or both. */
export const answer: Act<"answer"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) =>
    kindOf(escalation).consent === "answer"
      ? refuseUnknownRequester(escalation)
      : refuse("not_for_this_kind", say.refusals.acts.noAnswerWanted),
  refusePerson: refuseIdleVote,
  decide(escalation, command, around) {
    const fault = refuseUnconfirmedRequester(escalation) ?? refuseContent(escalation, command);
    if (fault !== null) return fault;
    const given = { option: command.option, text: textOf(command) };
    const votes = withStandingVotes(escalation, around);
    if (isRefusal(votes)) return votes;
    const vote = voteOf(command, "answer", around.now, escalation.version);
    return [
      ...votes.gone,
      { type: "voted", vote, drawing: command.seen.drawing },
      ...decidedIfLast(votes.standing, vote, around, { answer: given }),
    ];
  },
};

const textOf = ({ text }: Of<"answer">): string | null => (text?.trim() ? text.trim() : null);

function refuseContent({ request }: Escalation, command: Of<"answer">): Refusal | null {
  if (!("question" in request)) return null;
  const { question } = request;
  const offered = optionsOf(question);
  if (command.option !== null && !offered.some((option) => option.id === command.option)) {
    return refuse("invalid_fields", say.refusals.acts.optionUnknown, [
      { field: "answer_option", detail: say.refusals.acts.chooseShown },
    ]);
  }
  const text = textOf(command);
  if (command.option !== null || (text !== null && allowsFreeText(question))) return null;
  const field = offered.length > 0 ? "answer_option" : "answer_text";
  return refuse("invalid_fields", say.refusals.acts.answerMissing, [
    { field, detail: offered.length > 0 ? say.refusals.acts.chooseOption : say.refusals.acts.writeAnswer },
  ]);
}

import type { KnownBlock, ModalView } from "@slack/types";
import type { Foreseen } from "../../domain/acts/raise.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { allowsFreeText, optionsOf } from "../../domain/shapes/request.ts";
import { REASON_CODE_LABELS, REASON_CODES } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { agentSays } from "../cards/agent-says.ts";
import { changeLines } from "../cards/change.ts";
import { bold, duration, foreign, line, literal, mentions, plain, richText, section, when, words } from "../text.ts";
import { modal, textInput } from "./frame.ts";
import { fullParameters, shown } from "./in-full.ts";

/** The modals a person decides in. Each opens with what submitting does. */
const titleLine = (escalation: Escalation) => section(`*${literal(escalation.ruling.presentation.title)}*`);

/** All parameters in full: what the card had no room for is approved here or nowhere. */
export function approveModal(escalation: Escalation): ModalView {
  const { presentation } = escalation.ruling;
  const changes = escalation.modification.length === 0 ? [] : [section(`Changed: ${changeLines(escalation).join(" · ")}`)];
  const blocks: KnownBlock[] = [
    section(`On submit: ${presentation.effects.approve}. This is everything the agent will do:`),
    titleLine(escalation),
    ...changes,
    ...shown(fullParameters(escalation)),
    ...agentSays(escalation),
  ];
  return modal("approve_modal", "Review in full", presentation.buttons.approve, escalation, blocks);
}

export function rejectModal(escalation: Escalation): ModalView {
  const { presentation } = escalation.ruling;
  return modal("reject_modal", "Reject", "Reject", escalation, [
    section(`On submit: ${presentation.effects.reject}. Nothing is executed.`),
    titleLine(escalation),
    {
      type: "input",
      block_id: "reason_code",
      label: plain("Why?"),
      element: {
        type: "radio_buttons",
        action_id: "reason_code",
        options: REASON_CODES.map((code) => ({ text: plain(REASON_CODE_LABELS[code], 75), value: code })),
      },
    },
    textInput("reason", "In your words", { optional: true, hint: "The agent gets this and can do better next time." }),
  ]);
}

export function askModal(escalation: Escalation): ModalView {
  return modal("ask_modal", "Ask the agent", "Ask", escalation, [
    section("On submit: the agent gets your question; its answer appears on the card and in the thread. The deadline stays."),
    titleLine(escalation),
    textInput("reason", "Your question", { max_length: 1000 }),
  ]);
}

/** `foreseen`: whom it pages at once, and who could approve then. */
export function escalateModal(escalation: Escalation, foreseen: Foreseen = { userIds: [], levelMin: null }): ModalView {
  const { deadline } = escalation;
  const said = [
    foreseen.userIds.length === 0 ? say.paging.seniorsPaged : say.paging.pagedAtOnce(mentions(foreseen.userIds)),
    ...(foreseen.levelMin === null ? [] : [say.paging.onlyFrom(foreseen.levelMin)]),
    ...(deadline === null ? [] : [say.paging.deadlineStays(when(deadline))]),
  ];
  return modal("escalate_modal", "Escalate to a senior", "Escalate", escalation, [
    section(said.join(" ")),
    titleLine(escalation),
    textInput("reason", "Why should someone more senior decide?", { max_length: 500 }),
  ]);
}

const MINUTES = [5, 10, 15, 30, 60, 120, 240, 480, 1440];

/** Once, up to the policy's cap. */
export function extendModal(escalation: Escalation): ModalView {
  const capMinutes = Math.floor(escalation.ruling.extendMaxS / 60);
  const offered = [...MINUTES.filter((minutes) => minutes < capMinutes), capMinutes];
  const options = offered.map((minutes) => ({ text: plain(duration(minutes * 60_000), 75), value: String(minutes * 60) }));
  const by =
    escalation.deadline === null ? "" : ` The deadline is ${when(escalation.deadline, "{date_short_pretty} {time}")} now.`;
  return modal("extend_modal", "More time", "Put the deadline off", escalation, [
    section(`On submit: the deadline moves, once. The agent waits as long.${by}`),
    titleLine(escalation),
    {
      type: "input",
      block_id: "extend_by",
      label: plain("By how much?"),
      element: { type: "static_select", action_id: "extend_by", options, placeholder: plain("Choose", 150) },
    },
    textInput("reason", "What do you need the time for?", { max_length: 500 }),
  ]);
}

export function finishModal(escalation: Escalation): ModalView {
  return modal("finish_modal", "Report your result", "Report", escalation, [
    section("On submit: the agent gets your result and goes on without doing this itself."),
    titleLine(escalation),
    textInput("result", "What did you do?", { max_length: 2000 }),
  ]);
}

export function answerModal(escalation: Escalation): ModalView {
  if (escalation.request.kind !== "question") throw new Error("only questions are answered");
  const { question } = escalation.request;
  const options = optionsOf(question).map((option) => ({ text: plain(foreign(option.label, 75), 75), value: option.id }));
  const choice: KnownBlock[] =
    options.length === 0
      ? []
      : [
          {
            type: "input",
            block_id: "answer_option",
            label: plain("Answer"),
            optional: allowsFreeText(question),
            element:
              options.length <= 10
                ? { type: "radio_buttons", action_id: "answer_option", options }
                : { type: "static_select", action_id: "answer_option", options },
          },
        ];
  const free = allowsFreeText(question)
    ? [textInput("answer_text", options.length === 0 ? "Answer" : "Or in your words", { optional: options.length > 0 })]
    : [];
  return modal("answer_modal", "Answer the agent", "Send answer", escalation, [
    section(
      `On submit: the agent goes on with your answer.${choice.length > 0 && free.length > 0 ? " Choose one, or write in your words; both is fine." : ""}`,
    ),
    richText(line(bold(`${escalation.agentName} asks  `), words(foreign(question.text, 2000, true)))),
    ...choice,
    ...free,
  ]);
}

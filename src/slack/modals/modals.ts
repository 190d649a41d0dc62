import type { KnownBlock, ModalView } from "@slack/types";
import type { Foreseen } from "../../domain/acts/raise.ts";
import { pauseLeftMs } from "../../domain/life/clock-pause.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { allowsFreeText, optionsOf, submittedQuestion } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { agentSays } from "../cards/agent-says.ts";
import { approvalEffect } from "../cards/confirm.ts";
import { decisionBlocks, lastMessages, stateLine, whyItAsks } from "../cards/decision.ts";
import { notices } from "../cards/notices.ts";
import { PLENTY } from "../cards/room.ts";
import {
  bold,
  context,
  duration,
  escapeMrkdwn,
  foreign,
  line,
  literal,
  mentions,
  plain,
  richText,
  section,
  when,
  words,
} from "../text.ts";
import { modal, textInput } from "./frame.ts";
import { fullParameters, shown } from "./in-full.ts";

/** The modals a person decides in. Each opens with what submitting does. */
const titleLine = (escalation: Escalation) => section(`*${literal(escalation.ruling.presentation.title)}*`);

/** All that the card says and all parameters in full: what it had no room for is approved here or nowhere. */
export function approveModal(escalation: Escalation): ModalView {
  const { presentation } = escalation.ruling;
  const blocks: KnownBlock[] = [
    section(`*${escapeMrkdwn(presentation.buttons.approve)}:* ${approvalEffect(escalation, true)}`),
    ...inFullBlocks(escalation, say.modals.everything),
  ];
  return modal("approve_modal", say.modals.reviewInFull, presentation.buttons.approve, escalation, blocks);
}

/** `everything`: what is said above the parameters. */
export const inFullBlocks = (escalation: Escalation, everything: string): KnownBlock[] => [
  titleLine(escalation),
  context(stateLine(escalation)),
  ...notices(escalation, PLENTY),
  ...decisionBlocks(escalation, PLENTY),
  whyItAsks(escalation, PLENTY),
  section(everything),
  ...shown(fullParameters(escalation)),
  ...agentSays(escalation),
  ...lastMessages(escalation, PLENTY),
];

export function askModal(escalation: Escalation): ModalView {
  const leftMs = pauseLeftMs(escalation);
  return modal("ask_modal", say.modals.askTitle, say.modals.askSubmit, escalation, [
    section(say.modals.askEffect(leftMs > 0 ? duration(leftMs) : null)),
    titleLine(escalation),
    textInput("reason", say.modals.yourQuestion, { max_length: 1000 }),
  ]);
}

export function flagModal(escalation: Escalation): ModalView {
  return modal("flag_modal", say.modals.flagTitle, say.modals.flagSubmit, escalation, [
    section(say.modals.flagEffect),
    titleLine(escalation),
    textInput("reason", say.modals.whyFlag, { max_length: 1000 }),
  ]);
}

export function abstainModal(escalation: Escalation): ModalView {
  return modal("abstain_modal", say.modals.abstainTitle, say.modals.abstainSubmit, escalation, [
    section(say.modals.abstainEffect),
    titleLine(escalation),
    textInput("reason", say.modals.whyAbstain, { max_length: 500, optional: true }),
  ]);
}

/** `foreseen`: whom it pages at once, and who could approve then. */
export function escalateModal(escalation: Escalation, foreseen: Foreseen = { userIds: [], levelMin: null }): ModalView {
  const { deadline } = escalation;
  const said = [
    foreseen.userIds.length === 0 ? say.paging.seniorsPaged : say.paging.pagedAtOnce(mentions(foreseen.userIds)),
    ...(foreseen.levelMin === null ? [] : [say.seats.onlyFrom(foreseen.levelMin)]),
    ...(deadline === null ? [] : [say.paging.deadlineStays(when(deadline))]),
  ];
  return modal("escalate_modal", say.modals.escalateTitle, say.modals.escalateSubmit, escalation, [
    section(said.join(" ")),
    titleLine(escalation),
    textInput("reason", say.modals.whyEscalate, { max_length: 500 }),
  ]);
}

const MINUTES = [5, 10, 15, 30, 60, 120, 240, 480, 1440];

/** Once, up to the policy's cap. */
export function extendModal(escalation: Escalation): ModalView {
  const capMinutes = Math.floor(escalation.ruling.extendMaxS / 60);
  const offered = [...MINUTES.filter((minutes) => minutes < capMinutes), capMinutes];
  const options = offered.map((minutes) => ({ text: plain(duration(minutes * 60_000), 75), value: String(minutes * 60) }));
  const now = escalation.deadline === null ? "" : when(escalation.deadline, "{time} {date_short_pretty}");
  // Half an hour is what most need; where the policy gives less, all of it.
  const usual = options.find((one) => one.value === "1800") ?? options.at(-1);
  return modal("extend_modal", say.modals.moreTime, say.modals.extendDeadline, escalation, [
    section(say.modals.extendEffect(now)),
    titleLine(escalation),
    {
      type: "input",
      block_id: "extend_by",
      label: plain(say.modals.byHowMuch),
      element: {
        type: "static_select",
        action_id: "extend_by",
        options,
        placeholder: plain(say.modals.choose, 150),
        ...(usual === undefined ? {} : { initial_option: usual }),
      },
    },
    textInput("reason", say.modals.whyExtend, { max_length: 500 }),
  ]);
}

export function finishModal(escalation: Escalation): ModalView {
  return modal("finish_modal", say.modals.finishTitle, say.modals.finishSubmit, escalation, [
    section(say.modals.finishEffect),
    titleLine(escalation),
    textInput("result", say.modals.whatDidYouDo, { max_length: 2000 }),
  ]);
}

export function answerModal(escalation: Escalation): ModalView {
  const question = submittedQuestion(escalation.request);
  if (question === null) throw new Error("only questions are answered");
  const options = optionsOf(question).map((option) => ({ text: plain(foreign(option.label, 75), 75), value: option.id }));
  const choice: KnownBlock[] =
    options.length === 0
      ? []
      : [
          {
            type: "input",
            block_id: "answer_option",
            label: plain(say.modals.answer),
            optional: allowsFreeText(question),
            element:
              options.length <= 10
                ? { type: "radio_buttons", action_id: "answer_option", options }
                : { type: "static_select", action_id: "answer_option", options },
          },
        ];
  const free = allowsFreeText(question)
    ? [
        textInput("answer_text", options.length === 0 ? say.modals.answer : say.modals.orInYourWords, {
          optional: options.length > 0,
        }),
      ]
    : [];
  return modal("answer_modal", say.modals.answerTitle, say.modals.answerSubmit, escalation, [
    section(choice.length > 0 && free.length > 0 ? say.modals.chooseOrWrite : say.modals.answerEffect),
    richText(line(bold(`${say.modals.agentAsks(escalation.agentName)}  `), words(foreign(question.text, 2000, true)))),
    ...choice,
    ...free,
  ]);
}

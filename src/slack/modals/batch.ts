import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import { possibleActs } from "../../domain/acts/all.ts";
import { reasonsFor } from "../../domain/acts/reject.ts";
import { kindOf } from "../../domain/kinds/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { REASON_CODE_LABELS, REASON_CODES, type ReasonCode } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { changeLines } from "../cards/change.ts";
import { approvalEffect } from "../cards/confirm.ts";
import { byWhen, decisionInList } from "../cards/in-list.ts";
import { buttonValue } from "../cards/view.ts";
import { escapeMrkdwn, foreign, literal, plain, section } from "../text.ts";
import { fullParameters } from "./in-full.ts";
import type { StateValues } from "./inputs.ts";
import { nameOfNo } from "./reject.ts";

/** Several that could wait, answered one by one in one form. Each is shown in full; what is left open stays open. */
const ITEMS_MAX = 8;
const BLOCKS_MAX = 98;

export function batchModal(waiting: readonly Escalation[]): { view: ModalView; shown: Escalation[] } {
  const shown: Escalation[] = [];
  const blocks: KnownBlock[] = [section(say.modals.batchEffect)];
  for (const escalation of waiting.filter((one) => kindOf(one).isBatched)) {
    const item = itemBlocks(escalation);
    if (item === null) continue;
    if (shown.length === ITEMS_MAX || blocks.length + item.length > BLOCKS_MAX) break;
    shown.push(escalation);
    blocks.push({ type: "divider" }, ...item);
  }
  const left = waiting.length - shown.length;
  if (left > 0) blocks.push(section(say.modals.batchLeft(left)));
  const view: ModalView = {
    type: "modal",
    callback_id: "batch_modal",
    private_metadata: shown.map(buttonValue).join(" "),
    title: plain(say.modals.batchTitle, 24),
    close: plain(say.modals.cancel, 24),
    blocks,
    ...(shown.length === 0 ? {} : { submit: plain(say.modals.batchSubmit, 24) }),
  };
  return { view, shown };
}

function itemBlocks(escalation: Escalation): KnownBlock[] | null {
  const parameters = fullParameters(escalation);
  if (parameters === null) return null;
  const { presentation } = escalation.ruling;
  const facts = [escapeMrkdwn(escalation.agentName), presentation.stakes, ...byWhen(escalation)].join(" · ");
  const changed = escalation.modification.length === 0 ? "" : `\n${say.modals.changed} ${changeLines(escalation).join(" · ")}`;
  const approving = `\n*${escapeMrkdwn(presentation.buttons.approve)}:* ${approvalEffect(escalation, true)}`;
  return [
    section(`*${literal(presentation.title)}*\n${facts}${changed}${canApprove(escalation) ? approving : ""}`),
    decisionInList(escalation),
    ...parameters,
    choice(escalation),
  ];
}

/** What would be refused is not offered: where the policy wants to know who asked, and that is nobody. */
const canApprove = (escalation: Escalation): boolean => possibleActs(escalation).includes("approve");

/** One list an item: approve, or reject with its reason, the likely ones first. Choosing nothing leaves it. */
function choice(escalation: Escalation): InputBlock {
  const { buttons } = escalation.ruling.presentation;
  const option = (text: string, value: string): PlainTextOption => ({ text: plain(text, 75), value });
  const no = nameOfNo(escalation);
  const rejections = reasonsFor(escalation)
    .filter((code) => code !== "other")
    .map((code) => option(`${no}: ${REASON_CODE_LABELS[code].toLowerCase()}`, `reject:${code}`));
  const id = blockIdOf(escalation.id);
  return {
    type: "input",
    block_id: id,
    optional: true,
    label: plain(say.modals.batchAnswer(foreign(escalation.ruling.presentation.title, 100)), 200),
    element: {
      type: "static_select",
      action_id: id,
      placeholder: plain(say.modals.leaveOpen, 150),
      options: [...(canApprove(escalation) ? [option(buttons.approve, "approve")] : []), ...rejections],
    },
  };
}

export const blockIdOf = (id: string): string => `answer:${id}`;

export type BatchAnswer = { verdict: "approve" } | { verdict: "reject"; reasonCode: ReasonCode };

/** What was chosen for one item; null = left open. */
export function readBatchAnswer(values: StateValues, id: string): BatchAnswer | null {
  const chosen = values[blockIdOf(id)]?.[blockIdOf(id)]?.selected_option?.value;
  if (chosen === "approve") return { verdict: "approve" };
  const reasonCode = REASON_CODES.find((code) => chosen === `reject:${code}`);
  return reasonCode === undefined ? null : { verdict: "reject", reasonCode };
}

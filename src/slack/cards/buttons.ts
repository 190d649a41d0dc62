import type { ActionsBlock, Button, Overflow } from "@slack/types";
import type { Escalation } from "../../domain/escalation.ts";
import { clip } from "../../domain/inert.ts";
import { plain } from "../text.ts";
import { buttonValue } from "../view.ts";

/** The acts that are possible now, as verbs with their object. Neither answer of a hard tier is the easy one: none is primary. */
export function cardActions(escalation: Escalation, complete: boolean): ActionsBlock {
  const buttons = escalation.kind === "question" ? questionButtons(escalation) : actionButtons(escalation, complete);
  return { type: "actions", block_id: `acts:${escalation.id}`, elements: [...buttons, moreMenu(escalation)] };
}

function button(escalation: Escalation, actionId: string, text: string, explained: string): Button {
  return {
    type: "button",
    action_id: actionId,
    text: plain(text, 30),
    value: buttonValue(escalation),
    accessibility_label: clip(explained, 75),
  };
}

function questionButtons(escalation: Escalation): Button[] {
  return [
    button(escalation, "answer", "Answer…", "Answer the agent's question"),
    button(escalation, "reject", "Decline to answer…", "Tell the agent that it gets no answer"),
  ];
}

function actionButtons(escalation: Escalation, complete: boolean): Button[] {
  const { buttons, title } = escalation.ruling.presentation;
  const reject = button(escalation, "reject", buttons.reject, `${buttons.reject}: ${title}`);
  if (escalation.ruling.tier === "hard_stop") {
    if (escalation.takenOverBy === null)
      return [button(escalation, "take_over", "I'll do it myself", `Take over: ${title}`), reject];
    return [
      button(escalation, "finish", "Done: report the result…", `Report what you did: ${title}`),
      button(escalation, "hand_back", "Hand it back", `Give it back to the queue: ${title}`),
    ];
  }
  const approve = complete
    ? button(escalation, "approve", buttons.approve, `${buttons.approve}: ${title}`)
    : button(escalation, "approve", "Review in full…", `Open all parameters of: ${title}`);
  const modify = button(
    escalation,
    "modify",
    buttons.modify.endsWith("…") ? buttons.modify : `${buttons.modify}…`,
    `Change the parameters of: ${title}`,
  );
  return isModifiable(escalation) ? [approve, reject, modify] : [approve, reject];
}

/** Whether the agent gave a form for its parameters. */
export function isModifiable({ request }: Escalation): boolean {
  return request.kind === "action" && Object.keys(request.action.params_schema?.properties ?? {}).length > 0;
}

/** Rarer acts; an option's value puts the act first. */
function moreMenu(escalation: Escalation): Overflow {
  const option = (act: string, text: string) => ({ text: plain(text, 75), value: `${act} ${buttonValue(escalation)}` });
  const { claim, extension } = escalation.paging;
  const mayExtend = escalation.ruling.extendMaxS >= 60 && extension === null;
  return {
    type: "overflow",
    action_id: "more",
    options: [
      option("details", "Full brief"),
      option("ask", "Ask the agent…"),
      option("escalate", "Escalate to a senior…"),
      ...(claim === null ? [option("claim", "I'm on it")] : []),
      ...(mayExtend ? [option("extend", "I need more time…")] : []),
    ],
  };
}

/** For what can only be looked at. */
export function detailsButton(escalation: Escalation): ActionsBlock {
  return {
    type: "actions",
    block_id: `acts:${escalation.id}`,
    elements: [button(escalation, "details", "Full brief", `Full brief of: ${escalation.ruling.presentation.title}`)],
  };
}

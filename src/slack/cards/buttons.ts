import type { ActionsBlock, Button, Overflow } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { openTitle } from "../../domain/shapes/guarded.ts";
import { plain } from "../text.ts";
import { buttonValue } from "./view.ts";

/** The acts that are possible now, as verbs with their object. Neither answer of a hard tier is the easy one: none is primary. */
export function cardActions(escalation: Escalation, complete: boolean): ActionsBlock {
  const buttons = escalation.kind === "question" ? questionButtons(escalation) : actionButtons(escalation, complete);
  return { type: "actions", block_id: `acts:${escalation.id}`, elements: [...buttons, moreMenu(escalation)] };
}

/** Read aloud it begins with what is seen on it; `about` says which of several it is. */
function button(escalation: Escalation, actionId: string, text: string, about: string): Button {
  return {
    type: "button",
    action_id: actionId,
    text: plain(text, 30),
    value: buttonValue(escalation),
    accessibility_label: clip(`${text.replace(/…$/, "")}: ${about}`, 75),
  };
}

function questionButtons(escalation: Escalation): Button[] {
  const title = openTitle(escalation);
  return [button(escalation, "answer", "Answer…", title), button(escalation, "reject", "Decline to answer…", title)];
}

function actionButtons(escalation: Escalation, complete: boolean): Button[] {
  const { buttons } = escalation.ruling.presentation;
  const title = openTitle(escalation);
  const reject = button(escalation, "reject", buttons.reject, title);
  if (escalation.ruling.tier === "hard_stop") {
    if (escalation.takenOverBy === null) return [button(escalation, "take_over", "I'll do it myself", title), reject];
    return [
      button(escalation, "finish", "Done: report the result…", title),
      button(escalation, "hand_back", "Hand it back", title),
    ];
  }
  const approve = complete
    ? button(escalation, "approve", buttons.approve, title)
    : button(escalation, "approve", "Review in full…", title);
  const modify = button(escalation, "modify", buttons.modify.endsWith("…") ? buttons.modify : `${buttons.modify}…`, title);
  return isModifiable(escalation) ? [approve, reject, modify] : [approve, reject];
}

/** Whether the agent gave a form for its parameters. */
export function isModifiable({ request }: Escalation): boolean {
  return request.kind === "action" && Object.keys(request.action.params_schema?.properties ?? {}).length > 0;
}

/** Rarer acts; an option's value puts the act first. */
function moreMenu(escalation: Escalation): Overflow {
  const option = (act: string, text: string) => ({ text: plain(text, 75), value: `${act} ${buttonValue(escalation)}` });
  const { takenOverBy } = escalation;
  const { claim, extension } = escalation.paging;
  const mayExtend = escalation.ruling.extendMaxS >= 60 && extension === null;
  return {
    type: "overflow",
    action_id: "more",
    options: [
      option("details", "Full brief"),
      option("ask", "Ask the agent…"),
      // Whoever has taken it over is on it.
      ...(takenOverBy === null ? [option("escalate", "Escalate to a senior…")] : []),
      ...(takenOverBy === null && claim === null ? [option("claim", "I'm on it")] : []),
      ...(mayExtend ? [option("extend", "I need more time…")] : []),
    ],
  };
}

/** For what can only be looked at. */
export function detailsButton(escalation: Escalation): ActionsBlock {
  return {
    type: "actions",
    block_id: `acts:${escalation.id}`,
    elements: [button(escalation, "details", "Full brief", openTitle(escalation))],
  };
}

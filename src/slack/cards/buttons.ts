import type { ActionsBlock, Button, ConfirmationDialog, Overflow, StaticSelect } from "@slack/types";
import type { Reader } from "../../domain/acts/all.ts";
import { clip } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { openTitle } from "../../domain/shapes/guarded.ts";
import { say } from "../../words/en.ts";
import { actsToDraw } from "../acts/all.ts";
import { hasAnswerForm, optionButtons } from "../acts/answer.ts";
import { plain } from "../text.ts";
import { buttonValue } from "./view.ts";

/** The acts that are possible now, as verbs with their object. Neither answer of a hard tier is the easy one: none is primary. */
export function cardActions(escalation: Escalation, complete: boolean, reader: Reader | null): ActionsBlock {
  const buttons = actsToDraw(escalation, "row", reader).flatMap((act) => [
    ...(act.type === "answer" && complete ? answerButtons(escalation) : []),
    ...(act.type === "answer" && complete && !hasAnswerForm(escalation)
      ? []
      : [
          confirmed(button(escalation, act.button, act.label(escalation, complete)), complete ? act.confirm?.(escalation) : null),
        ]),
  ]);
  return { type: "actions", block_id: `acts:${escalation.id}`, elements: [...buttons, moreMenu(escalation, reader)] };
}

/**
 * On Home and in batches, which only those who may see all of it get: each opens a form first, because not everything is shown
 * there. `place`: tells the rows of one message apart.
 */
export function listActions(escalation: Escalation, place: string): ActionsBlock {
  const about = (actionId: string, text: string) => button(escalation, actionId, text, escalation.ruling.presentation.title);
  const acts = actsToDraw(escalation, "row", null).filter(
    (act) => act.type !== "modify" && act.type !== "amend" && act.type !== "edit",
  );
  return {
    type: "actions",
    block_id: `${place}:${escalation.id}`,
    elements: [
      ...acts.map((act) => about(act.button, act.labelInList?.(escalation) ?? act.label(escalation, false))),
      about("details", say.acts.fullBrief),
    ],
  };
}

const answerButtons = (escalation: Escalation): Button[] =>
  optionButtons(escalation).map(({ id, label }) => button(escalation, `answer:${id}`, label));

/** A form asks by itself; a click that decides at once is asked about by Slack. */
const confirmed = (one: Button, confirm: ConfirmationDialog | null | undefined): Button =>
  confirm === null || confirm === undefined ? one : { ...one, confirm };

/** Read aloud it begins with what is seen on it, and says which of several it is about. */
export function button(escalation: Escalation, actionId: string, text: string, title = openTitle(escalation)): Button {
  return {
    type: "button",
    action_id: actionId,
    text: plain(text, 75),
    value: buttonValue(escalation),
    accessibility_label: clip(`${text.replace(/…$/, "")}: ${title}`, 75),
  };
}

/** What an overflow menu takes. */
const OVERFLOW_MAX = 5;

/** Rarer acts; an option's value puts the act first. */
function moreMenu(escalation: Escalation, reader: Reader | null): Overflow | StaticSelect {
  const option = (act: string, text: string) => ({ text: plain(text, 75), value: `${act} ${buttonValue(escalation)}` });
  const acts = actsToDraw(escalation, "menu", reader).map((act) => option(act.button, act.label(escalation, true)));
  const options = [option("details", say.acts.fullBrief), ...acts];
  return options.length <= OVERFLOW_MAX
    ? { type: "overflow", action_id: "more", options }
    : { type: "static_select", action_id: "more", placeholder: plain(say.acts.more, 75), options };
}

/** For what does not wait for anybody. */
export function settledActions(escalation: Escalation): ActionsBlock {
  const acts = actsToDraw(escalation, "row").map((act) => button(escalation, act.button, act.label(escalation, true)));
  return {
    type: "actions",
    block_id: `acts:${escalation.id}`,
    elements: [button(escalation, "details", say.acts.fullBrief), ...acts],
  };
}

import type { ActionsBlock } from "@slack/types";
import type { ActType } from "../../domain/acts/act.ts";
import type { Reader } from "../../domain/acts/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { actsToDraw } from "../acts/all.ts";
import { button } from "../cards/buttons.ts";

/**
 * What a reader of this form could do instead, each in a form of its own on top of it: nobody has to close what they read to act
 * on it. null where there is nothing.
 */
export function offers(escalation: Escalation, reader: Reader | null, except: readonly ActType[] = []): ActionsBlock | null {
  const personal = actsToDraw(escalation, "menu", reader).filter((act) => act.isPersonal?.(escalation) === true);
  const elements = [...actsToDraw(escalation, "row", reader), ...personal]
    .filter((act) => act.form !== undefined && !except.includes(act.type) && act.form.fits?.(escalation) !== false)
    .map((act) => button(escalation, act.button, opens(act.label(escalation, true))));
  return elements.length === 0 ? null : { type: "actions", block_id: `offers:${escalation.id}`, elements };
}

/** Not at a click: a form opens first. */
const opens = (label: string): string => (label.endsWith("…") ? label : `${label}…`);

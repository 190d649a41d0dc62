import type { ConfirmationDialog } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { plain } from "../text.ts";
import { fieldsOf } from "./parameters.ts";

/**
 * What one approval does. Of several needed, which one it is: to a person who may give it, theirs; to everybody, how many there
 * are, because whoever reads it may have given one already.
 */
export function approvalEffect({ ruling, votes }: Escalation, isReader: boolean): string {
  const places = ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  const { approve } = ruling.presentation.effects;
  if (places < 2) return approve;
  return isReader
    ? say.cards.countsAs(votes.length + 1, places, approve)
    : say.cards.countsTogether(votes.length, places, approve);
}

/**
 * Before a click that lets happen what is critical, can't be undone, or names nothing of what would be done, Slack itself asks
 * once more; null where one click is enough.
 */
export function approvalConfirmation(escalation: Escalation): ConfirmationDialog | null {
  const { presentation, impact } = escalation.ruling;
  const saysNothing = fieldsOf(escalation).length === 0;
  if (impact !== "critical" && !presentation.isIrreversible && !saysNothing) return null;
  const what = presentation.buttons.approve;
  return {
    title: plain(say.cards.confirmTitle(what), 100),
    text: plain(say.cards.confirmText(presentation.title, approvalEffect(escalation, false), presentation.stakes), 300),
    confirm: plain(what, 30),
    deny: plain(say.cards.back, 30),
  };
}

import type { ConfirmationDialog } from "@slack/types";
import { isIrreversible } from "../../domain/policy/present.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { plain } from "../text.ts";

/** What one approval does: of several needed, which one it is. */
export function approvalEffect({ ruling, votes }: Escalation): string {
  const places = ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  const { approve } = ruling.presentation.effects;
  return places < 2 ? approve : say.cards.countsAs(votes.length + 1, places, approve);
}

/**
 * Before a click that lets happen what is critical or can't be undone, Slack itself asks once more; null where one click is
 * enough.
 */
export function approvalConfirmation(escalation: Escalation): ConfirmationDialog | null {
  const { presentation, impact } = escalation.ruling;
  if (impact !== "critical" && !isIrreversible(presentation)) return null;
  const what = presentation.buttons.approve;
  return {
    title: plain(say.cards.confirmTitle(what), 100),
    text: plain(say.cards.confirmText(presentation.title, approvalEffect(escalation), presentation.stakes), 300),
    confirm: plain(what, 30),
    deny: plain(say.cards.back, 30),
  };
}

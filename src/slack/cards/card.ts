import { bareTitle } from "../../domain/shapes/guarded.ts";
import { say } from "../../words/en.ts";
import { escapeMrkdwn, linked, literal, section } from "../text.ts";
import { settledCard } from "./ended.ts";
import { openLiteral } from "./notification.ts";
import { pendingCard } from "./pending.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";
import { where } from "./where.ts";

/**
 * A card is always drawn from the state; whoever draws it last is right. `place`: the channel it stands in, or the person whose
 * DM it is.
 */
export function renderCard(view: CardView, place: string): Rendered {
  const { escalation } = view;
  const isWaiting = escalation.state === "paused_pending_human";
  const queue = escapeMrkdwn(escalation.ruling.queue);
  if (!isDm(place)) {
    if (place !== escalation.ruling.channel && escalation.endedAt === null)
      return movedCard(view, say.cards.handedOnWhy(`<#${place}>`, queue));
    return isWaiting ? pendingCard(view, null) : settledCard(view, true);
  }
  const mayDecide = view.deciders.some((one) => one.userId === place);
  if (!isWaiting) return settledCard(view, !mayDecide, where(escalation));
  return mayDecide ? pendingCard(view, place) : movedCard(view, say.cards.othersDecide(queue));
}

/** A person's DM is named by the person; Slack's own name of it comes back with the receipt. */
export const isDm = (place: string): boolean => /^[UW]/.test(place);

/** What stays where another company reads along since: nothing of what it held. */
export function sharedCard({ escalation }: CardView): Rendered {
  const title = literal(bareTitle(escalation));
  return rendered([section(`*${title}*`), section(`→ ${say.guarded.shared}`)], title, false);
}

/** What stays behind where it was asked before; it leads to where it is asked now. */
function movedCard({ escalation }: CardView, why: string): Rendered {
  const title = openLiteral(escalation);
  const there = escalation.permalink === null ? "" : ` ${linked(say.cards.cardThere, escalation.permalink)}`;
  return rendered([section(`*${title}*`), section(`→ ${why}${there}`)], `${title} – ${say.cards.handedOn}`, false);
}

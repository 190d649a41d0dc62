import { context, escapeMrkdwn, section } from "../text.ts";
import { settledCard } from "./ended.ts";
import { openLiteral } from "./notification.ts";
import { pendingCard } from "./pending.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";

/** A card is always drawn from the state; whoever draws it last is right. `place`: the channel it stands in, or the person whose DM it is. */
export function renderCard(view: CardView, place: string): Rendered {
  const { escalation } = view;
  const isWaiting = escalation.state === "paused_pending_human";
  if (!isDm(place)) {
    if (place !== escalation.ruling.channel && escalation.endedAt === null)
      return movedCard(view, "Nobody here answered in time");
    return isWaiting ? pendingCard(view, null) : settledCard(view);
  }
  if (!isWaiting) return settledCard(view);
  return view.deciders.some((one) => one.userId === place) ? pendingCard(view, place) : movedCard(view, "Others decide this now");
}

/** A person's DM is named by the person; Slack's own name of it comes back with the receipt. */
export const isDm = (place: string): boolean => /^[UW]/.test(place);

/** What stays behind where it was asked before. */
function movedCard({ escalation }: CardView, why: string): Rendered {
  const text = `→ *${why}*: handed to the ${escapeMrkdwn(escalation.ruling.queue)} queue`;
  return rendered(
    [section(`*${openLiteral(escalation)}*`), section(text), context(`esc_…${escalation.id.slice(-4)}`)],
    `${openLiteral(escalation)} – handed on`,
    false,
  );
}

import { context, escapeMrkdwn, section } from "../text.ts";
import { type CardView, type Rendered, rendered } from "../view.ts";
import { settledCard } from "./ended.ts";
import { pendingCard } from "./pending.ts";

/** A card is always drawn from the state; whoever draws it last is right. `channel`: where it stands. */
export function renderCard(view: CardView, channel: string): Rendered {
  const { escalation } = view;
  if (channel !== escalation.ruling.channel && escalation.endedAt === null) return movedCard(view);
  return escalation.state === "paused_pending_human" ? pendingCard(view) : settledCard(view);
}

/** What stays behind where it was asked before. */
function movedCard({ escalation }: CardView): Rendered {
  const { title } = escalation.ruling.presentation;
  const text = `⏱ *Nobody here answered in time*: handed to the ${escapeMrkdwn(escalation.ruling.queue)} queue`;
  return rendered(
    [section(`*${escapeMrkdwn(title)}*`), section(text), context(`esc_…${escalation.id.slice(-4)}`)],
    `${escapeMrkdwn(title)} – handed on`,
    false,
  );
}

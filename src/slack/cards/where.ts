import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { linked, literal } from "../text.ts";
import { openLiteral } from "./notification.ts";

/** On a copy of a card: the channel that all are asked in, and the way to the card there once Slack has named its address. */
export const where = ({ ruling, permalink }: Pick<Escalation, "ruling" | "permalink">): string =>
  [say.cards.inChannel(`<#${ruling.channel}>`), ...(permalink === null ? [] : [linked(say.cards.cardThere, permalink)])].join(
    " · ",
  );

/** Named where others may read it, as whoever is refused something does in a channel. */
export const openTitleLinked = (escalation: Escalation): string => linked(openLiteral(escalation), escalation.permalink);

/** In a list of several, each title leads to its card. */
export const linkedTitle = ({ ruling, permalink }: Pick<Escalation, "ruling" | "permalink">, max?: number): string =>
  linked(literal(ruling.presentation.title, max), permalink);

import type { KnownBlock } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { submittedAction } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { bold, foreign, line, richText, when, words } from "../text.ts";
import { doneWithin } from "./agent-says.ts";
import { silenceEffect } from "./consequences.ts";

/**
 * Of one of several in a message or form: what to decide, why it asks and what the agent did, a line each and in one block,
 * because a message holds fifty.
 */
export function decisionInList({ request, ruling, agentName }: Escalation): KnownBlock {
  const own = submittedAction(request) !== null ? undefined : request.brief.trigger.detail;
  const reasons = [...new Set(ruling.reasons.filter((one) => one.tier === ruling.tier).map((one) => one.detail))];
  const why = own === undefined ? reasons[0] : say.cards.agentIs(agentName, own);
  const more = own === undefined && reasons.length > 1 ? ` · ${say.cards.moreReasons(reasons.length - 1)}` : "";
  const done = doneWithin(request.brief.accomplished, 120);
  return richText(
    line(bold(`${say.cards.decide}  `), words(foreign(request.brief.decision_required, 300))),
    ...(why === undefined ? [] : [line(bold(`${say.cards.whyItAsks}  `), words(`${foreign(why, 120)}${more}`))]),
    ...(done === null ? [] : [line(bold(`${say.cards.says(agentName)}  `), words(done))]),
  );
}

/** By when, what comes of it if nobody answers, and of several who have to agree how many have. */
export const byWhen = (escalation: Escalation): string[] => {
  const { deadline, ruling, votes } = escalation;
  const places = ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  return [
    ...(deadline === null ? [] : [say.cards.byElse(when(deadline, "{time} {date_short_pretty}"), silenceEffect(escalation))]),
    ...(places < 2 ? [] : [say.cards.approvalsSoFar(votes.length, places)]),
  ];
};

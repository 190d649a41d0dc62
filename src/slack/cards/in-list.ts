import type { KnownBlock } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { bold, foreign, line, richText, words } from "../text.ts";
import { doneWithin } from "./agent-says.ts";

/**
 * Of one of several in a message or form: what to decide, why it asks and what the agent did, a line each and in one block,
 * because a message holds fifty.
 */
export function decisionInList({ request, ruling, agentName }: Escalation): KnownBlock {
  const why = ruling.reasons.find((one) => one.tier === ruling.tier);
  const done = doneWithin(request.brief.accomplished, 120);
  return richText(
    line(bold(`${say.cards.decide}  `), words(foreign(request.brief.decision_required, 300))),
    ...(why === undefined ? [] : [line(bold(`${say.cards.whyItAsks}  `), words(foreign(why.detail, 120)))]),
    ...(done === null ? [] : [line(bold(`${say.cards.says(agentName)}  `), words(done))]),
  );
}

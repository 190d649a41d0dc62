import type { KnownBlock } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { escapeMrkdwn, literal, section } from "../text.ts";

/**
 * What else there is to know of the session: what it has read, how often the same was rejected, for whom it works. Two lines,
 * whatever there is; all of it is in the full brief.
 */
export function laterLines(escalation: Escalation): KnownBlock[] {
  const [first, ...rest] = laterFacts(escalation);
  if (first === undefined) return [];
  return [section(first), ...(rest.length === 0 ? [] : [section(rest.join(" · "))])];
}

function laterFacts({ request, ruling }: Escalation): string[] {
  const { taints = [], rejected = null } = ruling.session ?? {};
  const { parent, on_behalf_of } = request;
  const [taint] = taints;
  const behalf = on_behalf_of === undefined ? null : `<@${on_behalf_of}>`;
  return [
    ...(taint === undefined
      ? []
      : [`⚠ ${say.cards.sessionRead(say.cards.taints[taint.kind], literal(taint.source, 40), taints.length - 1)}`]),
    ...(rejected === null
      ? []
      : [`↻ ${say.cards.rejectedBefore(rejected.times, rejected.by === null ? null : `<@${rejected.by}>`)}`]),
    ...(parent === undefined && behalf === null
      ? []
      : [say.cards.forParent(parent === undefined ? null : escapeMrkdwn(parent.agent), behalf)]),
  ];
}

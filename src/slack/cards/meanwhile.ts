import type { KnownBlock } from "@slack/types";
import { isSoftReview } from "../../domain/kinds/all.ts";
import { ranElse } from "../../domain/life/outcome.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { escapeMrkdwn, section, when } from "../text.ts";

const words = say.cards;

/** How far the agent is with what it does while people are asked: they decide on something that is so already. */
export function doneMeanwhile(escalation: Escalation): KnownBlock[] {
  return isSoftReview(escalation) ? [section(meanwhileLine(escalation))] : [];
}

export function meanwhileLine(escalation: Escalation): string {
  const { execution, outcome, agentName } = escalation;
  const agent = escapeMrkdwn(agentName);
  if (execution === null) return `▸ ${words.mayBegin(agent)}`;
  if (outcome === null) return `▸ ${words.doingItMeanwhile(agent)}`;
  const at = ` ${words.at(when(outcome.at, "{time} {date_short_pretty}"))}`;
  if (ranElse(escalation, outcome)) return `‼ *${words.ranSomethingElse(agent, at)}*`;
  switch (outcome.status) {
    case "completed":
      return `✓ ${words.didExactlyThis(agent, at)}`;
    case "failed":
      return `✗ ${words.triedAndFailed(agent, at)}`;
    case "skipped":
      return `– ${words.didNotDoIt(agent, at)}`;
    case "rolled_back":
      return `↩ ${words.undidIt(agent, at)}`;
  }
}

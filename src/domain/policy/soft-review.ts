import { say } from "../../words/en.ts";
import type { SubmittedAction } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { stricterTier, type Tier } from "../shapes/vocabulary.ts";
import { ASKED_FIRST, actsMeanwhile } from "../tiers.ts";
import type { Match } from "./match.ts";
import type { ActionTypeSource } from "./source.ts";

/** What may be done before people have looked at it: only what the policy says can be undone, and how. */
export const canBeUndone = (
  type: ActionTypeSource | undefined,
): type is ActionTypeSource & { undo: string; reversibility: "reversible" | "compensable" } =>
  type !== undefined && type.reversibility !== "irreversible" && type.undo !== undefined;

/**
 * The file is refused where it lets a type be reviewed afterwards that can't be undone. What it can't see waits for a person: a
 * type that it does not have, and an agent that says of its own act that it can't be taken back.
 */
export function withUndo(
  type: ActionTypeSource | undefined,
  { reversible }: Pick<SubmittedAction, "reversible">,
  matches: Match[],
): Match[] {
  if (!actsMeanwhile(matches.map((match) => match.reason.tier).reduce(stricterTier))) return matches;
  const asks = (detail: string): Match[] => [
    { reason: { rule: "soft review", tier: ASKED_FIRST, detail }, wants: {} },
    ...matches,
  ];
  if (!canBeUndone(type)) return asks(say.reasons.noUndo);
  return reversible === false && type.reversibility === "reversible" ? asks(say.reasons.agentSaysFinal) : matches;
}

/** What people are asked about it while it is done. */
export function reviewOf(tier: Tier, type: ActionTypeSource | undefined): Ruling["review"] {
  if (!actsMeanwhile(tier) || type?.undo === undefined) return undefined;
  return {
    unconfirmed: type.unconfirmed ?? "rollback",
    undo: type.undo,
    requesterMayConfirm: type.requester_may_confirm,
    buttons: {
      confirm: type.buttons.confirm ?? say.acts.confirm,
      rollback: type.buttons.rollback ?? say.acts.rollback,
    },
  };
}

import { say } from "../../words/en.ts";
import { own } from "../base/own.ts";
import { type EscalationRequest, type SubmittedAction, submittedAction } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { stricterTier, type Tier } from "../shapes/vocabulary.ts";
import { ASKED_FIRST, actsMeanwhile } from "../tiers.ts";
import { words as spanWords } from "./age.ts";
import type { Policy } from "./compile.ts";
import { effectiveEnvironment } from "./environment.ts";
import type { Match } from "./match.ts";
import type { ActionTypeSource } from "./source.ts";

/** What may be done before people have looked at it: only what the policy says can be undone, and how. */
export const canBeUndone = (
  type: ActionTypeSource | undefined,
): type is ActionTypeSource & { undo: string; reversibility: "reversible" | "compensable" } =>
  type !== undefined && type.reversibility !== "irreversible" && type.undo !== undefined;

/** What has to have been undone lately before it may be done unseen; null where the policy asks for no such thing. */
export function rehearsalOf(
  policy: Policy,
  agentEnvironment: string | null,
  request: EscalationRequest,
): { actionType: string; environment: string } | null {
  const action = submittedAction(request);
  if (action === null || own(policy.source.action_types, action.type)?.undo_rehearsed === undefined) return null;
  return { actionType: action.type, environment: effectiveEnvironment(policy, agentEnvironment, action) };
}

/** The rule that is named where an undoing is not rehearsed: the owner hears of it. */
export const UNREHEARSED = "undo rehearsal";

/** That something can be undone is confirmed by having been undone, and not assumed. */
function unrehearsed({ undo_rehearsed: withinS }: ActionTypeSource, { now, rehearsedAt, environment }: Rehearsal): string | null {
  if (withinS === undefined) return null;
  if (rehearsedAt === null) return say.reasons.neverRehearsed(environment);
  const ageS = (now.getTime() - rehearsedAt.getTime()) / 1000;
  return ageS <= withinS ? null : say.reasons.staleRehearsal(environment, spanWords(ageS), spanWords(withinS));
}
/** `rehearsedAt`: when acts of this type were last undone in this environment; null = never, as far as is known. */
type Rehearsal = { now: Date; rehearsedAt: Date | null; environment: string };

/**
 * The file is refused where it lets a type be reviewed afterwards that can't be undone. What it can't see waits for a person: a
 * type that it does not have, and an agent that says of its own act that it can't be taken back.
 */
export function withUndo(
  type: ActionTypeSource | undefined,
  { reversible }: Pick<SubmittedAction, "reversible">,
  rehearsal: Rehearsal,
  matches: Match[],
): Match[] {
  if (!actsMeanwhile(matches.map((match) => match.reason.tier).reduce(stricterTier))) return matches;
  const asks = (detail: string, rule = "soft review"): Match[] => [
    { reason: { rule, tier: ASKED_FIRST, detail }, wants: {} },
    ...matches,
  ];
  if (!canBeUndone(type)) return asks(say.reasons.noUndo);
  if (reversible === false && type.reversibility === "reversible") return asks(say.reasons.agentSaysFinal);
  const why = unrehearsed(type, rehearsal);
  return why === null ? matches : asks(why, UNREHEARSED);
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

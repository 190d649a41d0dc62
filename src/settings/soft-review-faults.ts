import { canBeUndone } from "../domain/policy/soft-review.ts";
import type { ActionTypeSource, PolicySource } from "../domain/policy/source.ts";
import { actsMeanwhile, isHardTier } from "../domain/tiers.ts";
import { say } from "../words/en.ts";
import { type Fault, rulesFor, tiersOf } from "./policy-entries.ts";

/**
 * Only what can be undone is done before people have looked at it: wherever the file would let anything else, it is refused, be
 * it by a type's own tier or by a rule about it.
 */
export function softReviewFaults(policy: PolicySource): Fault[] {
  return Object.entries(policy.action_types).flatMap(([name, type]) => {
    const path = ["policy", "action_types", name];
    if (canBeUndone(type)) return [];
    return [...unused(path, type), ...byEnvironment(path, type), ...byRule(policy, name, type)];
  });
}

const words = say.operator.softReview;

const why = ({ reversibility }: ActionTypeSource): string =>
  reversibility === "irreversible" ? words.irreversible : words.undoMissing;

function byEnvironment(path: PropertyKey[], type: ActionTypeSource): Fault[] {
  return Object.entries(type.environments).flatMap(([environment, tier]) =>
    actsMeanwhile(tier) ? [{ path: [...path, "environments", environment], message: why(type) }] : [],
  );
}

/** A rule makes nothing laxer: where the type itself waits for people in any case, it says nothing. */
function byRule(policy: PolicySource, name: string, type: ActionTypeSource): Fault[] {
  if (tiersOf(type).every(isHardTier)) return [];
  return rulesFor(policy, name).flatMap(({ rule, index }) =>
    actsMeanwhile(rule.tier) ? [{ path: ["policy", "rules", index, "tier"], message: words.ofType(name, why(type)) }] : [],
  );
}

/** What says how a review goes of something that can have none. */
function unused(path: PropertyKey[], { unconfirmed, requester_may_confirm, undo_rehearsed }: ActionTypeSource): Fault[] {
  const keys = [
    ...(undo_rehearsed === undefined ? [] : ["undo_rehearsed"]),
    ...(unconfirmed === undefined ? [] : ["unconfirmed"]),
    ...(requester_may_confirm ? ["requester_may_confirm"] : []),
  ];
  return keys.map((key) => ({ path: [...path, key], message: words.goesWithUndo }));
}

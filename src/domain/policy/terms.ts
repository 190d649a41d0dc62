import { own } from "../base/own.ts";
import type { QueueTarget, Ruling } from "../shapes/ruling.ts";
import type { Tier } from "../shapes/vocabulary.ts";
import { actsMeanwhile, isHardTier } from "../tiers.ts";
import { chainOf } from "./chain.ts";
import type { Policy } from "./compile.ts";
import { hopsOf, silenceOf } from "./silence.ts";
import type { RuleSource } from "./source.ts";

/** What a type, a rule or the questions can say about a round. */
export type TermsSource = Pick<
  RuleSource,
  "queue" | "requires" | "sla" | "deadline" | "fallback" | "transfer_to" | "requested_by" | "extend_max" | "asking"
> & { outcome_within?: number | undefined };
type Terms = Times & QueueTarget & Pick<Ruling, "fallback" | "transferTo">;

/**
 * Where it is asked, by when it is answered, and what silence does: of all that match, the strictest first; the shortest time
 * holds.
 */
export function termsOf(policy: Policy, wants: readonly TermsSource[], tier: Tier): Terms {
  const place = placeOf(policy, wants, policy.source.defaults.queue);
  return { ...timesOf(policy, wants), ...place, ...fallbackOf(policy, wants, tier, place.queue) };
}

const first = <T>(values: (T | undefined)[]): T | undefined => values.find((value) => value !== undefined);
const shortest = (values: (number | undefined)[], otherwise: number) => {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? otherwise : Math.min(...given);
};

type Times = Pick<Ruling, "slaS" | "deadlineS" | "resumeWithinS" | "outcomeWithinS" | "claimS" | "extendMaxS" | "askPauseS">;

function timesOf(policy: Policy, wants: readonly TermsSource[]): Times {
  const { defaults } = policy.source;
  const deadlineS = shortest(
    wants.map((one) => one.deadline),
    defaults.deadline,
  );
  const slaS = Math.min(
    deadlineS,
    shortest(
      wants.map((one) => one.sla),
      defaults.sla,
    ),
  );
  const extendMaxS = shortest(
    wants.map((one) => one.extend_max),
    defaults.extend_max,
  );
  const askPauseS = first(wants.map((one) => one.asking)) ?? defaults.asking;
  return {
    slaS,
    deadlineS,
    resumeWithinS: defaults.resume_within,
    outcomeWithinS: first(wants.map((one) => one.outcome_within)) ?? defaults.outcome_within,
    claimS: defaults.claim_lapses,
    extendMaxS,
    ...(askPauseS === 0 ? {} : { askPauseS }),
  };
}

function placeOf(policy: Policy, wants: readonly TermsSource[], otherwise: string): QueueTarget {
  const queue = first(wants.map((one) => one.queue)) ?? otherwise;
  const channel = own(policy.channels, queue);
  if (channel === undefined) throw new Error(`the policy names the queue ${queue}, which has no channel`);
  return { queue, channel, paging: pagingOf(policy, queue) };
}

/** The chain of a queue as it is pinned. */
function pagingOf(policy: Policy, queue: string): Ruling["paging"] {
  const paging = own(policy.source.paging, queue);
  if (paging === undefined) return null;
  return { chain: chainOf(paging), urgentWithinS: paging.urgent_within, batchEveryS: paging.batch_every ?? null };
}

/**
 * Silence never approves a hard tier: the file is refused when it asks for that, and here it becomes a reject whatever the file
 * says.
 */
function fallbackOf(
  policy: Policy,
  wants: readonly TermsSource[],
  tier: Tier,
  queue: string,
): Pick<Ruling, "fallback" | "transferTo"> {
  const silence = silenceOf(policy.source, ...wants);
  const { fallback = "reject" } = silence;
  // What becomes of what is done already, its type says.
  if (actsMeanwhile(tier) || (fallback === "approve" && isHardTier(tier))) return { fallback: "reject", transferTo: [] };
  if (fallback !== "transfer") return { fallback, transferTo: [] };
  const transferTo = hopsOf(silence)
    .filter((hop) => hop !== queue)
    .map((hop) => placeOf(policy, [], hop));
  return { fallback: transferTo.length > 0 ? "transfer" : "reject", transferTo };
}

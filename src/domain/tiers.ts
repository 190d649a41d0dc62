import type { Ruling } from "./shapes/ruling.ts";
import type { Tier } from "./shapes/vocabulary.ts";

/** What differs by tier, one row each. Whoever wants to know asks here; nothing else compares a tier's name. */
export type TierRow = {
  /** The agent may act before anybody has answered. */
  runs: boolean;
  /** People are asked. */
  waits: boolean;
  /** Who carries it out once it is permitted. */
  doneBy: "agent" | "person";
  /** Whether the deadline's fallback may approve. */
  silenceApproves: boolean;
  /** It stands in the channel of its queue. */
  hasCard: boolean;
};

export const TIER_ROWS = {
  autonomous: { runs: true, waits: false, doneBy: "agent", silenceApproves: true, hasCard: false },
  notify: { runs: true, waits: false, doneBy: "agent", silenceApproves: true, hasCard: true },
  soft_review: { runs: true, waits: true, doneBy: "agent", silenceApproves: true, hasCard: true },
  hard_approval: { runs: false, waits: true, doneBy: "agent", silenceApproves: false, hasCard: true },
  hard_stop: { runs: false, waits: true, doneBy: "person", silenceApproves: false, hasCard: true },
} as const satisfies Record<Tier, TierRow>;

export const tierOf = ({ ruling }: { ruling: Pick<Ruling, "tier"> }): TierRow => TIER_ROWS[ruling.tier];

/** The tier of what waits for an answer and for nothing else: every question, and every act that a rule holds back. */
export const ASKED_FIRST = "hard_approval" as const satisfies Tier;

/** The agent acts while people are asked. */
export const actsMeanwhile = (tier: Tier): boolean => TIER_ROWS[tier].waits && TIER_ROWS[tier].runs;

/** A hard tier never proceeds without a person and is never approved by silence. */
export const isHardTier = (tier: Tier): boolean => TIER_ROWS[tier].waits && !TIER_ROWS[tier].runs;

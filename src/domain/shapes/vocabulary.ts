import { say } from "../../words/en.ts";

/** The closed lists of words the whole house shares. Everything with a fixed set of values is named here once. */

export const STATES = [
  "running",
  "paused_pending_human",
  "human_responded",
  "resuming",
  "completed",
  "failed",
  "timed_out",
] as const;
export type State = (typeof STATES)[number];

/** From least to most restrictive: the order is what "the strictest wins" compares. */
export const TIERS = ["autonomous", "notify", "soft_review", "hard_approval", "hard_stop"] as const;
export type Tier = (typeof TIERS)[number];

export const KINDS = ["action", "plan", "question", "artifact"] as const;
export type ContractKind = (typeof KINDS)[number];
export const SUPPORTED_KINDS = ["action", "plan", "question", "artifact"] as const satisfies readonly ContractKind[];

/** What has become of a step of a plan: `own` asks for itself, `planned` is covered by the plan's approval. */
export const STEP_STATES = ["planned", "own", "rejected", "completed", "failed", "skipped", "rolled_back", "differs"] as const;

export const DISPOSITIONS = ["proceed", "proceed_pending_review", "wait", "stop", "resume", "claimed", "done"] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export const DECISION_TYPES = ["approve", "reject", "modify", "answer", "edit", "confirm", "rollback", "take_over"] as const;

export const DECISION_SOURCES = ["human", "timeout", "policy"] as const;

export const ENDED_REASONS = [
  "timed_out",
  "rejected",
  "answered",
  "handled_by_human",
  "executed",
  "never_resumed",
  "skipped",
  "rolled_back",
  "execution_failed",
  "executed_differs",
  "outcome_unknown",
  "outcome_unreported",
  "cancelled",
  "session_terminated",
] as const;
export type EndedReason = (typeof ENDED_REASONS)[number];

export const TRIGGERS = ["low_confidence", "risk", "policy", "out_of_distribution", "tool_failure", "requested"] as const;
export const CLASSIFICATIONS = ["public", "internal", "confidential", "restricted"] as const;
/** How bad an error would be, as the risk map says. */
export const IMPACTS = ["low", "medium", "high", "critical"] as const;
export const FALLBACKS = ["reject", "approve", "transfer", "fail"] as const;
export type Fallback = (typeof FALLBACKS)[number];
/** What becomes of an act that nobody confirmed in the window of its soft review. */
export const UNCONFIRMED = ["rollback", "keep"] as const;

/** What people tell a session of an agent, from least to most restrictive. */
export const DIRECTIVES = ["continue", "replan", "pause", "terminate"] as const;
export type Directive = (typeof DIRECTIVES)[number];
/** What a session has read that makes its later steps less trustworthy. */
export const TAINTS = ["untrusted_content", "restricted_data"] as const;

/** Why a person said no. A closed list keeps rejections countable; the words beside it carry the rest. */
export const REASON_CODES = [
  "wrong_amount",
  "wrong_target",
  "wrong_timing",
  "against_policy",
  "insufficient_evidence",
  "not_needed",
  "too_risky",
  "other",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** What the reviewer reads for each reason code. */
export const REASON_CODE_LABELS: Record<ReasonCode, string> = say.reasons.rejection;

/** The stricter of two tiers. */
export function stricterTier(a: Tier, b: Tier): Tier {
  return TIERS.indexOf(a) >= TIERS.indexOf(b) ? a : b;
}

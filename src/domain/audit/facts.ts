import type { Escalation, Execution } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { submittedAction } from "../shapes/request.ts";
import { keyed } from "./chain.ts";

/** What an entry says for everybody to read for ever, and what it only commits to. */
export type Facts = Record<string, unknown>;

/** What stands until an entry says otherwise: it is written down where it changes. */
export type Standing = {
  agent_id: string | null;
  action_type: string | null;
  kind: string | null;
  policy_version: string | null;
  tier: string | null;
  queue: string | null;
  version: number;
  round: number;
  state: string | null;
  ended_reason: string | null;
};
export const BEFORE_OPENING: Standing = {
  agent_id: null,
  action_type: null,
  kind: null,
  policy_version: null,
  tier: null,
  queue: null,
  version: 1,
  round: 1,
  state: null,
  ended_reason: null,
};

export const standing = (e: Escalation): Standing => ({
  agent_id: e.agentId,
  action_type: submittedAction(e.request)?.type ?? null,
  kind: e.kind,
  policy_version: e.ruling.policyVersion,
  tier: e.ruling.tier,
  queue: e.ruling.queue,
  version: e.version,
  round: e.round,
  state: e.state,
  ended_reason: e.endedReason,
});

const unlessNone = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

const leaseOf = ({ attempt, expiresAt }: Execution): Facts => ({ attempt, lease_until: expiresAt });

/** Facts of an event that hold nothing guessable: who, which choice, when. What happened at `now` is not timed a second time. */
export function publicFacts(event: Event, after: Escalation, now: Date): Facts {
  const unlessNow = (at: Date | null | undefined) => (at?.getTime() === now.getTime() ? undefined : (at ?? undefined));
  const claimOf = (claimId: string) => keyed(after.auditKey, "claim", claimId);
  switch (event.type) {
    case "opened":
      return { deadline: after.deadline ?? undefined, review_of: after.reviewOf ?? undefined };
    case "voted":
    case "abstained":
    case "modified":
    case "amended":
    case "edited": {
      const { verdict, reasonCode, seen } = event.vote;
      return {
        verdict,
        reason_code: reasonCode ?? undefined,
        seen: seen === null ? undefined : keyed(after.auditKey, "seen", seen),
      };
    }
    case "decided":
    case "timed_out": {
      const { type, source, decidedAt } = event.decision ?? {};
      return type === undefined ? {} : { decision: type, source, decided_at: unlessNow(decidedAt) };
    }
    case "paged":
    case "reminded":
    case "batched":
    case "claimed":
    case "claim_lapsed":
    case "extended":
    case "clock_paused":
    case "clock_resumed":
      return chainFacts(event, unlessNow);
    case "transferred":
    case "reopened":
      return { deadline: event.deadline };
    case "restored":
      return { restored_to: event.to, deadline: event.again?.deadline };
    case "resumed":
    case "regranted":
    case "started":
      return { ...leaseOf(event.execution), claim: claimOf(event.claimId) };
    case "reached":
      return { via: event.via, claim: event.claimId === null ? undefined : claimOf(event.claimId) };
    case "lease_extended":
      return { lease_until: event.expiresAt };
    case "reported":
    case "reported_late":
    case "reported_meanwhile":
      return { outcome: event.outcome.status };
    case "step_reported":
      return { plan_step: event.step, outcome: event.outcome.status, differs: event.differs || undefined };
    case "flagged":
      return "machine" in event.by ? { machine: event.by.machine } : {};
    case "vote_withdrawn":
      return { user_id: event.userId, why: event.why };
    case "requester_confirmed":
    case "requester_unknown":
      return { user_id: after.request.requested_by ?? undefined };
    case "asked":
    case "told":
    case "raised":
    case "taken_over":
    case "handed_back":
    case "released":
    case "lease_lapsed":
    case "expired":
    case "settled":
    case "cancelled":
      return {};
    case "terminated":
      return { user_id: event.userId ?? undefined };
    default:
      return unknown(event);
  }
}

type ChainEvent = Extract<
  Event,
  { type: "paged" | "reminded" | "batched" | "claimed" | "claim_lapsed" | "extended" | "clock_paused" | "clock_resumed" }
>;

/** Whom the chain asks, who is on it, and how long there is for it. */
function chainFacts(event: ChainEvent, unlessNow: (at: Date) => Date | undefined): Facts {
  switch (event.type) {
    case "paged": {
      const { step, userIds, token, due } = event.page;
      // Without the labels of the steps: those stand in the ruling.
      const skipped = unlessNone(event.skipped.map((one) => one.notPaged));
      return { step, user_ids: userIds, not_paged: unlessNone(event.notPaged), skipped, token, due_at: unlessNow(due) };
    }
    case "reminded":
      return { user_ids: event.userIds };
    case "batched":
      return { user_ids: event.userIds, window: event.window };
    case "claimed":
    case "clock_paused":
      return { until: event.until };
    case "claim_lapsed":
      return { user_id: event.userId };
    case "extended":
      return { seconds: event.seconds, deadline: event.deadline };
    case "clock_resumed":
      return { deadline: event.deadline };
  }
}

/** What the escalation itself keeps, for as long as it lasts: committed to, and not kept a second time beside the audit. */
export type KeptElsewhere = "request" | "ruling" | "decision" | "outcome";

export function privateFacts(
  event: Event,
  before: Escalation | null,
  after: Escalation,
): { values: Facts; kept: "beside" | "elsewhere" } {
  const beside = (values: Facts) => ({ values, kept: "beside" as const });
  const elsewhere = (values: Partial<Record<KeptElsewhere, unknown>>) => ({ values, kept: "elsewhere" as const });
  switch (event.type) {
    case "opened":
      return elsewhere({ request: after.request, ruling: after.ruling });
    case "decided":
    case "timed_out":
      return elsewhere({ decision: event.decision });
    case "reported":
    case "reported_late":
      return elsewhere({ outcome: event.outcome });
    case "modified":
      return beside({ subject: event.action, ...changeFacts(event) });
    case "edited":
      return beside({ subject: event.artifact, reason: event.vote.reason, drawing: event.drawing });
    case "amended":
      return beside({ subject: event.plan, rejected: event.rejected, ...changeFacts(event) });
    case "voted":
      return beside({ reason: event.vote.reason, drawing: event.drawing });
    case "abstained":
      return beside({ reason: event.vote.reason });
    case "flagged":
      return beside({ text: event.text });
    case "asked":
    case "told":
      return beside({ text: event.message.text });
    case "raised":
      return beside({ reason: event.reason, requirement: event.requirement });
    case "extended":
    case "cancelled":
    case "terminated":
      return beside({ reason: event.reason });
    case "step_reported":
    case "reported_meanwhile":
      // What is said of its undoing takes its place.
      return beside({ outcome: event.outcome });
    case "reopened":
      return beside({ changed: event.changed });
    case "transferred":
      return beside({ to: event.to });
    case "regranted":
      // The newest claim stands on the escalation; whose place it took stands nowhere else.
      return beside({ claim_before: before?.claimId });
    case "restored":
    case "resumed":
    case "started":
    case "clock_paused":
    case "clock_resumed":
    case "requester_confirmed":
    case "requester_unknown":
    case "taken_over":
    case "handed_back":
    case "paged":
    case "reminded":
    case "batched":
    case "claimed":
    case "vote_withdrawn":
    case "released":
    case "claim_lapsed":
    case "lease_extended":
    case "lease_lapsed":
    case "reached":
    case "expired":
    case "settled":
      return beside({});
    default:
      return unknown(event);
  }
}

const changeFacts = ({ steps, ruling, vote, drawing }: Extract<Event, { type: "modified" | "amended" }>): Facts => ({
  steps,
  reason: vote.reason,
  ruling,
  drawing,
});

/** Not a word of an event may be missing from the audit: one that is not listed above does not compile. */
function unknown(event: never): never {
  throw new Error(`the audit has no words for ${JSON.stringify(event)}`);
}

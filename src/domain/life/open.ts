import { say } from "../../words/en.ts";
import { isSoftReview, kindOf } from "../kinds/all.ts";
import { waitingDueAt } from "../paging/due.ts";
import { beginPaging } from "../paging/urgency.ts";
import { digestOfSubject, subjectOf } from "../shapes/canonical.ts";
import type { Escalation, Progress } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { NO_PAGING } from "../shapes/paging.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { type EscalationRequest, submittedPlan } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { tierOf } from "../tiers.ts";
import { giveExecution } from "./resume.ts";
import { roundTimes } from "./round-times.ts";
import { coveredSteps, stepsOf } from "./steps.ts";
import { transitionFor } from "./transitions.ts";

/** How an escalation comes into being: the request, what the policy says of it, and identifiers made by the caller. */
export type Opening = {
  id: string;
  agent: { id: string; name: string; owner: string | null };
  request: EscalationRequest;
  ruling: Ruling;
  reviewOf: string | null;
  /** A review of something drawn at random. */
  isSample: boolean;
  hasCheckpoint: boolean;
  traceparent: string | null;
  executionToken: string;
  /** 32 random bytes in hex. */
  auditKey: string;
  /** Who wants to run it, should it be free to run at once. */
  claimId: string | null;
  now: Date;
};

/**
 * What dies with a round: another one asks everybody again. Stored rows leave these values out: one that is changed changes what
 * they say.
 */
export const EMPTY_ROUND = {
  votes: [],
  abstained: [],
  pause: null,
  pausedMs: 0,
  decision: null,
  execution: null,
  outcome: null,
  acted: null,
  takenOverBy: null,
  claimId: null,
  raisedBy: null,
} satisfies Partial<Progress>;

/**
 * What lasts from round to round. Each field of an escalation's progress stands in one of the two, or this does not compile.
 * Stored rows leave these values out: one that is changed changes what they say.
 */
export const NOTHING_YET = {
  modification: [],
  modifiedBy: null,
  messages: [],
  pastDecisions: [],
  changedPreconditions: [],
  preconditions: null,
  transfers: 0,
  transferredFrom: null,
  requester: null,
  withdrawal: null,
  flag: null,
  isSample: false,
  paging: NO_PAGING,
  firstResponseAt: null,
  restored: null,
  traceparent: null,
} satisfies Omit<Progress, "subject" | keyof typeof EMPTY_ROUND>;

/** Whether nobody has to be asked before the agent may act. */
export const runsAtOnce = (request: Pick<EscalationRequest, "kind">, ruling: Pick<Ruling, "tier">): boolean =>
  kindOf(request).mayRun && tierOf({ ruling }).runs && !tierOf({ ruling }).waits;

/**
 * Autonomous and notified acts may run at once, by the claim that the submission names or a resume brings, and so may what people
 * are asked about meanwhile; everything else waits for a person.
 */
export function openEscalation(opening: Opening): Event | Refusal {
  const { request, ruling, now } = opening;
  const refusal = refuseOpening(request, ruling, now);
  if (refusal !== null) return refusal;
  const proceeds = runsAtOnce(request, ruling);
  const { to: state } = transitionFor("opened", null, { to: proceeds ? "running" : "paused_pending_human" });
  const { slaAt, deadline } = proceeds ? { slaAt: null, deadline: null } : roundTimes(ruling, request, now);
  const outcomeBy = new Date(now.getTime() + ruling.outcomeWithinS * 1000);
  const subject = subjectOf(request);
  const claimId = proceeds || isSoftReview({ kind: request.kind, ruling }) ? opening.claimId : null;
  const execution =
    claimId === null
      ? null
      : giveExecution({ id: opening.id, round: 1, restored: null, execution: null, ruling }, undefined, opening);
  const paging = beginPaging({ ruling, slaAt, request }, now);
  const escalation: Escalation = {
    ...EMPTY_ROUND,
    ...NOTHING_YET,
    isSample: opening.isSample,
    paging,
    traceparent: opening.traceparent,
    subject,
    execution,
    claimId,
    steps: stepsOf(submittedPlan(request), ruling),
    id: opening.id,
    agentId: opening.agent.id,
    agentName: opening.agent.name,
    agentOwner: opening.agent.owner,
    kind: request.kind,
    state,
    version: 1,
    revision: 1,
    round: 1,
    request,
    ruling,
    hasCheckpoint: opening.hasCheckpoint,
    actionDigest: digestOfSubject(subject),
    slaAt,
    deadline,
    dueAt: waitingDueAt({ paging, takenOverBy: null, deadline, pause: null }) ?? outcomeBy,
    stateSince: now,
    endedAt: null,
    endedReason: null,
    reviewOf: opening.reviewOf,
    permalink: null,
    createdAt: now,
    updatedAt: now,
    auditKey: opening.auditKey,
    auditSeq: 0,
    auditHash: "",
  };
  return { type: "opened", escalation };
}

function refuseOpening(request: EscalationRequest, ruling: Ruling, now: Date): Refusal | null {
  if (request.valid_until !== undefined && now >= new Date(request.valid_until)) {
    return refuse("invalid_request", say.refusedCalls.validUntilPassed, [
      { field: "/valid_until", detail: say.refusedCalls.mustLieInFuture },
    ]);
  }
  if (request.parent !== undefined && request.session_id === undefined) {
    return refuse("invalid_request", say.refusedCalls.subAgentNamesSession, [
      { field: "/session_id", detail: say.refusedCalls.subAgentNamesSession },
    ]);
  }
  if (ruling.requirement.requestedByRequired && request.requested_by === undefined) {
    return refuse("invalid_request", say.refusedCalls.requesterNeeded, [
      { field: "/requested_by", detail: say.refusedCalls.requestedByNeeded },
    ]);
  }
  const plan = submittedPlan(request);
  if (plan !== null && coveredSteps({ steps: stepsOf(plan, ruling) }).length === 0)
    return refuse("invalid_request", say.refusedCalls.nothingCovered, [
      { field: "/plan/steps", detail: say.refusedCalls.askForSteps },
    ]);
  return null;
}

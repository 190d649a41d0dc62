import { isSoftReview, kindOf } from "../kinds/all.ts";
import type { Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { tierOf } from "../tiers.ts";
import { endWithoutExecution, isExecutable, mayGrantAgain } from "./agent.ts";
import { goOnAfterPause } from "./clock-pause.ts";
import { decisionOf } from "./decision.ts";
import { isPastValidity, roundTimes } from "./round-times.ts";
import { reviewDue, unconfirmed } from "./soft-review.ts";

/** What time alone does. The sweep sends `tick` to whatever is due; a tick that comes too early changes nothing. */

export function tick(escalation: Escalation, around: Surroundings): Event[] {
  if (escalation.dueAt === null || around.now < escalation.dueAt) return [];
  switch (escalation.state) {
    case "paused_pending_human":
      if (escalation.pause !== null && around.now >= escalation.pause.until) return goOnAfterPause(escalation, around.now);
      // Before the deadline only the paging is due, and that goes with every command.
      return escalation.deadline !== null && around.now >= escalation.deadline ? deadlinePassed(escalation, around.now) : [];
    case "human_responded":
      if (isSoftReview(escalation)) return reviewDue(escalation, around.now);
      return isExecutable(escalation)
        ? [{ type: "expired", endedReason: "never_resumed" }]
        : [{ type: "reached", via: "time", claimId: null, endedReason: endWithoutExecution(escalation) }];
    case "timed_out":
      if (isSoftReview(escalation)) return reviewDue(escalation, around.now);
      return [{ type: "expired", endedReason: "never_resumed" }];
    case "resuming":
      return leaseLapsed(escalation, around.now);
    case "running":
      return [{ type: "expired", endedReason: "outcome_unreported" }];
    case "completed":
    case "failed":
      throw new Error(`an ended escalation is due: ${escalation.id} (${escalation.state})`);
  }
}

/** After the first lapse of a repeatable action there is one more lease's time in which it may be granted again. */
function leaseLapsed(escalation: Escalation, now: Date): Event[] {
  const first = escalation.execution !== null && escalation.dueAt !== null && escalation.dueAt <= escalation.execution.expiresAt;
  if (first && mayGrantAgain(escalation, now)) {
    return [{ type: "lease_lapsed", dueAt: new Date(now.getTime() + escalation.ruling.outcomeWithinS * 1000) }];
  }
  return [{ type: "expired", endedReason: "outcome_unknown" }];
}

/** Silence is told as silence: the decision's source is the timeout, and the votes that were cast are kept. */
function timeoutDecision(escalation: Escalation, type: "approve" | "reject", now: Date): Decision {
  return decisionOf(escalation, { type, source: "timeout", votes: escalation.votes, now });
}

function deadlinePassed(escalation: Escalation, now: Date): Event[] {
  if (isSoftReview(escalation)) return unconfirmed(escalation, now);
  const { fallback, transferTo } = escalation.ruling;
  const [next] = transferTo;
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  if (fallback === "fail") {
    return [
      { type: "timed_out", decision: null, endedReason: null, dueAt: now },
      { type: "expired", endedReason: "timed_out" },
    ];
  }
  const stillValid = !isPastValidity(escalation, now);
  if (fallback === "transfer" && next !== undefined && stillValid) {
    return [
      { type: "timed_out", decision: null, endedReason: null, dueAt: now },
      { type: "transferred", to: next, ...roundTimes(escalation.ruling, escalation.request, now) },
    ];
  }
  if (fallback === "approve" && kindOf(escalation).silenceMayApprove && tierOf(escalation).silenceApproves && stillValid) {
    return [
      {
        type: "timed_out",
        decision: timeoutDecision(escalation, "approve", now),
        endedReason: null,
        dueAt: later(escalation.ruling.resumeWithinS),
      },
    ];
  }
  return [{ type: "timed_out", decision: timeoutDecision(escalation, "reject", now), endedReason: "timed_out", dueAt: null }];
}

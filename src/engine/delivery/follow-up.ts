import { lateReport } from "../../domain/consequences/late-report.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import type { EscalationRequest } from "../../domain/shapes/request.ts";
import { findByIdempotencyKey } from "../../store/read-escalations.ts";
import { say } from "../../words/en.ts";
import { handle } from "../commands/handle.ts";
import { OUR_KEYS, type SubmitParts, submit } from "../commands/submit.ts";
import type { Sender, SendResult } from "./deliver.ts";

const keyOf = (escalation: Escalation) => `${OUR_KEYS}follow-up:${escalation.id}`;

/**
 * The lane keeps the order: whoever was asked whether it ran was asked before this. Where they have answered, the audit alone
 * keeps it.
 */
async function passOn(parts: SubmitParts, escalation: Escalation): Promise<SendResult> {
  const review = await findByIdempotencyKey(parts.pool, escalation.agentId, keyOf(escalation));
  if (review === null || escalation.outcome === null) return { result: "failed", why: "nobody was asked whether it ran" };
  const text = lateReport(escalation, escalation.outcome);
  const told = await handle(parts, review, { type: "inform", text }, { kind: "system" });
  return isRefusal(told) ? { result: "failed", why: told.detail } : { result: "sent", receipt: null };
}

/** An ended escalation never reopens: when nobody knows whether an act ran, a person is asked in a new one that points back. */
export function followUpSender(parts: SubmitParts): Sender<"follow_up"> {
  return async (delivery) => {
    const loaded = delivery.escalationId === null ? null : await parts.load(delivery.escalationId);
    if (loaded === null) return { result: "failed", why: "the escalation it follows up on is unknown" };
    const { escalation } = loaded;
    if (delivery.payload.ask === "late_outcome") return passOn(parts, escalation);
    const { presentation } = escalation.ruling;
    const [didItRun, why] =
      escalation.restored === null
        ? [say.review.didItRun, say.review.noOutcome]
        : [say.review.didItRunBeforeRestore, say.review.lostInRestore];
    const request: EscalationRequest = {
      schema_version: "1",
      kind: "question",
      question: {
        text: didItRun(presentation.title, escalation.agentName),
        options: [
          { id: "ran", label: say.review.ran },
          { id: "did_not_run", label: say.review.didNotRun },
        ],
        allow_free_text: true,
      },
      brief: {
        decision_required: say.review.lookAndSay,
        trigger: { kind: "tool_failure", detail: why(escalation.id) },
        accomplished: [],
        evidence: [],
      },
      signals: { flags: [] },
      preconditions: [],
      classification: escalation.request.classification,
      labels: {},
      // Whoever asked for the act says no more about it here than about the act itself.
      ...(escalation.request.requested_by === undefined ? {} : { requested_by: escalation.request.requested_by }),
      ...(escalation.request.session_id === undefined ? {} : { session_id: escalation.request.session_id }),
    };
    const agent = {
      id: escalation.agentId,
      name: escalation.agentName,
      owner: escalation.agentOwner,
      environment: escalation.ruling.environment,
    };
    const submitted = await submit(parts, {
      agent,
      request,
      idempotencyKey: keyOf(escalation),
      reviewOf: escalation.id,
      traceparent: escalation.traceparent,
    });
    if (isRefusal(submitted)) return { result: "failed", why: submitted.detail };
    return { result: "sent", receipt: null };
  };
}

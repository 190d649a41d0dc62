import { lateReport } from "../../domain/consequences/late-report.ts";
import { type Reviewed, reviewRequest } from "../../domain/consequences/review-request.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { submittedAction } from "../../domain/shapes/request.ts";
import { findByIdempotencyKey } from "../../store/read-escalations.ts";
import { recordRehearsal } from "../../store/rehearsals.ts";
import { handle } from "../commands/handle.ts";
import { OUR_KEYS, type SubmitParts, submit } from "../commands/submit.ts";
import type { Sender, SendResult } from "./deliver.ts";

const KEYS = { did_it_run: "follow-up", was_it_right: "flag", sampled: "sample" } satisfies Record<Reviewed, string>;
const keyOf = (escalation: Escalation, about: Reviewed) => `${OUR_KEYS}${KEYS[about]}:${escalation.id}`;

/**
 * The lane keeps the order: whoever was asked whether it ran was asked before this. Where they have answered, the audit alone
 * keeps it.
 */
async function passOn(parts: SubmitParts, escalation: Escalation): Promise<SendResult> {
  const review = await findByIdempotencyKey(parts.pool, escalation.agentId, keyOf(escalation, "did_it_run"));
  if (review === null || escalation.outcome === null) return { result: "failed", why: "nobody was asked whether it ran" };
  const text = lateReport(escalation, escalation.outcome);
  const told = await handle(parts, review, { type: "inform", text }, { kind: "system" });
  return isRefusal(told) ? { result: "failed", why: told.detail } : { result: "sent", receipt: null };
}

async function remember({ pool }: SubmitParts, { request, ruling, endedAt, updatedAt }: Escalation): Promise<SendResult> {
  const action = submittedAction(request);
  const environment = ruling.environment;
  if (action !== null) await recordRehearsal(pool, { actionType: action.type, environment }, endedAt ?? updatedAt);
  return { result: "sent", receipt: null };
}

/** Opens the review of an act, which points back to it. */
export function followUpSender(parts: SubmitParts): Sender<"follow_up"> {
  return async (delivery) => {
    const loaded = delivery.escalationId === null ? null : await parts.load(delivery.escalationId);
    if (loaded === null) return { result: "failed", why: "the escalation it follows up on is unknown" };
    const { escalation } = loaded;
    if (delivery.payload.ask === "late_outcome") return passOn(parts, escalation);
    const { ask } = delivery.payload;
    if (ask === "undo_rehearsed") return remember(parts, escalation);
    const request = reviewRequest(escalation, ask);
    const agent = {
      id: escalation.agentId,
      name: escalation.agentName,
      owner: escalation.agentOwner,
      environment: escalation.ruling.environment,
    };
    const submitted = await submit(parts, {
      agent,
      request,
      idempotencyKey: keyOf(escalation, ask),
      reviewOf: escalation.id,
      isSample: ask === "sampled",
      traceparent: escalation.traceparent,
    });
    if (isRefusal(submitted)) return { result: "failed", why: submitted.detail };
    return { result: "sent", receipt: null };
  };
}

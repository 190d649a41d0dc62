import type { DeliveryOf } from "../../domain/consequences/deliveries.ts";
import { requesterOf } from "../../domain/people/requester.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { backoffMs, type SendResult } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import type { SenderParts } from "../parts.ts";

/** Asks Slack once whether there is such a person as the agent says has asked for it; the answer is kept with the escalation. */
export async function lookUpRequester(parts: SenderParts, delivery: DeliveryOf<"requester">): Promise<SendResult> {
  const loaded = delivery.escalationId === null ? null : await parts.engine.load(delivery.escalationId);
  if (loaded === null) return { result: "failed", why: say.sending.unknownEscalation };
  const { id, agentName, request } = loaded.escalation;
  if (request.requested_by === undefined) return { result: "failed", why: say.sending.noRequester };
  const account = await parts.people.recall(request.requested_by);
  if (account === null) {
    const afterMs = backoffMs(delivery.attempts, 1000, 60_000);
    return { result: "retry", afterMs, wholeLane: true, why: say.sending.slack.unsureWho };
  }
  const requester = requesterOf(account);
  const kept = await parts.engine.handle(id, { type: "requester_looked_up", requester }, { kind: "system" });
  if (isRefusal(kept)) return { result: "failed", why: kept.detail };
  if (requester === "nobody")
    await parts.engine.ringAlarm({ kind: "unknown_requester", agent: agentName, userId: request.requested_by });
  return { result: "sent", receipt: null };
}

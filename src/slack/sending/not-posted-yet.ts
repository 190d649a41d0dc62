import type { Envelope } from "../../domain/consequences/deliveries.ts";
import { backoffMs, type SendResult, type UnderWay } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import type { SenderParts } from "../parts.ts";

/** About eight minutes. */
const POST_AWAITED = 12;

/** The card this belongs under has no place yet. */
export function notPostedYet(delivery: Envelope): SendResult {
  if (delivery.attempts >= POST_AWAITED) return { result: "failed", why: say.sending.slack.cardNeverPosted };
  return {
    result: "retry",
    afterMs: backoffMs(delivery.attempts, 1000, 60_000),
    wholeLane: false,
    why: say.sending.slack.cardNotPostedYet,
  };
}

/** Not for ever: what was never posted has nothing to draw anew. */
export const isPosting = async ({ places }: SenderParts, { escalationId, attempts }: UnderWay, place: string): Promise<boolean> =>
  escalationId !== null && attempts < POST_AWAITED && (await places.isPosting(escalationId, place));

import { LIMITS } from "../../domain/base/limits.ts";
import { apiEscalation } from "../../domain/consequences/api-shape.ts";
import { apiSession } from "../../domain/sessions/api-session.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { findAgentById } from "../../store/agents.ts";
import { type HandleParts, handle } from "../commands/handle.ts";
import { traceNowMs } from "../trace.ts";
import { type Answer, backoffMs, type Sender } from "./deliver.ts";

/** What the callback edge is asked to post, and what it answers. */
export type CallbackPost = {
  url: string;
  secrets: readonly string[];
  webhookId: string;
  timestamp: Date;
  body: string;
  allowedHosts: readonly string[];
  /** Hands the trace of the agent back to it. */
  traceparent: string | null;
};
export type PostCallback = (post: CallbackPost) => Promise<Answer>;

/** Retried until the agent's time to resume has passed; polling shows the answer all the while, so nothing is lost with it. */
export function callbackSender(parts: HandleParts, post: PostCallback): Sender<"callback"> {
  return async (delivery) => {
    const loaded = delivery.escalationId === null ? null : await parts.load(delivery.escalationId);
    const addressee = loaded === null ? null : await addresseeOf(parts, loaded.escalation, delivery.payload.parent);
    // Nobody hears of a sub-agent at an address that was never given.
    if (loaded !== null && addressee === null) return { result: "sent", receipt: null };
    const agent = addressee === null ? null : await findAgentById(parts.pool, addressee.agentId);
    if (loaded === null || agent === null || addressee?.request.callback === undefined)
      return { result: "failed", why: "nobody to call back" };
    // Whoever holds that endpoint has no business with us any more: nothing is owed there.
    if (agent.revokedAt !== null) return { result: "sent", receipt: null };
    const { escalation, now } = loaded;
    const type = delivery.payload.type;
    const { sessionId } = delivery.payload;
    const data =
      sessionId === undefined
        ? apiEscalation(escalation)
        : apiSession(agent.name, sessionId, parts.sessions.standing(agent.id, sessionId));
    const body = JSON.stringify({ type, timestamp: delivery.createdAt.toISOString(), data });
    const startMs = traceNowMs();
    const answer = await post({
      url: addressee.request.callback.url,
      secrets: agent.callbackSecrets,
      webhookId: delivery.deliveryId,
      timestamp: now,
      body,
      allowedHosts: parts.directory().agents.get(agent.name)?.callbackHosts ?? [],
      traceparent: escalation.traceparent,
    });
    parts.trace.record({
      name: `callback ${type}`,
      kind: "client",
      parent: escalation.traceparent,
      startMs,
      endMs: traceNowMs(),
      attributes: { "countersign.escalation": escalation.id, "countersign.delivery": delivery.deliveryId },
      failed: answer.result !== "sent",
    });
    if (answer.result === "failed") return { result: "failed", why: answer.why };
    if (answer.result === "retry") {
      const giveUpAt = delivery.createdAt.getTime() + escalation.ruling.resumeWithinS * 1000;
      if (now.getTime() > giveUpAt) return { result: "failed", why: `${answer.why}; the agent's time to resume has passed` };
      const baseMs = answer.afterMs ?? backoffMs(delivery.attempts, 1000, LIMITS.sendAgain.value);
      return { result: "retry", afterMs: baseMs * (1 + Math.random() * 0.5), wholeLane: false, why: answer.why };
    }
    // Somebody may have decided while it was on its way: the agent has what was in it, no more.
    if (sessionId === undefined && addressee.id === escalation.id && escalation.decision !== null)
      await handOver(parts, escalation);
    return { result: "sent", receipt: null };
  };
}

/** Itself; or the escalation in whose course it was asked, if that is of the agent that it names and says where to call. */
async function addresseeOf(parts: HandleParts, escalation: Escalation, parent: string | undefined): Promise<Escalation | null> {
  if (parent === undefined) return escalation;
  const found = (await parts.load(parent))?.escalation ?? null;
  const named = escalation.request.parent;
  const isNamed = found?.agentName === named?.agent && found?.request.session_id === named?.session_id;
  return isNamed && found?.request.callback !== undefined ? found : null;
}

async function handOver(parts: HandleParts, { id, round }: Escalation): Promise<void> {
  const received = await handle(parts, id, { type: "callback_received", round }, { kind: "system" });
  if (isRefusal(received)) throw new Error(`a received callback was refused: ${received.detail}`);
}

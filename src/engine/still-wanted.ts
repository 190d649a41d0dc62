import { mayDecide } from "../domain/authority.ts";
import type { Escalation } from "../domain/escalation.ts";
import type { Delivery } from "../store/outbox.ts";
import type { Engine } from "./engine.ts";

/**
 * The escalation a page or a reminder is about, if its person is still waited for: in this round, able to decide, and not heard yet. The same on every route.
 * A page names the token of its step: one that the chain has not committed is never sent.
 */
export async function stillWanted(engine: Engine, delivery: Delivery): Promise<Escalation | null> {
  const loaded = delivery.escalationId === null ? null : await engine.load(delivery.escalationId);
  if (loaded === null) return null;
  const { escalation } = loaded;
  const { userId, round, token } = delivery.payload;
  const waiting = escalation.state === "paused_pending_human" && escalation.round === Number(round);
  const committed = token === undefined || escalation.paging.pages.some((page) => page.token === token);
  const answered = escalation.votes.some((vote) => vote.userId === userId);
  const able = mayDecide(engine.parts.directory(), escalation).some((reviewer) => reviewer.userId === userId);
  return waiting && committed && able && !answered ? escalation : null;
}

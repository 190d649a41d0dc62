import { isWaitedFor } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { HandleParts } from "../commands/handle.ts";

/**
 * The escalation a page or a reminder is about, if its person is still waited for: in this round, and able to fill a seat that is
 * still empty. The same on every route. A page names the token of its step: one that the chain has not committed is never sent.
 */
export type Called = { escalationId: string | null; userId: string; round: number; token?: number };

type CallingDelivery = { escalationId: string | null; payload: { userId: string; round: number; token?: number } };

/** Whom a page or a reminder calls. */
export function called({ escalationId, payload }: CallingDelivery): Called {
  const { userId, round, token } = payload;
  return { escalationId, userId, round, ...(token === undefined ? {} : { token }) };
}

export async function stillWanted(
  { load, directory }: Pick<HandleParts, "load" | "directory">,
  { escalationId, userId, round, token }: Called,
): Promise<Escalation | null> {
  const loaded = escalationId === null ? null : await load(escalationId);
  if (loaded === null) return null;
  const { escalation } = loaded;
  const committed = token === undefined || escalation.paging.pages.some((page) => page.token === token);
  return escalation.round === round && committed && isWaitedFor(directory(), escalation, userId) ? escalation : null;
}

import type { Standing } from "./session.ts";

/** A session as the contract shows it, with what its agent or those for whom it works were told counted in. */
export function apiSession(agent: string, sessionId: string, { told, directive, isStopped, taints }: Standing) {
  return {
    id: sessionId === "" ? null : sessionId,
    agent,
    directive,
    stopped: isStopped,
    reason: told?.reason ?? null,
    by: told?.by ?? null,
    at: told?.at?.toISOString() ?? null,
    acknowledged_at: told?.acknowledgedAt?.toISOString() ?? null,
    taints: taints.map(({ kind, source }) => ({ kind, source })),
  };
}

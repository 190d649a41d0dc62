import type { Pool } from "pg";
import type { Logger } from "pino";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { listOpenOfRevoked, markWithdrawn, type RevokedAgent, readRevokedAgents } from "../../store/revoked.ts";
import type { Engine } from "../engine.ts";
import { createSetBack, type SetBack } from "./set-back.ts";

/**
 * Nobody is to decide on what an agent asked for whose keys were revoked: it is withdrawn, by whichever replica comes first, and
 * its reviewers are told. What it has been allowed to run already ends by its own time, and what people are asked about that
 * stays.
 */
const AT_ONCE = 200;

type Parts = { pool: Pool; log: Logger; setBack: SetBack };

/** One pass after the other; what cannot be withdrawn now is tried later and later, and holds up none of the rest. */
export function createWithdrawing(
  { pool, log }: Omit<Parts, "setBack">,
  engine: Pick<Engine, "handle">,
  stopping: () => boolean,
) {
  const parts = { pool, log, setBack: createSetBack() };
  return async (): Promise<void> => {
    for (const agent of await readRevokedAgents(pool)) await withdrawAllOf(agent, parts, engine, stopping);
  };
}

async function withdrawAllOf(
  agent: RevokedAgent,
  { pool, log, setBack }: Parts,
  engine: Pick<Engine, "handle">,
  stopping: () => boolean,
): Promise<void> {
  const except = setBack.except();
  const open = await listOpenOfRevoked(pool, agent.id, except, AT_ONCE);
  for (const id of open) {
    if (stopping()) return;
    try {
      const done = await engine.handle(id, { type: "retire", reason: "its agent was revoked" }, { kind: "system" });
      setBack.moved(id);
      if (isRefusal(done))
        log.warn({ escalation: id, refused: done.detail }, "what a revoked agent asked for could not be withdrawn");
    } catch (error) {
      setBack.failed(id);
      log.error({ err: error, escalation: id }, "what a revoked agent asked for could not be withdrawn; it is tried again");
    }
  }
  if (open.length === 0 && except.length === 0 && agent.settled) await markWithdrawn(pool, agent.id);
}

import type { Pool } from "pg";
import type { Logger } from "pino";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { listOpenOfRevoked, markWithdrawn, type RevokedAgent, readRevokedAgents } from "../../store/revoked.ts";
import type { Engine } from "../engine.ts";

/**
 * Nobody is to decide on what an agent asked for whose keys were revoked: it is withdrawn, by whichever replica comes first, and
 * its reviewers are told. What it has been allowed to run already ends by its own time, and what people are asked about that
 * stays.
 */
const AT_ONCE = 200;

type Parts = { pool: Pool; log: Logger };

export async function withdrawRevoked({ pool, log }: Parts, engine: Pick<Engine, "handle">): Promise<void> {
  for (const agent of await readRevokedAgents(pool)) await withdrawAllOf(agent, { pool, log }, engine);
}

async function withdrawAllOf(agent: RevokedAgent, { pool, log }: Parts, engine: Pick<Engine, "handle">): Promise<void> {
  const open = await listOpenOfRevoked(pool, agent.id, AT_ONCE);
  for (const id of open) {
    try {
      const done = await engine.handle(id, { type: "retire", reason: "its agent was revoked" }, { kind: "system" });
      if (isRefusal(done))
        log.warn({ escalation: id, refused: done.detail }, "what a revoked agent asked for could not be withdrawn");
    } catch (error) {
      log.error(
        { err: error, escalation: id },
        "what a revoked agent asked for could not be withdrawn; the next pass tries again",
      );
    }
  }
  if (open.length === 0 && agent.settled) await markWithdrawn(pool, agent.id);
}

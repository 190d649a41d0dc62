import type { FastifyInstance } from "fastify";
import { LIMITS } from "../domain/base/limits.ts";

/**
 * What is under way may end by itself; who has not hung up by then is hung up on, so that no client decides how long a stop
 * takes.
 */
export async function stopHttp(app: FastifyInstance, hangUpAfterMs: number = LIMITS.hangUp.value): Promise<void> {
  // Idle keep-alive connections would hold the close for more than a minute.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  // Again and again: a connection whose request has not been read yet is not among all of them.
  let again: NodeJS.Timeout | undefined;
  const hangUp = setTimeout(() => {
    app.server.closeAllConnections();
    again = setInterval(() => app.server.closeAllConnections(), 50);
  }, hangUpAfterMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(hangUp);
    clearInterval(again);
  }
}

import type { Logger } from "pino";

/**
 * A dead man's switch: while the sweep is healthy its URL is pinged; whoever watches it rings when the pings stop. At most once
 * in `everyMs`.
 */
export function createHeartbeat(url: string | null, everyMs: number, log: Logger): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (url === null || performance.now() - last < everyMs) return;
    last = performance.now();
    fetch(url, { method: "GET", redirect: "manual", signal: AbortSignal.timeout(5000) }).then(
      async (response) => {
        await response.body?.cancel();
        if (!response.ok) log.warn({ status: response.status }, "the heartbeat URL did not answer 2xx");
      },
      (error: unknown) => log.warn({ err: error }, "the heartbeat could not be sent"),
    );
  };
}

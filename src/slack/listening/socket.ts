import { setTimeout as sleep } from "node:timers/promises";
import { LogLevel, SocketModeReceiver } from "@slack/bolt";
import { LIMITS } from "../../domain/base/limits.ts";
import { backoffMs } from "../../engine/delivery/deliver.ts";
import { within } from "../api/within.ts";

/**
 * Slack's socket, opened again for as long as this runs. The SDK's own reconnecting waits longer after each failure without an
 * end, and a refusal there ends the process: whoever has no clicks must still serve its agents.
 */
export type Socket = {
  receiver: SocketModeReceiver;
  /** Waits for nothing: while Slack opens none, everything else works. */
  start(): void;
  stop(): Promise<void>;
  isOpen(): boolean;
};

type Log = { error(facts: object, message: string): void };

const CALL_MS_MAX = 10_000;

export function createSocket(appToken: string, apiUrl: string | null, log: Log): Socket {
  // Without its address the app's token would go to slack.com whatever SLACK_API_URL says.
  const address = apiUrl === null ? {} : { slackApiUrl: apiUrl };
  const receiver = new SocketModeReceiver({
    appToken,
    logLevel: LogLevel.ERROR,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: { ...address, retryConfig: { retries: 0 }, timeout: CALL_MS_MAX } },
  });
  const { client } = receiver;
  const stopping = new AbortController();
  const state = { open: false, failures: 0, closed: () => {} };
  client.on("connected", () => {
    state.open = true;
    state.failures = 0;
  });
  client.on("disconnected", () => {
    state.open = false;
    state.closed();
  });
  const keepOpen = async () => {
    while (!stopping.signal.aborted) {
      const closed = new Promise<void>((resolve) => {
        state.closed = resolve;
      });
      try {
        await client.start();
        await closed;
      } catch (error) {
        log.error({ err: error }, "Slack opened no socket; it is asked again");
        const pauseMs = backoffMs(state.failures++, 1000, LIMITS.socketAgain.value) * (0.5 + Math.random() / 2);
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };
  return {
    receiver,
    start: () => void keepOpen(),
    async stop() {
      stopping.abort();
      await within(LIMITS.socketClose.value, client.disconnect());
    },
    isOpen: () => state.open,
  };
}

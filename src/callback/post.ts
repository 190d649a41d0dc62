import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Agent, buildConnector, request } from "undici";
import { callbackUrlRefusal } from "../domain/callback-url.ts";
import type { CallbackAnswer, PostCallback } from "../engine/callbacks.ts";
import { isLoopbackAddress, isPublicAddress } from "./address.ts";
import { signCallback } from "./sign.ts";

/** The signed POST to an agent. What is checked is the address that is connected to, so that a name that changes its mind gains nothing. */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;
export type CallbackOptions = { allowLoopback: boolean; resolve?: Resolve; timeoutMs?: number };

const TIMEOUT_MS = 15_000;
const BODY_BYTES_MAX = 64 * 1024;

class BlockedAddress extends Error {}

export function createCallbackPoster(options: CallbackOptions): { post: PostCallback; close(): Promise<void> } {
  const resolve: Resolve = options.resolve ?? ((host) => lookup(host, { all: true, verbatim: true }));
  const agent = new Agent({
    connect: guardedConnect(options.allowLoopback, resolve),
    connections: 8,
    pipelining: 1,
    maxResponseSize: BODY_BYTES_MAX,
  });
  const post: PostCallback = async (callback) => {
    const refusal = callbackUrlRefusal(callback.url, callback.allowedHosts, options.allowLoopback);
    if (refusal !== null) return { result: "failed", reason: refusal };
    const timestampS = Math.floor(callback.timestamp.getTime() / 1000);
    const headers = {
      "content-type": "application/json",
      "user-agent": "Countersign",
      "webhook-id": callback.webhookId,
      "webhook-timestamp": String(timestampS),
      "webhook-signature": signCallback(callback.secrets, callback.webhookId, timestampS, callback.body),
    };
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await request(callback.url, { method: "POST", headers, body: callback.body, dispatcher: agent, signal });
      // Nobody reads what an agent says here; it is only drained, up to a limit, so that the connection can be used again.
      await response.body.dump({ limit: BODY_BYTES_MAX, signal }).catch(() => {});
      return answerOf(response.statusCode, response.headers["retry-after"]);
    } catch (error) {
      if (hasCause(error, BlockedAddress))
        return { result: "failed", reason: "the host leads to an address that is not allowed" };
      return { result: "retry", reason: error instanceof Error ? error.message : "no answer" };
    }
  };
  return { post, close: () => agent.destroy() };
}

/** 2xx = received. 410 = never again. A redirect is a failure like any other: following it would leave the checked address. */
function answerOf(status: number, retryAfter: string | string[] | undefined): CallbackAnswer {
  if (status >= 200 && status < 300) return { result: "sent" };
  if (status === 410) return { result: "failed", reason: "the agent answered 410 Gone" };
  const seconds = Number(retryAfter);
  const reason = `the agent answered ${status}`;
  return Number.isFinite(seconds) && seconds > 0
    ? { result: "retry", reason, retryAfterMs: Math.min(seconds, 3600) * 1000 }
    : { result: "retry", reason };
}

function hasCause(error: unknown, kind: typeof BlockedAddress): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof kind) return true;
  return false;
}

function guardedConnect(allowLoopback: boolean, resolve: Resolve): buildConnector.connector {
  const allowed = (address: string) => isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));
  const connect = buildConnector({
    timeout: 5000,
    lookup: (host, lookupOptions, done) => {
      resolve(host).then(
        (found) => {
          const bad = found.find((one) => !allowed(one.address));
          const [first] = found;
          if (first === undefined || bad !== undefined)
            return done(new BlockedAddress(`${host} leads to ${bad?.address ?? "nowhere"}`), "", 0);
          if (typeof lookupOptions === "object" && lookupOptions.all === true) return done(null, found as never);
          done(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => done(error, "", 0),
      );
    },
  });
  return (target, done) => {
    // A literal address is connected to without a look-up, so it is checked here.
    const literal = target.hostname.replace(/^\[|\]$/g, "");
    if (isIP(literal) !== 0 && !allowed(literal)) return done(new BlockedAddress(`${literal} is not allowed`), null);
    connect(target, done);
  };
}

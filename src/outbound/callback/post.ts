import { lookup } from "node:dns/promises";
import { Agent, request } from "undici";
import { callbackUrlRefusal } from "../../domain/callback/callback-url.ts";
import type { CallbackPost, PostCallback } from "../../engine/delivery/callbacks.ts";
import type { Answer } from "../../engine/delivery/deliver.ts";
import { guardedConnect, isBlocked, type Resolve } from "../guard.ts";
import { signCallback } from "./sign.ts";

/**
 * The signed POST to an agent. What is checked is the address that is connected to, so that a name that changes its mind gains
 * nothing.
 */
export type CallbackOptions = { allowLoopback: boolean; resolve?: Resolve; timeoutMs?: number };

/** A 2xx within 15 s counts as received. */
const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5000;
const BODY_BYTES_MAX = 64 * 1024;
const RETRY_AFTER_S_MAX = 3600;

/**
 * `post` never rejects and never takes longer than `timeoutMs`. `failed` is for good: the URL is not allowed, or there is nothing
 * to sign with. Everything else that is not 2xx is to be tried again, a 410 of a proxy and an address that a name leads to just
 * now included.
 */
export function createCallbackPoster(options: CallbackOptions): { post: PostCallback; close(): Promise<void> } {
  const { allowLoopback, timeoutMs = TIMEOUT_MS } = options;
  const resolve: Resolve = options.resolve ?? ((host) => lookup(host, { all: true, verbatim: true }));
  const agent = new Agent({
    connect: guardedConnect({ allowLoopback, resolve, timeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }),
    allowH2: false,
    connections: 8,
    pipelining: 1,
  });
  const post: PostCallback = async (callback) => {
    const refusal = callbackUrlRefusal(callback.url, callback.allowedHosts, allowLoopback);
    if (refusal !== null) return { result: "failed", why: refusal };
    // Without a signature the agent could not tell our decision from a forged one.
    if (callback.secrets.length === 0) return { result: "failed", why: "the agent has no callback secret to sign with" };
    return attempt(agent, callback, timeoutMs);
  };
  return { post, close: () => agent.destroy() };
}

async function attempt(agent: Agent, callback: CallbackPost, timeoutMs: number): Promise<Answer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    return await exchange(agent, callback, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) return { result: "retry", why: `no answer within ${timeoutMs / 1000} s` };
    return answerOfError(error);
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(agent: Agent, callback: CallbackPost, signal: AbortSignal): Promise<Answer> {
  const timestampS = Math.floor(callback.timestamp.getTime() / 1000);
  const headers = {
    "content-type": "application/json",
    "user-agent": "Countersign",
    "webhook-id": callback.webhookId,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signCallback(callback.secrets, callback.webhookId, timestampS, callback.body),
    ...(callback.traceparent === null ? {} : { traceparent: callback.traceparent }),
  };
  const asked = request(callback.url, { method: "POST", headers, body: callback.body, dispatcher: agent, signal });
  // undici does not abort a request that still waits for its connection, so the wait is bounded here as well.
  const response = await Promise.race([asked, aborted(signal)]);
  // Nobody reads what an agent says here; it is only drained, up to a limit, so that the connection can be used again.
  await response.body.dump({ limit: BODY_BYTES_MAX }).catch(() => {});
  return answerOf(response.statusCode, response.headers["retry-after"], callback.timestamp);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** 2xx = received. A redirect is a failure like any other: following it would leave the checked address. */
function answerOf(status: number, retryAfter: string | string[] | undefined, now: Date): Answer {
  if (status >= 200 && status < 300) return { result: "sent" };
  const why = `the agent answered ${status}`;
  const seconds = typeof retryAfter === "string" ? retryAfterS(retryAfter, now) : null;
  return seconds === null
    ? { result: "retry", why }
    : { result: "retry", why, afterMs: Math.min(seconds, RETRY_AFTER_S_MAX) * 1000 };
}

/** RFC 9110, 10.2.3: seconds, or a date. Null where it says nothing that lies ahead. */
function retryAfterS(text: string, now: Date): number | null {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return seconds > 0 ? seconds : null;
}

/** The system's own code says most in the fewest words (ECONNREFUSED, CERT_HAS_EXPIRED); messages of TLS are pages long. */
function answerOfError(error: unknown): Answer {
  if (isBlocked(error)) return { result: "retry", why: "the host leads to an address that is not allowed" };
  const { code, message } = (error instanceof Error ? error : new Error("unknown")) as NodeJS.ErrnoException;
  return { result: "retry", why: `no answer: ${code ?? message.split("\n", 1)[0]?.slice(0, 200)}` };
}

import { lookup } from "node:dns/promises";
import { Agent, fetch as fetchWith } from "undici";
import { isLocalNetworkAddress } from "../../domain/callback/callback-address.ts";
import { isLoopbackHost } from "../../domain/callback/callback-url.ts";
import { guardedConnect, isBlocked, type Resolve } from "../guard.ts";
import { readBounded } from "../read-bounded.ts";

/**
 * Reading a text from a service that an operator named: bounded in time and size, with a sentence instead of an exception when it
 * fails.
 */
export type Fetched = { ok: true; text: string } | { ok: false; why: string };

const TIMEOUT_MS = 5000;
const REDIRECTS_MAX = 3;
type Answer = Pick<Response, "ok" | "status"> & {
  headers: { get(name: string): string | null };
  body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
};
type Get = (url: string) => Promise<Answer>;

/** From a service whose address is a setting of ours; it has no reason to send us elsewhere. */
export function fetchText(url: string, headers: Record<string, string>, bytesMax: number): Promise<Fetched> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return answered(url, (at) => fetch(at, { headers, signal, redirect: "manual" }) as Promise<Answer>, bytesMax);
}

/**
 * From anywhere in the world: whoever runs that host, or its name, must not reach what only we can reach. The operator's own
 * network is allowed, because calendars are kept there; this machine and what is local to its link only where the address itself
 * says so.
 */
export async function fetchOutside(
  url: string,
  headers: Record<string, string>,
  bytesMax: number,
  resolve: Resolve = (host) => lookup(host, { all: true, verbatim: true }),
): Promise<Fetched> {
  const named = URL.parse(url)?.hostname ?? "";
  const dispatcher = new Agent({
    connect: guardedConnect({
      allowLoopback: isLoopbackHost(named),
      alsoAllowed: isLocalNetworkAddress,
      resolve,
      timeoutMs: TIMEOUT_MS,
    }),
  });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const get: Get = (at) => fetchWith(at, { headers, signal, dispatcher, redirect: "manual" }) as unknown as Promise<Answer>;
    return await answered(url, get, bytesMax);
  } finally {
    await dispatcher.destroy();
  }
}

async function answered(url: string, get: Get, bytesMax: number): Promise<Fetched> {
  try {
    let at = url;
    for (let redirects = 0; ; redirects++) {
      const response = await get(at);
      if (response.ok) return textOf(await readBounded(response.body, bytesMax), bytesMax);
      await response.body?.cancel();
      const next = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (next === null || redirects === REDIRECTS_MAX) return { ok: false, why: `it answered ${response.status}` };
      const to = URL.parse(next, at);
      if (to === null || !staysThere(new URL(at), to))
        return { ok: false, why: "it redirects to another host: put the address that it leads to into the configuration" };
      at = to.href;
    }
  } catch (error) {
    if (isBlocked(error))
      return { ok: false, why: "its name leads to an address that is not allowed (this machine, or its link)" };
    const late = error instanceof Error && error.name === "TimeoutError";
    return { ok: false, why: late ? `no answer within ${TIMEOUT_MS / 1000} s` : "it could not be reached" };
  }
}

/** The same origin, or the same host once it insists on TLS. */
const staysThere = (from: URL, to: URL): boolean =>
  to.origin === from.origin || (to.hostname === from.hostname && from.protocol === "http:" && to.protocol === "https:");

const textOf = (text: string | null, bytesMax: number): Fetched =>
  text === null ? { ok: false, why: `its answer is larger than ${Math.round(bytesMax / 1024)} KiB` } : { ok: true, text };

import type { LookupOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { isLoopbackAddress, isPublicAddress } from "../domain/callback/callback-address.ts";
import { bareHost, isLoopbackHost } from "../domain/callback/callback-url.ts";

/**
 * A connector that looks a name up once, checks every address it leads to and connects to one of exactly those. There is no
 * second look-up between the check and the connection, so a name that answers differently the next time gains nothing.
 */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;
type GuardOptions = { allowLoopback: boolean; resolve: Resolve; timeoutMs: number; alsoAllowed?: (address: string) => boolean };

class BlockedAddress extends Error {}

/** Whether an error, or what caused it, is this guard's refusal. */
export function isBlocked(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BlockedAddress) return true;
  return false;
}

export function guardedConnect({ allowLoopback, resolve, timeoutMs, alsoAllowed }: GuardOptions): buildConnector.connector {
  // Loopback counts only where the host says so itself: another name that leads here is somebody's trick, on a laptop too.
  const allowed = (host: string, address: string) =>
    isPublicAddress(address) ||
    alsoAllowed?.(address) === true ||
    (allowLoopback && isLoopbackHost(host) && isLoopbackAddress(address));
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: guardedLookup(resolve, allowed) });
  return (target, done) => {
    // A literal address is connected to without a look-up, so it is checked here.
    const literal = bareHost(target.hostname);
    if (isIP(literal) !== 0 && !allowed(literal, literal)) return done(new BlockedAddress(`${literal} is not allowed`), null);
    connect(target, done);
  };
}

/** One address that is not allowed spoils them all: which of them is tried first is not ours to say. */
function guardedLookup(resolve: Resolve, allowed: (host: string, address: string) => boolean): LookupFunction {
  return (host: string, options: LookupOptions, done) => {
    const fail = (error: Error) => done(error, "", 0);
    resolve(host).then((found) => {
      const bad = found.find((one) => !allowed(host, one.address));
      if (bad !== undefined) return fail(new BlockedAddress(`${host} leads to ${bad.address}`));
      const [first] = found;
      if (first === undefined) return fail(Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }));
      if (options.all === true) done(null, found);
      else done(null, first.address, first.family);
    }, fail);
  };
}

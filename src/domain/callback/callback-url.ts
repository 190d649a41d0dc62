import { say } from "../../words/en.ts";
import { isAddress, isLoopbackAddress, isPublicAddress } from "./callback-address.ts";

/**
 * Where an agent may be called back: only hosts that the configuration lists for it. Checked when an escalation is submitted, so
 * that the agent hears of it at once, and again when sending. The address behind a name is checked when connecting.
 */

/**
 * Why a URL is not acceptable, as one sentence; null = it is. `hosts`: `api.example.com`, `*.example.com`, with an optional
 * `:port` or `:*`.
 */
export function callbackUrlRefusal(text: string, hosts: readonly string[], allowLoopback: boolean): string | null {
  // The parser writes every spelling of a host one way: 0x7f.1, 2130706433 and fullwidth letters are plain after it.
  // Blanks and backslashes are read by one parser as nothing and by another as the end of the host.
  const url = /[\s\\]/.test(text) ? null : URL.parse(text);
  if (url === null) return say.refusedCalls.callback.noUrl;
  if (url.username !== "" || url.password !== "") return say.refusedCalls.callback.nameOrPassword;
  const host = bareHost(url.hostname);
  const loopback = isLoopbackHost(host);
  if (loopback && !allowLoopback) return say.refusedCalls.callback.loopback;
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:")) return say.refusedCalls.callback.useHttps;
  if (!loopback && isAddress(host) && !isPublicAddress(host)) return say.refusedCalls.callback.notPublic(host);
  if (hosts.some((pattern) => matches(pattern, url))) return null;
  return say.refusedCalls.callback.notListed(url.host, hosts);
}

/** Whether a host names this machine: `localhost` or a loopback address. Any other name that leads here does not count. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(host);
}

/** A URL's hostname without the brackets of an IPv6 address. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");

function matches(pattern: string, url: URL): boolean {
  const [, name = "", port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+|\*))?$/.exec(pattern.toLowerCase()) ?? [];
  const effective = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  if (port === undefined ? url.port !== "" : port !== "*" && port !== effective) return false;
  if (name.startsWith("*.")) return url.hostname.endsWith(name.slice(1)) && url.hostname.length > name.length - 1;
  return name !== "" && url.hostname === name;
}

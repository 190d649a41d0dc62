import { isLoopbackHost } from "../domain/callback/callback-url.ts";
import type { Settings } from "./settings.ts";

/** What works and is still not as it should be, one line each for whoever starts it. */
export function settingWarnings({ routes, pagerDuty }: Settings): string[] {
  const inClear = (name: string, url: string, what: string) =>
    isInClear(url) ? [`${name}: ${what} over the network in clear; use https`] : [];
  return [
    ...(routes.pagerKeys.size === 0 ? [] : inClear("PAGER_URL", routes.pagerUrl, "the routing keys of the pagers go")),
    ...(pagerDuty === null ? [] : inClear("PAGERDUTY_API_URL", pagerDuty.apiUrl, "PAGERDUTY_TOKEN goes")),
  ];
}

/** Without TLS, and not to this machine. */
export function isInClear(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.protocol === "http:" || parsed.protocol === "smtp:") && !isLoopbackHost(parsed.hostname);
}

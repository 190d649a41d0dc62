import { isLoopbackHost } from "../domain/callback/callback-url.ts";
import { say } from "../words/en.ts";
import type { Config } from "./config.ts";
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

/**
 * Steps that page by a way for which this machine has no settings: whoever has no other is paged in Slack, and whoever wrote the
 * step counts on more.
 */
export function routeWarnings({ directory, policy }: Config, { routes }: Pick<Settings, "routes">): string[] {
  const reviewers = [...directory.reviewers.values()];
  const pagers = [...new Set(reviewers.flatMap(({ pager }) => (pager === null ? [] : [pager])))].sort();
  const unkept = pagers.filter((name) => !routes.pagerKeys.has(name)).map((name) => `PAGER_KEY_${name.toUpperCase()}`);
  const mailed = reviewers.some(({ email }) => email !== null);
  return Object.entries(policy.source.paging).flatMap(([queue, { chain }]) =>
    chain.flatMap(({ via, label, who }) => [
      ...(via.includes("email") && mailed && routes.smtpUrl === null ? [say.operator.routes.noMail(queue, label ?? who)] : []),
      ...(via.includes("pager") && unkept.length > 0 ? [say.operator.routes.noPager(queue, label ?? who, unkept)] : []),
    ]),
  );
}

import type { Source } from "./domain/on-call/roster.ts";
import type { Engine } from "./engine/engine.ts";
import type { AskSource, SourceAnswer } from "./engine/on-call.ts";
import type { Routes } from "./engine/reroute.ts";
import { type RouteAnswer, routeSenders } from "./engine/routes.ts";
import type { Settings } from "./settings/settings.ts";
import type { SlackApi } from "./slack/api.ts";
import { askUserGroup } from "./slack/user-group.ts";

/** What lies outside Slack and the agents: the services that know who is on call, and the routes that reach people when Slack does not. */
export type Outside = {
  ask: AskSource;
  routes: Routes;
  senders: ReturnType<typeof routeSenders>;
  close(): void;
};

export function openOutside(settings: Settings, engine: Engine, api: SlackApi): Outside {
  const { smtpUrl, pagerKeys } = settings.routes;
  const off = async (): Promise<RouteAnswer> => ({ result: "failed", why: "this route is not set up" });
  return {
    ask: (source: Source): Promise<SourceAnswer> =>
      source.kind === "slack_user_group" ? askUserGroup(api, source.group) : Promise.resolve({ ok: false, why: "not yet" }),
    routes: { email: smtpUrl !== null, pager: (name) => pagerKeys.has(name) },
    senders: routeSenders({ engine, sendMail: off, callPager: off }),
    close: () => {},
  };
}

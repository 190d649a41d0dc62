import type { Source } from "../domain/people/directory.ts";
import type { SubmitParts } from "../engine/commands/submit.ts";
import type { Answer } from "../engine/delivery/deliver.ts";
import { type Mail, routeSenders } from "../engine/delivery/other-routes.ts";
import type { AskSource, SourceAnswer } from "../engine/on-call/sources.ts";
import type { Routes } from "../engine/parts.ts";
import { NO_TRACE, type Trace } from "../engine/trace.ts";
import { createMailer } from "../outbound/email.ts";
import { askCalendar } from "../outbound/on-call/ical.ts";
import { askPagerDuty } from "../outbound/on-call/pagerduty.ts";
import { createPager } from "../outbound/pager.ts";
import type { Settings } from "../settings/settings.ts";
import { isInClear } from "../settings/warnings.ts";
import type { SlackApi } from "../slack/api/client.ts";
import { askUserGroup } from "../slack/api/user-group.ts";

/**
 * What lies outside Slack and the agents: the services that know who is on call, and the routes that reach people when Slack does
 * not.
 */
export type Outside = {
  ask: AskSource;
  routes: Routes;
  senders: ReturnType<typeof routeSenders>;
  close(): void;
};

export function openOutside(settings: Settings, parts: SubmitParts, api: SlackApi): Outside {
  const { smtpUrl, mailFrom, pagerUrl, pagerKeys } = settings.routes;
  const mailer = smtpUrl === null ? null : createMailer({ smtpUrl, from: mailFrom, tlsOnly: isInClear(smtpUrl) });
  const notSetUp: Answer = { result: "failed", why: "SMTP_URL is not set" };
  const sendMail = (mail: Mail) => mailer?.send(mail) ?? Promise.resolve(notSetUp);
  return {
    ask: (source) => ask(settings, parts, api, source),
    routes: parts.routes,
    senders: routeSenders({ ...parts, sendMail, callPager: createPager({ url: pagerUrl, keys: pagerKeys }) }),
    close: () => mailer?.close(),
  };
}

async function ask(settings: Settings, parts: SubmitParts, api: SlackApi, source: Source): Promise<SourceAnswer> {
  const directory = parts.directory();
  switch (source.kind) {
    case "slack_user_group":
      return askUserGroup(api, source.group);
    case "ical":
      return askCalendar(source.url, await parts.now(), directory);
    case "pagerduty":
      if (settings.pagerDuty === null) return { ok: false, why: "PAGERDUTY_TOKEN is not set" };
      return askPagerDuty(settings.pagerDuty, source, directory);
    default:
      throw new Error(`${source.kind} is not asked of anybody`);
  }
}

/** Spans for whoever wants them. Their packages are the largest of ours, so they are only loaded then. */
export async function openTrace(otlpUrl: string | null, onStop: (stop: () => Promise<void>) => void): Promise<Trace> {
  if (otlpUrl === null) return NO_TRACE;
  const { startTracing } = await import("../outbound/tracing.ts");
  const tracing = startTracing({ endpoint: otlpUrl });
  onStop(tracing.stop);
  return tracing;
}

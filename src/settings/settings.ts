import { isIP } from "node:net";
import { eachHost } from "../domain/base/database-hosts.ts";
import { LIMITS } from "../domain/base/limits.ts";
import { isLoopbackHost } from "../domain/callback/callback-url.ts";

/**
 * The environment, read once: the only place that looks at it. A setting that is missing, half-set or malformed stops the start
 * with one line and the mend.
 */
export type Settings = Readonly<{
  port: number;
  host: string;
  databaseUrl: string | null;
  /** The owner of the database; a server that has started does not keep it. */
  migrationUrl: string | null;
  /** Most connections of this process, all its pools together. */
  poolMax: number;
  /** A pooler stands in between that lends a connection for one transaction at a time. */
  pooled: boolean;
  /** The beginning of every id and key, where a router has several databases to choose from. */
  cell: string;
  dataDir: string;
  configPath: string;
  /** Set by hand, rather than the default path. */
  configGiven: boolean;
  slack: SlackSettings;
  metricsToken: string | null;
  routes: RouteSettings;
  /** Where PagerDuty is asked who is on call; null without a token. */
  pagerDuty: Readonly<{ token: string; apiUrl: string }> | null;
  heartbeatUrl: string | null;
  /** An OpenTelemetry collector (OTLP over HTTP), without the path. */
  otlpUrl: string | null;
  logLevel: string;
  /** HOST is loopback: nobody else can reach us. */
  loopback: boolean;
}>;
/** Ways to reach people beside Slack. `pagerKeys`: the routing keys, by the names that the configuration uses. */
type RouteSettings = Readonly<{
  smtpUrl: string | null;
  mailFrom: string;
  pagerUrl: string;
  pagerKeys: ReadonlyMap<string, string>;
}>;
type SlackSettings = Readonly<
  | { mode: "local"; port: number }
  | { mode: "real"; botToken: string; signingSecret: string | null; appToken: string | null; apiUrl: string | null }
>;
export type SettingsResult = { ok: true; settings: Settings } | { ok: false; name: string; line: string };
export type Environment = Record<string, string | undefined>;

/** Every variable that is read here, beside `PAGER_KEY_…`. */
export const SETTING_NAMES: readonly string[] = [
  ...["PORT", "HOST", "DATABASE_URL", "DATABASE_MIGRATION_URL", "DATABASE_POOL_MAX", "DATABASE_POOLER"],
  ...["COUNTERSIGN_DATA_DIR", "COUNTERSIGN_CONFIG"],
  ...["COUNTERSIGN_CELL"],
  ...["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL", "LOCAL_SLACK_PORT", "COUNTERSIGN_LOCAL"],
  ...["METRICS_TOKEN", "SMTP_URL", "MAIL_FROM", "PAGER_URL", "PAGERDUTY_TOKEN", "PAGERDUTY_API_URL", "HEARTBEAT_URL"],
  ...["OTEL_EXPORTER_OTLP_ENDPOINT", "LOG_LEVEL"],
];
const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const PORT_DEFAULT = 3000;
const LOCAL_SLACK_PORT_DEFAULT = 3001;
/** What can stand in an HTTP header as it is; the "…" of an example cannot. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * `needed.slack`: a command that has no use for Slack runs without its settings. Frozen through and through, or one line that
 * starts with the variable's name and says the mend; no line repeats a secret.
 */
export function readSettings(env: Environment, needed = { slack: true }): SettingsResult {
  try {
    return { ok: true, settings: read(env, needed.slack) };
  } catch (error) {
    if (error instanceof BadSetting) return { ok: false, name: error.setting, line: error.message };
    throw error;
  }
}

class BadSetting extends Error {
  readonly setting: string;
  constructor(setting: string, mend: string) {
    super(`${setting}: ${mend}`);
    this.setting = setting;
  }
}
function bad(name: string, mend: string): never {
  throw new BadSetting(name, mend);
}

function read(env: Environment, slackNeeded: boolean): Settings {
  const value: Value = (name) => {
    const text = env[name]?.trim();
    return text === undefined || text === "" ? null : text;
  };
  const host = hostName(value("HOST") ?? "127.0.0.1");
  const loopback = isLoopbackHost(host);
  const databaseUrl = postgresUrl("DATABASE_URL", value("DATABASE_URL"));
  const migrationUrl = postgresUrl("DATABASE_MIGRATION_URL", value("DATABASE_MIGRATION_URL"));
  if (migrationUrl !== null && databaseUrl === null)
    bad("DATABASE_MIGRATION_URL", "is set without DATABASE_URL; set both, or neither for the embedded database");
  const logLevel = value("LOG_LEVEL") ?? "info";
  if (!LEVELS.includes(logLevel)) bad("LOG_LEVEL", `${quoted(logLevel)} is not a level; use one of ${LEVELS.join(", ")}`);
  const httpPort = port("PORT", value("PORT"), PORT_DEFAULT);
  return Object.freeze({
    port: httpPort,
    host,
    databaseUrl,
    migrationUrl,
    poolMax: poolMax(value("DATABASE_POOL_MAX")),
    pooled: isPooled(value("DATABASE_POOLER")),
    cell: cellName(value("COUNTERSIGN_CELL") ?? ""),
    dataDir: value("COUNTERSIGN_DATA_DIR") ?? "./.countersign",
    configPath: value("COUNTERSIGN_CONFIG") ?? "./countersign.yaml",
    configGiven: value("COUNTERSIGN_CONFIG") !== null,
    slack: Object.freeze(slackSettings(value, { databaseUrl, loopback, httpPort, slackNeeded })),
    metricsToken: token("METRICS_TOKEN", value("METRICS_TOKEN")),
    routes: Object.freeze(routeSettings(value, env)),
    pagerDuty: pagerDutySettings(value),
    heartbeatUrl: webUrl("HEARTBEAT_URL", value("HEARTBEAT_URL")),
    otlpUrl: webUrl("OTEL_EXPORTER_OTLP_ENDPOINT", value("OTEL_EXPORTER_OTLP_ENDPOINT")),
    logLevel,
    loopback,
  });
}

function cellName(text: string): string {
  if (!/^[a-z0-9]{0,8}$/.test(text))
    bad("COUNTERSIGN_CELL", `${quoted(text)} is no name of a cell; use 1 to 8 small letters and digits`);
  return text;
}

const PAGER_URL_DEFAULT = "https://events.pagerduty.com/v2/enqueue";

function routeSettings(value: Value, env: Environment): RouteSettings {
  const smtpUrl = value("SMTP_URL");
  if (smtpUrl !== null && !/^smtps?:\/\/./.test(smtpUrl))
    bad("SMTP_URL", "must be a URL such as smtps://user:password@mail.example.com:465");
  const mailFrom = value("MAIL_FROM");
  if (smtpUrl !== null && mailFrom === null) bad("MAIL_FROM", "is missing although SMTP_URL is set; use an address of yours");
  if (mailFrom !== null && !/^[^\s<>]+@[^\s<>]+$/.test(mailFrom)) bad("MAIL_FROM", "must be one plain e-mail address");
  const pagerKeys = new Map<string, string>();
  for (const name of Object.keys(env)) {
    const [, pager] = /^PAGER_KEY_([A-Z0-9_]{1,40})$/.exec(name) ?? [];
    const key = pager === undefined ? null : token(name, value(name));
    if (pager !== undefined && key !== null) pagerKeys.set(pager.toLowerCase(), key);
  }
  return { smtpUrl, mailFrom: mailFrom ?? "", pagerUrl: webUrl("PAGER_URL", value("PAGER_URL")) ?? PAGER_URL_DEFAULT, pagerKeys };
}

function pagerDutySettings(value: Value): Settings["pagerDuty"] {
  const key = token("PAGERDUTY_TOKEN", value("PAGERDUTY_TOKEN"));
  const apiUrl = webUrl("PAGERDUTY_API_URL", value("PAGERDUTY_API_URL"));
  if (key === null && apiUrl !== null) bad("PAGERDUTY_API_URL", "is set without PAGERDUTY_TOKEN; set both or neither");
  return key === null ? null : Object.freeze({ token: key, apiUrl: apiUrl ?? "https://api.pagerduty.com" });
}

function webUrl(name: string, text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  if (text !== null && (url === null || !/^https?:$/.test(url.protocol))) bad(name, "must be an http or https URL");
  return text;
}

type Value = (name: string) => string | null;
type Around = { databaseUrl: string | null; loopback: boolean; httpPort: number; slackNeeded: boolean };

function slackSettings(value: Value, around: Around): SlackSettings {
  const botToken = value("SLACK_BOT_TOKEN");
  const signingSecret = token("SLACK_SIGNING_SECRET", value("SLACK_SIGNING_SECRET"));
  const appToken = value("SLACK_APP_TOKEN");
  const apiUrl = slackApiUrl(value("SLACK_API_URL"));
  const localPort = port("LOCAL_SLACK_PORT", value("LOCAL_SLACK_PORT"), LOCAL_SLACK_PORT_DEFAULT);
  const switchOn = value("COUNTERSIGN_LOCAL");
  if (switchOn !== null && switchOn !== "1") bad("COUNTERSIGN_LOCAL", "set it to 1, or leave it out");
  if (botToken === null && signingSecret === null && appToken === null) {
    if (apiUrl !== null)
      bad("SLACK_API_URL", "is set without SLACK_BOT_TOKEN; set the tokens too, or leave it out for the local Slack");
    if (switchOn === null && around.slackNeeded) mayBeLocal(around);
    if (localPort !== 0 && localPort === around.httpPort)
      bad(value("LOCAL_SLACK_PORT") === null ? "PORT" : "LOCAL_SLACK_PORT", samePort(localPort));
    return { mode: "local", port: localPort };
  }
  if (botToken === null)
    bad("SLACK_BOT_TOKEN", "is missing although other Slack settings are there; copy it from OAuth & Permissions (xoxb-…)");
  if (!/^xoxb-[A-Za-z0-9-]+$/.test(botToken))
    bad("SLACK_BOT_TOKEN", "must be a bot token: xoxb-, then letters, digits and hyphens; copy it from OAuth & Permissions");
  if (appToken !== null && !/^xapp-[A-Za-z0-9-]+$/.test(appToken))
    bad("SLACK_APP_TOKEN", "must be an app-level token: xapp-, then letters, digits and hyphens; copy it from Basic Information");
  if (signingSecret === null && appToken === null)
    bad("SLACK_SIGNING_SECRET", "is missing; copy it from Basic Information, or set SLACK_APP_TOKEN for Socket Mode");
  return { mode: "real", botToken, signingSecret, appToken, apiUrl };
}

/** In the local Slack anyone clicks as anyone: a server that lost its secrets must not turn into one. */
function mayBeLocal({ databaseUrl, loopback }: Around): void {
  const mend = "set it and SLACK_SIGNING_SECRET, or COUNTERSIGN_LOCAL=1 for the local Slack, where anyone can click as anyone";
  if (databaseUrl !== null) bad("SLACK_BOT_TOKEN", `is missing although DATABASE_URL is set; ${mend}`);
  if (!loopback) bad("SLACK_BOT_TOKEN", `is missing although HOST is not loopback; ${mend}`);
}

const samePort = (port: number) =>
  `${port} is the port of the bot and of the local Slack; give PORT and LOCAL_SLACK_PORT different numbers`;

/** A value as it may stand in one line. */
const quoted = (text: string) => JSON.stringify(text.slice(0, 60));

function hostName(text: string): string {
  const host = text.toLowerCase();
  if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host))
    bad(
      "HOST",
      [
        `${quoted(text)} is not an address to listen on; use one such as 127.0.0.1, 0.0.0.0 or ::1, without scheme,`,
        "brackets or port",
      ].join(" "),
    );
  return host;
}

function token(name: string, text: string | null): string | null {
  if (text !== null && !TOKEN.test(text)) bad(name, "holds spaces or characters beyond ASCII; copy it again, or leave it out");
  return text;
}

function slackApiUrl(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  const good =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname.endsWith("/api/") && url.search === "" && url.hash === "";
  if (text !== null && !good) bad("SLACK_API_URL", "must be a URL that ends in /api/, such as https://slack.com/api/");
  return text;
}

function postgresUrl(name: string, text: string | null): string | null {
  if (text !== null && !/^postgres(ql)?:\/\//.test(text))
    bad(name, "must be a URL such as postgresql://user:password@host:5432/countersign");
  const urls = text === null ? [] : eachHost(text);
  if (urls.length > 1 && urls.some((url) => !URL.parse(url)?.hostname))
    bad(name, "must be a URL whose hosts stand between commas, each with its own port: …@one:5432,two:5432/countersign");
  return text;
}

/** Fewer would wait for one another, and more would only queue up inside Postgres. */
const POOL_MIN = 8;
const POOL_MAX = LIMITS.connections.value + LIMITS.readConnections.value;

function poolMax(text: string | null): number {
  if (text === null) return POOL_MAX;
  if (!/^\d{1,5}$/.test(text) || Number(text) < POOL_MIN || Number(text) > POOL_MAX)
    bad("DATABASE_POOL_MAX", `${quoted(text)} does not do; use a number from ${POOL_MIN} to ${POOL_MAX}`);
  return Number(text);
}

function isPooled(text: string | null): boolean {
  if (text !== null && text !== "transaction")
    bad("DATABASE_POOLER", `${quoted(text)} is not known; use transaction, or leave it out`);
  return text !== null;
}

function port(name: string, text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) bad(name, `${quoted(text)} is not a port; use a number from 0 to 65535`);
  return Number(text);
}

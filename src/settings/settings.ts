/** The environment, read once: the only place that looks at it. A setting that is missing, half-set or malformed stops the start with one line and the mend. */
export type Settings = Readonly<{
  port: number;
  host: string;
  databaseUrl: string | null;
  migrationUrl: string | null;
  dataDir: string;
  configPath: string;
  /** Set by hand, rather than the default path. */
  configGiven: boolean;
  slack:
    | { kind: "local"; port: number }
    | { kind: "real"; botToken: string; signingSecret: string | null; appToken: string | null; apiUrl: string | null };
  metricsToken: string | null;
  logLevel: string;
  /** HOST is loopback: nobody else can reach us. */
  loopback: boolean;
}>;
export type SettingsResult = { ok: true; settings: Settings } | { ok: false; line: string };
export type Environment = Record<string, string | undefined>;

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

export function readSettings(env: Environment): SettingsResult {
  try {
    return { ok: true, settings: Object.freeze(read(env)) };
  } catch (error) {
    if (error instanceof BadSetting) return { ok: false, line: error.message };
    throw error;
  }
}

class BadSetting extends Error {}
function bad(name: string, mend: string): never {
  throw new BadSetting(`${name}: ${mend}`);
}

function read(env: Environment): Settings {
  const value = (name: string) => {
    const text = env[name]?.trim();
    return text === undefined || text === "" ? null : text;
  };
  const host = value("HOST") ?? "127.0.0.1";
  const loopback = LOOPBACK.has(host);
  const databaseUrl = postgresUrl("DATABASE_URL", value("DATABASE_URL"));
  const migrationUrl = postgresUrl("DATABASE_MIGRATION_URL", value("DATABASE_MIGRATION_URL"));
  if (migrationUrl !== null && databaseUrl === null)
    bad("DATABASE_MIGRATION_URL", "is set without DATABASE_URL; set both, or neither for the embedded database");
  const logLevel = value("LOG_LEVEL") ?? "info";
  if (!LEVELS.includes(logLevel)) bad("LOG_LEVEL", `"${logLevel}" is not a level; use one of ${LEVELS.join(", ")}`);
  return {
    port: port("PORT", value("PORT"), 3000),
    host,
    databaseUrl,
    migrationUrl: migrationUrl ?? databaseUrl,
    dataDir: value("COUNTERSIGN_DATA_DIR") ?? "./.countersign",
    configPath: value("COUNTERSIGN_CONFIG") ?? "./countersign.yaml",
    configGiven: value("COUNTERSIGN_CONFIG") !== null,
    slack: slackSettings(value, databaseUrl, loopback),
    metricsToken: value("METRICS_TOKEN"),
    logLevel,
    loopback,
  };
}

function slackSettings(value: (name: string) => string | null, databaseUrl: string | null, loopback: boolean): Settings["slack"] {
  const botToken = value("SLACK_BOT_TOKEN");
  const signingSecret = value("SLACK_SIGNING_SECRET");
  const appToken = value("SLACK_APP_TOKEN");
  const apiUrl = value("SLACK_API_URL");
  const switchOn = value("COUNTERSIGN_LOCAL");
  if (switchOn !== null && switchOn !== "1") bad("COUNTERSIGN_LOCAL", "set it to 1, or leave it out");
  if (apiUrl !== null && !/^https?:\/\/.+\/api\/$/.test(apiUrl)) bad("SLACK_API_URL", "must be a URL that ends in /api/");
  if (botToken === null && signingSecret === null && appToken === null) {
    if (switchOn === null && databaseUrl !== null)
      bad(
        "SLACK_BOT_TOKEN",
        "is missing although DATABASE_URL is set; set it and SLACK_SIGNING_SECRET, or COUNTERSIGN_LOCAL=1 for the local Slack, where anyone can click as anyone",
      );
    if (switchOn === null && !loopback)
      bad(
        "SLACK_BOT_TOKEN",
        "is missing although HOST is not loopback; set it and SLACK_SIGNING_SECRET, or COUNTERSIGN_LOCAL=1 for the local Slack, where anyone can click as anyone",
      );
    return { kind: "local", port: port("LOCAL_SLACK_PORT", value("LOCAL_SLACK_PORT"), 3001) };
  }
  if (botToken === null)
    bad("SLACK_BOT_TOKEN", "is missing although other Slack settings are there; copy it from OAuth & Permissions (xoxb-…)");
  if (!botToken.startsWith("xoxb-")) bad("SLACK_BOT_TOKEN", "must be a bot token, which starts with xoxb-");
  if (appToken !== null && !appToken.startsWith("xapp-"))
    bad("SLACK_APP_TOKEN", "must be an app-level token, which starts with xapp-");
  if (signingSecret === null && appToken === null)
    bad("SLACK_SIGNING_SECRET", "is missing; copy it from Basic Information, or set SLACK_APP_TOKEN for Socket Mode");
  return { kind: "real", botToken, signingSecret, appToken, apiUrl };
}

function postgresUrl(name: string, text: string | null): string | null {
  if (text !== null && !/^postgres(ql)?:\/\//.test(text))
    bad(name, "must be a URL such as postgresql://user:password@host:5432/countersign");
  return text;
}

function port(name: string, text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    bad(name, `"${text}" is not a port; use a number from 0 to 65535`);
  return number;
}

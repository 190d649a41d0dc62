import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfigFile } from "../../src/settings/config.ts";
import { everyFault } from "../../src/settings/every-fault.ts";
import { type Environment, readSettings, SETTING_NAMES } from "../../src/settings/settings.ts";
import { isInClear, routeWarnings, settingWarnings } from "../../src/settings/warnings.ts";
import { runs } from "../support/properties.ts";

const line = (env: Environment) => {
  const read = readSettings(env);
  return read.ok ? "good" : read.line;
};
const settings = (env: Environment) => {
  const read = readSettings(env);
  if (!read.ok) throw new Error(read.line);
  return read.settings;
};
const PG = "postgresql://app@db/x";
const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s" };
const LAPTOP = {
  port: 3000,
  host: "127.0.0.1",
  databaseUrl: null,
  migrationUrl: null,
  poolMax: 22,
  pooled: false,
  cell: "",
  dataDir: "./.countersign",
  configPath: "./countersign.yaml",
  configGiven: false,
  slack: { mode: "local", port: 3001 },
  metricsToken: null,
  routes: {
    smtpUrl: null,
    mailFrom: "",
    pagerUrl: "https://events.pagerduty.com/v2/enqueue",
    pagerKeys: new Map(),
  },
  pagerDuty: null,
  heartbeatUrl: null,
  otlpUrl: null,
  logLevel: "info",
  loopback: true,
};

test("nothing set, or only blanks: a laptop", () => {
  expect(settings({})).toEqual(LAPTOP);
  const blank = Object.fromEntries(names().map((name) => [name, "  "]));
  expect(settings(blank)).toEqual(LAPTOP);
});

describe("what is set is what is read", () => {
  const cases: [Environment, object][] = [
    [
      { PORT: "0", LOCAL_SLACK_PORT: "0" },
      { port: 0, slack: { mode: "local", port: 0 } },
    ],
    [{ PORT: " 8080 \n" }, { port: 8080 }],
    [
      { SMTP_URL: "smtp://localhost:25", MAIL_FROM: "bot@example.com", PAGER_KEY_ANNA: "k1", PAGER_URL: "http://localhost:1/x" },
      {
        routes: {
          smtpUrl: "smtp://localhost:25",
          mailFrom: "bot@example.com",
          pagerUrl: "http://localhost:1/x",
          pagerKeys: new Map([["anna", "k1"]]),
        },
      },
    ],
    [
      { PAGERDUTY_TOKEN: "t", HEARTBEAT_URL: "http://localhost:1/beat" },
      { pagerDuty: { token: "t", apiUrl: "https://api.pagerduty.com" }, heartbeatUrl: "http://localhost:1/beat" },
    ],
    [{ HOST: "::1" }, { host: "::1", loopback: true }],
    [{ HOST: "LOCALHOST" }, { host: "localhost", loopback: true }],
    [
      { HOST: "0.0.0.0", ...SLACK },
      { host: "0.0.0.0", loopback: false },
    ],
    [
      { HOST: "0.0.0.0", COUNTERSIGN_LOCAL: "1" },
      { loopback: false, slack: { mode: "local", port: 3001 } },
    ],
    [
      { DATABASE_URL: PG, COUNTERSIGN_LOCAL: "1" },
      { databaseUrl: PG, migrationUrl: null, slack: { mode: "local", port: 3001 } },
    ],
    [
      { DATABASE_POOL_MAX: "8", DATABASE_POOLER: "transaction" },
      { poolMax: 8, pooled: true },
    ],
    [
      { DATABASE_URL: "postgresql://app@one:5432,two,[::1]:5433/x?sslmode=require", ...SLACK },
      { databaseUrl: "postgresql://app@one:5432,two,[::1]:5433/x?sslmode=require" },
    ],
    [
      { DATABASE_URL: PG, DATABASE_MIGRATION_URL: "postgres://owner@db/x", ...SLACK },
      { databaseUrl: PG, migrationUrl: "postgres://owner@db/x" },
    ],
    [SLACK, { slack: { mode: "real", botToken: "xoxb-1", signingSecret: "s", appToken: null, apiUrl: null } }],
    [
      { ...SLACK, COUNTERSIGN_LOCAL: "1" },
      { slack: { mode: "real", botToken: "xoxb-1", signingSecret: "s", appToken: null, apiUrl: null } },
    ],
    [
      { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" },
      { slack: { mode: "real", botToken: "xoxb-1", signingSecret: null, appToken: "xapp-1", apiUrl: null } },
    ],
    [
      { ...SLACK, SLACK_API_URL: "http://127.0.0.1:4000/api/" },
      { slack: { mode: "real", botToken: "xoxb-1", signingSecret: "s", appToken: null, apiUrl: "http://127.0.0.1:4000/api/" } },
    ],
    [{ ...SLACK, PORT: "3001" }, { port: 3001 }],
    [
      { COUNTERSIGN_CONFIG: "./other.yaml", COUNTERSIGN_DATA_DIR: "/data" },
      { configPath: "./other.yaml", configGiven: true, dataDir: "/data" },
    ],
    [
      { METRICS_TOKEN: "m-1", LOG_LEVEL: "silent" },
      { metricsToken: "m-1", logLevel: "silent" },
    ],
  ];
  for (const [env, expected] of cases) test(JSON.stringify(env), () => expect(settings(env)).toMatchObject(expected));
});

describe("what is missing, half-set or malformed stops the start with a line that names it and the mend", () => {
  const cases: [Environment, RegExp][] = [
    [{ PORT: "http" }, /^PORT: "http" .*number from 0 to 65535/],
    [{ PORT: "0x10" }, /^PORT: /],
    [{ PORT: "3e3" }, /^PORT: /],
    [{ PORT: "-1" }, /^PORT: /],
    [{ PORT: "65536" }, /^PORT: /],
    [{ PORT: "30.0" }, /^PORT: /],
    [{ PORT: "3001" }, /^PORT: 3001 .*different/],
    [{ LOCAL_SLACK_PORT: "3000" }, /^LOCAL_SLACK_PORT: 3000 .*different/],
    [{ LOCAL_SLACK_PORT: "x" }, /^LOCAL_SLACK_PORT: /],
    [{ ...SLACK, LOCAL_SLACK_PORT: "x" }, /^LOCAL_SLACK_PORT: /],
    [{ HOST: "http://localhost" }, /^HOST: .*without scheme/],
    [{ HOST: "localhost:3000" }, /^HOST: /],
    [{ HOST: "[::1]" }, /^HOST: .*brackets/],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL: .*use one of fatal, error, warn, info/],
    [{ LOG_LEVEL: "in\nfo" }, /^LOG_LEVEL: .*use one of/],
    [{ DATABASE_URL: "mysql://x" }, /^DATABASE_URL: .*postgresql/],
    [{ DATABASE_URL: "postgresql://app@one,,two/x", COUNTERSIGN_LOCAL: "1" }, /^DATABASE_URL: .*hosts.*commas/],
    [{ DATABASE_POOL_MAX: "7" }, /^DATABASE_POOL_MAX: "7" .*from 8 to 22/],
    [{ DATABASE_POOL_MAX: "all" }, /^DATABASE_POOL_MAX: .*from 8 to 22/],
    [{ DATABASE_POOLER: "session" }, /^DATABASE_POOLER: "session" .*transaction/],
    [{ DATABASE_MIGRATION_URL: PG }, /^DATABASE_MIGRATION_URL: .*without DATABASE_URL/],
    [{ DATABASE_URL: PG, DATABASE_MIGRATION_URL: "x", COUNTERSIGN_LOCAL: "1" }, /^DATABASE_MIGRATION_URL: .*postgresql/],
    [{ DATABASE_URL: PG }, /^SLACK_BOT_TOKEN: .*DATABASE_URL.*COUNTERSIGN_LOCAL=1/],
    [{ HOST: "0.0.0.0" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback.*COUNTERSIGN_LOCAL=1/],
    [{ HOST: "192.168.1.5" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback/],
    [{ HOST: "::" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback/],
    [{ HOST: "::ffff:127.0.0.1" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback/],
    [{ HOST: "127.0.0.1.evil.example" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback/],
    [{ COUNTERSIGN_LOCAL: "yes" }, /^COUNTERSIGN_LOCAL: set it to 1/],
    [{ HOST: "0.0.0.0", COUNTERSIGN_LOCAL: "0" }, /^COUNTERSIGN_LOCAL: set it to 1/],
    [{ SLACK_SIGNING_SECRET: "s" }, /^SLACK_BOT_TOKEN: .*missing/],
    [{ SLACK_APP_TOKEN: "xapp-1" }, /^SLACK_BOT_TOKEN: .*missing/],
    [{ SLACK_BOT_TOKEN: "xoxb-1" }, /^SLACK_SIGNING_SECRET: .*Socket Mode/],
    [{ SLACK_BOT_TOKEN: "xoxb-1", COUNTERSIGN_LOCAL: "1" }, /^SLACK_SIGNING_SECRET: .*Socket Mode/],
    [{ ...SLACK, SLACK_BOT_TOKEN: "xoxp-1" }, /^SLACK_BOT_TOKEN: .*xoxb-/],
    [{ ...SLACK, SLACK_BOT_TOKEN: "xoxb-…" }, /^SLACK_BOT_TOKEN: .*xoxb-/],
    [{ ...SLACK, SLACK_SIGNING_SECRET: "…" }, /^SLACK_SIGNING_SECRET: .*copy it again/],
    [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "x" }, /^SLACK_APP_TOKEN: .*xapp-/],
    [{ SLACK_API_URL: "https://slack.com/api/" }, /^SLACK_API_URL: .*without SLACK_BOT_TOKEN/],
    [{ ...SLACK, SLACK_API_URL: "https://slack.com" }, /^SLACK_API_URL: .*ends in \/api\//],
    [{ ...SLACK, SLACK_API_URL: "https://slack.com/api" }, /^SLACK_API_URL: .*ends in \/api\//],
    [{ ...SLACK, SLACK_API_URL: "https://slack.com/?x=/api/" }, /^SLACK_API_URL: /],
    [{ ...SLACK, SLACK_API_URL: "ftp://slack.com/api/" }, /^SLACK_API_URL: /],
    [{ METRICS_TOKEN: "two words" }, /^METRICS_TOKEN: .*copy it again/],
  ];
  for (const [env, expected] of cases) test(JSON.stringify(env), () => expect(line(env)).toMatch(expected));
});

const FORMS: Record<string, string[]> = {
  PORT: ["0", "3000", "3001", "x"],
  HOST: ["127.0.0.1", "0.0.0.0", "::", "localhost", "a\nb"],
  DATABASE_URL: ["postgresql://app:canary@db/x", "mysql://root:canary@db/x"],
  DATABASE_MIGRATION_URL: ["postgresql://owner:canary@db/x", "owner:canary"],
  SLACK_BOT_TOKEN: ["xoxb-canary", "xoxp-canary", "canary\ncanary"],
  SLACK_SIGNING_SECRET: ["canary", "canary canary"],
  SLACK_APP_TOKEN: ["xapp-canary", "canary"],
  SLACK_API_URL: ["http://127.0.0.1:1/api/", "x"],
  LOCAL_SLACK_PORT: ["0", "3001", "-1"],
  COUNTERSIGN_LOCAL: ["1", "0"],
  METRICS_TOKEN: ["canary", "canary\n1"],
  LOG_LEVEL: ["info", "x\ny"],
};
const environment = fc.record(
  Object.fromEntries(Object.entries(FORMS).map(([name, forms]) => [name, fc.constantFrom(...forms)])),
  { requiredKeys: [] },
) as fc.Arbitrary<Environment>;

test("whatever is set: good and frozen, or one line that begins with a variable's name and tells no secret", () => {
  fc.assert(
    fc.property(environment, (env) => {
      const read = readSettings(env);
      if (read.ok) {
        expect(Object.isFrozen(read.settings) && Object.isFrozen(read.settings.slack)).toBe(true);
      } else {
        expect(names()).toContain(read.line.split(": ")[0]);
        expect(read.line).not.toMatch(/\n|canary/);
        // The doctor tells this one and all others, and still has something left to look at.
        const every = everyFault(env);
        expect(every.faults[0]).toBe(read.line);
        expect(every.faults.join("")).not.toMatch(/\n|canary/);
        expect(every.settings).not.toBe(null);
      }
    }),
    runs(2000),
  );
});

test("the local Slack never stands where others could reach it, unless COUNTERSIGN_LOCAL says so: every combination", () => {
  const seen = { real: 0, alone: 0, allowed: 0, refused: 0 };
  const hosts = [undefined, "127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "192.168.1.5", "bot.example"];
  for (const HOST of hosts)
    for (const DATABASE_URL of [undefined, PG])
      for (const COUNTERSIGN_LOCAL of [undefined, "1"])
        for (const slack of [{}, SLACK]) {
          const env = { HOST, DATABASE_URL, COUNTERSIGN_LOCAL, ...slack };
          const reachable = DATABASE_URL !== undefined || hosts.indexOf(HOST) > 3;
          const expected = slack === SLACK ? "real" : COUNTERSIGN_LOCAL === "1" ? "allowed" : reachable ? "refused" : "alone";
          const read = readSettings(env);
          const kind = read.ok ? read.settings.slack.mode : "refused";
          expect(kind, JSON.stringify(env)).toBe(expected === "alone" || expected === "allowed" ? "local" : expected);
          seen[expected]++;
        }
  expect(seen).toEqual({ real: 32, allowed: 16, refused: 12, alone: 4 });
});

/** Every variable that the settings read. */
function names(): string[] {
  const source = readFileSync("src/settings/settings.ts", "utf8");
  return [...new Set([...source.matchAll(/value\("([A-Z_]+)"\)/g)].map((match) => match[1] ?? ""))];
}

describe(".env.example", () => {
  const shown = new Map(
    [...readFileSync(".env.example", "utf8").matchAll(/^#([A-Z_]+)=(.*)$/gm)].map((m) => [m[1] ?? "", m[2] ?? ""]),
  );

  test("names every setting and no other", () => {
    const pagers = [...shown.keys()].filter((name) => name.startsWith("PAGER_KEY_"));
    expect(pagers).toHaveLength(1);
    expect([...shown.keys()].filter((name) => !pagers.includes(name)).sort()).toEqual(names().sort());
  });

  test("the names that are known are those that are read", () => {
    expect([...SETTING_NAMES].sort()).toEqual(names().sort());
  });

  test("shows the defaults as they are", () => {
    const defaults = ["PORT", "HOST", "COUNTERSIGN_DATA_DIR", "COUNTERSIGN_CONFIG", "LOCAL_SLACK_PORT", "LOG_LEVEL"];
    const env = Object.fromEntries(defaults.map((name) => [name, shown.get(name)]));
    expect(settings(env)).toEqual({ ...LAPTOP, configGiven: true });
  });

  test("its placeholders are refused as long as they are not filled in", () => {
    const secret = (name: string) => ({ ...SLACK, [name]: shown.get(name) });
    for (const name of ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "METRICS_TOKEN"])
      expect(line(secret(name))).toMatch(new RegExp(`^${name}: `));
    expect(line({ ...SLACK, SLACK_API_URL: shown.get("SLACK_API_URL") })).toBe("good");
    expect(line({ ...SLACK, DATABASE_URL: shown.get("DATABASE_URL") })).toBe("good");
  });
});

test("the compose file gives the server what it needs to start, and neither the owner of the database nor anything to write to", () => {
  type Service = {
    environment: Record<string, string>;
    env_file?: string;
    read_only?: boolean;
    cap_drop?: string[];
    ports?: string[];
  };
  const { services } = parse(readFileSync("compose.yaml", "utf8"), { merge: true }) as { services: Record<string, Service> };
  const { countersign, migrate } = services;
  expect(JSON.stringify(countersign)).not.toMatch(/POSTGRES_PASSWORD|owner|"\.env"/);
  expect(countersign).toMatchObject({
    read_only: true,
    cap_drop: ["ALL"],
    ports: ["127.0.0.1:3000:3000"],
    env_file: "server.env",
  });
  expect(settings({ ...countersign?.environment, ...SLACK, HOST: "0.0.0.0" }).databaseUrl).toContain("countersign_app");
  expect(readSettings(migrate?.environment ?? {}, { slack: false })).toMatchObject({ ok: true });
  expect(migrate?.environment["DATABASE_MIGRATION_URL"]).toContain("countersign_owner");
});

test("keys that would go over the network in clear are warned of; on this machine they may", () => {
  const keys = { PAGER_KEY_ANNA: "k", PAGERDUTY_TOKEN: "t" };
  expect(
    settingWarnings(settings({ ...keys, PAGER_URL: "http://pager.example/x", PAGERDUTY_API_URL: "http://pd.example" })),
  ).toEqual([
    "PAGER_URL: the routing keys of the pagers go over the network in clear; use https",
    "PAGERDUTY_API_URL: PAGERDUTY_TOKEN goes over the network in clear; use https",
  ]);
  expect(settingWarnings(settings({ ...keys, PAGER_URL: "http://localhost:9/x" }))).toEqual([]);
  expect(["smtp://mail.example", "smtps://mail.example", "smtp://127.0.0.1:25"].map(isInClear)).toEqual([true, false, false]);
});

test("a step that pages by a way this machine has no settings for is warned of, and what it lacks is named", () => {
  const read = readConfigFile("countersign.example.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const warned = (env: Record<string, string>) => routeWarnings(read.config, settings(env));
  const mail = { SMTP_URL: "smtps://mail.example", MAIL_FROM: "countersign@northwind.example" };
  expect(warned({})).toEqual([
    'the step "engineering manager" of the queue cloud pages by e-mail, and SMTP_URL is not set: its people are paged in Slack only',
    expect.stringContaining(
      '"engineering manager" of the queue cloud pages by pager, and without PAGER_KEY_MARIA no pager rings',
    ),
  ]);
  expect(warned(mail)).toEqual([expect.stringContaining("PAGER_KEY_MARIA")]);
  expect(warned({ ...mail, PAGER_KEY_MARIA: "key" })).toEqual([]);
});

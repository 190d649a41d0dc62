import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readSettings } from "../../src/settings/settings.ts";

const line = (env: Record<string, string>) => {
  const read = readSettings(env);
  return read.ok ? "good" : read.line;
};
const PG = "postgresql://app@db/x";
const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s" };

test("nothing set: a laptop", () => {
  const read = readSettings({});
  expect(read.ok && read.settings).toMatchObject({
    port: 3000,
    host: "127.0.0.1",
    databaseUrl: null,
    slack: { kind: "local", port: 3001 },
    dataDir: "./.countersign",
    logLevel: "info",
    loopback: true,
  });
});

test("what is missing, half-set or malformed stops the start with a line that names it and the mend", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: "http" }, /^PORT: .*number/],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL: .*use one of/],
    [{ DATABASE_URL: "mysql://x" }, /^DATABASE_URL: .*postgresql/],
    [{ DATABASE_MIGRATION_URL: PG }, /^DATABASE_MIGRATION_URL: .*without DATABASE_URL/],
    [{ DATABASE_URL: PG }, /^SLACK_BOT_TOKEN: .*COUNTERSIGN_LOCAL=1/],
    [{ HOST: "0.0.0.0" }, /^SLACK_BOT_TOKEN: .*HOST is not loopback/],
    [{ COUNTERSIGN_LOCAL: "yes" }, /^COUNTERSIGN_LOCAL: set it to 1/],
    [{ SLACK_SIGNING_SECRET: "s" }, /^SLACK_BOT_TOKEN: .*missing/],
    [{ SLACK_BOT_TOKEN: "xoxb-1" }, /^SLACK_SIGNING_SECRET: .*Socket Mode/],
    [{ ...SLACK, SLACK_BOT_TOKEN: "xoxp-1" }, /^SLACK_BOT_TOKEN: .*xoxb-/],
    [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "x" }, /^SLACK_APP_TOKEN: .*xapp-/],
    [{ ...SLACK, SLACK_API_URL: "https://slack.com" }, /^SLACK_API_URL: .*\/api\//],
    [{ DATABASE_URL: PG, COUNTERSIGN_LOCAL: "1" }, /^good$/],
    [{ HOST: "0.0.0.0", ...SLACK }, /^good$/],
    [{ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" }, /^good$/],
  ];
  for (const [env, expected] of cases) expect(line(env), JSON.stringify(env)).toMatch(expected);
});

test(".env.example names every setting and no other", () => {
  const source = readFileSync("src/settings/settings.ts", "utf8");
  const read = new Set([...source.matchAll(/value\("([A-Z_]+)"\)/g)].map((match) => match[1]));
  const documented = new Set([...readFileSync(".env.example", "utf8").matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]));
  expect([...documented].sort()).toEqual([...read].sort());
});

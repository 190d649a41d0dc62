import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { unknownNames } from "../../src/settings/dot-env.ts";
import { CHILD_ENV } from "../support/child-env.ts";

/** A misspelt name in .env is told; names that others read are left alone. */
test.each([
  ["PROT", "did you mean PORT?"],
  ["port", "did you mean PORT?"],
  ["SLACK_BOT_TOKN", "did you mean SLACK_BOT_TOKEN?"],
  ["COUNTERSIGN_DATADIR", "did you mean COUNTERSIGN_DATA_DIR?"],
  ["FAVOURITE_COLOUR", "see .env.example"],
])("%s: %s", (name, hint) => {
  expect(unknownNames([name])).toEqual([`.env: ${name} is no setting of Countersign and does nothing; ${hint}`]);
});

test("settings, pager keys and what others read are not told", () => {
  const others = ["NODE_OPTIONS", "OTEL_SERVICE_NAME", "PATH", "TZ", "HTTPS_PROXY", "https_proxy", "PGSSLMODE", "APP_PASSWORD"];
  expect(unknownNames(["PORT", "PAGER_KEY_ANNA", "LOG_LEVEL", ...others])).toEqual([]);
});

test("a start prints one line for it, without the value", () => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), "countersign-env-"));
  writeFileSync(path.join(cwd, ".env"), "PROT=4000\nLOG_LEVEL=loud\nNODE_ENV=production\n");
  const env = { ...CHILD_ENV };
  const { stderr, status } = spawnSync(process.execPath, [path.resolve("src/main.ts")], { cwd, env, encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr.trim().split("\n")).toEqual([
    ".env: PROT is no setting of Countersign and does nothing; did you mean PORT?",
    expect.stringMatching(/^LOG_LEVEL: /),
  ]);
});
